//! The program that decides, for each system call of a served process, whether it is trapped.
//!
//! It looks at as few calls' arguments as it can: the kernel keeps a list of calls that a filter lets
//! pass whatever their arguments, and for those it runs no program at all.

use super::abi::{SyscallAbi, X32_BIT};
use super::table::{TABLE, TrapCondition, TrappedCall};
use crate::sys::sim::seccomp::{Instruction, RET_ALLOW, RET_USER_NOTIF};

const LOAD_WORD: u16 = 0x20;
const JUMP_EQUAL: u16 = 0x15;
const JUMP_AT_LEAST: u16 = 0x35;
const JUMP_ANY_BIT: u16 = 0x45;
const JUMP: u16 = 0x05;
const RETURN: u16 = 0x06;

/// Offsets in `struct seccomp_data`.
const NUMBER: u32 = 0;
const ARCH: u32 = 4;
const ARGUMENTS: u32 = 16;

/// Low and high word of an argument: every machine here is little-endian.
const fn low(argument: u8) -> u32 {
    ARGUMENTS + 8 * argument as u32
}
const fn high(argument: u8) -> u32 {
    low(argument) + 4
}

/// The whole program, for every numbering that this build serves. Calls of another are trapped, all of them: whoever
/// makes one is refused.
pub(crate) fn program() -> Vec<Instruction> {
    let mut program = vec![load(ARCH)];
    for (arch, abi) in SyscallAbi::OF_THIS_MACHINE {
        let section = section(*abi);
        // A section is longer than a conditional jump reaches (255).
        program.push(jump_equal(*arch, 1, 0));
        program.push(Instruction { code: JUMP, jump_true: 0, jump_false: 0, operand: section.len() as u32 });
        program.extend(section);
    }
    program.push(give(RET_USER_NOTIF));
    program
}

/// Compiles the rows of one numbering. The section always ends in an answer.
fn section(abi: SyscallAbi) -> Vec<Instruction> {
    let mut section = vec![load(NUMBER)];
    for row in TABLE {
        let Some(number) = row.number(abi) else { continue };
        let body = body(row, abi);
        section.push(jump_equal(number as u32, 0, body.len() as u8));
        section.extend(body);
    }
    if abi == SyscallAbi::X86_64 {
        // The numbers of x32, but not the negative ones, which belong to no ABI.
        section.extend([at_least(X32_BIT, 0, 2), at_least(X32_BIT << 1, 1, 0), give(RET_USER_NOTIF)]);
    }
    section.push(give(RET_ALLOW));
    section
}

/// Compiles one row. The body ends in an answer.
fn body(row: &TrappedCall, abi: SyscallAbi) -> Vec<Instruction> {
    match row.when {
        TrapCondition::Always => vec![give(RET_USER_NOTIF)],
        TrapCondition::NotOneOf(argument, values) => choose(argument, values, RET_ALLOW, RET_USER_NOTIF),
        TrapCondition::OneOf(argument, values) => choose(argument, values, RET_USER_NOTIF, RET_ALLOW),
        TrapCondition::NoneOfBits(argument, bits) => vec![
            load(low(argument)),
            Instruction { code: JUMP_ANY_BIT, jump_true: 1, jump_false: 0, operand: bits },
            give(RET_USER_NOTIF),
            give(RET_ALLOW),
        ],
        TrapCondition::SeekElsewhere { offset, whence } => seek(offset, whence, abi),
    }
}

fn choose(argument: u8, values: &[u32], listed: u32, other: u32) -> Vec<Instruction> {
    let mut body = vec![load(low(argument))];
    for value in values {
        body.extend([jump_equal(*value, 0, 1), give(listed)]);
    }
    body.push(give(other));
    body
}

/// Lets SEEK_SET (0) and SEEK_END (2) of an offset of 0 pass.
fn seek(offset: &[u8], whence: u8, abi: SyscallAbi) -> Vec<Instruction> {
    let trap = give(RET_USER_NOTIF);
    let mut body = Vec::new();
    for argument in offset {
        body.extend([load(low(*argument)), jump_equal(0, 1, 0), trap]);
        if abi != SyscallAbi::I386 {
            body.extend([load(high(*argument)), jump_equal(0, 1, 0), trap]);
        }
    }
    body.extend(choose(whence, &[0, 2], RET_ALLOW, RET_USER_NOTIF));
    body
}

const fn load(offset: u32) -> Instruction {
    Instruction { code: LOAD_WORD, jump_true: 0, jump_false: 0, operand: offset }
}

const fn jump_equal(value: u32, jump_true: u8, jump_false: u8) -> Instruction {
    Instruction { code: JUMP_EQUAL, jump_true, jump_false, operand: value }
}

const fn at_least(value: u32, jump_true: u8, jump_false: u8) -> Instruction {
    Instruction { code: JUMP_AT_LEAST, jump_true, jump_false, operand: value }
}

const fn give(answer: u32) -> Instruction {
    Instruction { code: RETURN, jump_true: 0, jump_false: 0, operand: answer }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Runs the program on a call without arguments, and returns its answer.
    fn run(arch: u32, number: i32) -> u32 {
        let program = program();
        let (mut at, mut word) = (0, 0);
        loop {
            let Instruction { code, jump_true, jump_false, operand } = program[at];
            let jump = |holds: bool| usize::from(if holds { jump_true } else { jump_false });
            at += 1;
            match (code, operand) {
                (LOAD_WORD, NUMBER) => word = number as u32,
                (LOAD_WORD, ARCH) => word = arch,
                (LOAD_WORD, _) => word = 0,
                (JUMP_EQUAL, _) => at += jump(word == operand),
                (JUMP_AT_LEAST, _) => at += jump(word >= operand),
                (JUMP_ANY_BIT, _) => at += jump(word & operand != 0),
                (JUMP, _) => at += operand as usize,
                (RETURN, _) => return operand,
                _ => panic!("{code:#x} is not used"),
            }
        }
    }

    #[test]
    fn calls_of_numberings_that_are_not_served_are_trapped_whatever_they_are() {
        // AUDIT_ARCH_ARM, of which no build knows the numbers.
        assert_eq!(run(0x4000_0028, 20), RET_USER_NOTIF);
        for (arch, abi) in SyscallAbi::OF_THIS_MACHINE {
            assert_eq!(run(*arch, 0x3fff_ffff), RET_ALLOW);
            // What a tracer puts in the place of a call that it refuses.
            assert_eq!(run(*arch, -1), RET_ALLOW);
            let openat2 = 437;
            assert_eq!(run(*arch, openat2), RET_USER_NOTIF);
            if *abi == SyscallAbi::X86_64 {
                assert_eq!((run(*arch, 0x4000_0000), run(*arch, 0x7fff_ffff)), (RET_USER_NOTIF, RET_USER_NOTIF));
            }
        }
    }
}
