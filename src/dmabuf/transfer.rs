//! Bytes into a buffer from a reader, and out of it to a writer: read(2) and write(2) do not work on
//! a dma-buf.
//!
//! They pass through one block of this process. A `system` or CMA mapping does not count as resident, but the kernel
//! cannot copy from and to it by reference either (`VM_PFNMAP`: O_DIRECT and vmsplice answer EFAULT), so the copy
//! cannot be saved.

use super::mapping::Target;
use super::range::ByteRange;
use super::sync::Direction;
use crate::error::Error;
use crate::sys::fd::file::errno_of;
use std::io::{self, Read, Write};

/// Bytes that cross at once: fits in a second-level cache, and is what a Linux pipe holds.
const BLOCK: u64 = 64 * 1024;

/// Copies from `input`, which errors call `name`, until `range` is full or the input ends.
///
/// Calls `progress` with the number of bytes of each step. Returns the number of bytes that were there to copy, which
/// is less than the range has where the input is short.
///
/// # Errors
/// Fails if the input cannot be read, if the buffer cannot be mapped, prepared for access or written, and if the input
/// ends inside a word of the width that was asked for.
pub(crate) fn load(
    target: &Target<'_>,
    range: ByteRange,
    input: &mut dyn Read,
    name: &str,
    progress: &dyn Fn(u64),
) -> Result<u64, Error> {
    let mapped = target.begin(Direction::Write, range)?;
    let mut block = vec![0; block_length(range)];
    let mut loaded = 0;
    for piece in range.pieces(BLOCK) {
        let wanted = &mut block[..length(piece)];
        let got = read_up_to(input, wanted).map_err(|error| failed("read", name, &error))?;
        check_words(target, name, got)?;
        mapped.write(piece.offset(), &wanted[..got]);
        loaded += got as u64;
        progress(got as u64);
        if got < wanted.len() {
            break;
        }
    }
    mapped.finish()?;
    Ok(loaded)
}

/// Copies all of `range` to `output`, which errors call `name`, and flushes it.
///
/// Calls `progress` with the number of bytes of each step.
///
/// # Errors
/// Mapping, bracketing or reading the buffer; writing the output.
pub(crate) fn dump(
    target: &Target<'_>,
    range: ByteRange,
    output: &mut dyn Write,
    name: &str,
    progress: &dyn Fn(u64),
) -> Result<(), Error> {
    let mapped = target.begin(Direction::Read, range)?;
    let mut block = vec![0; block_length(range)];
    for piece in range.pieces(BLOCK) {
        let bytes = &mut block[..length(piece)];
        mapped.read(piece.offset(), bytes);
        output.write_all(bytes).map_err(|error| failed("write", name, &error))?;
        progress(piece.length());
    }
    output.flush().map_err(|error| failed("write", name, &error))?;
    mapped.finish()
}

fn block_length(range: ByteRange) -> usize {
    length(ByteRange::from_parts(0, range.length().min(BLOCK)))
}

/// The length of a piece of at most [`BLOCK`] bytes.
fn length(piece: ByteRange) -> usize {
    piece.length() as usize
}

fn check_words(target: &Target<'_>, name: &str, got: usize) -> Result<(), Error> {
    match target.width {
        Some(width) if got as u64 % width.bytes() != 0 => {
            Err(Error::refused("read", name, format!("ends within a {width}-bit word")))
        }
        _ => Ok(()),
    }
}

/// Fills `block` from `input` as far as that goes.
fn read_up_to(input: &mut dyn Read, block: &mut [u8]) -> io::Result<usize> {
    let mut got = 0;
    while got < block.len() {
        match input.read(&mut block[got..]) {
            Ok(0) => break,
            Ok(more) => got += more,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(got)
}

fn failed(operation: &'static str, name: &str, error: &io::Error) -> Error {
    Error::errno(operation, name, errno_of(error))
}

#[cfg(test)]
mod tests;
