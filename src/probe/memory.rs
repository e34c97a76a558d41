//! The memory that requests point into, and what a call changes there and among the descriptors.

use super::outcome::Effects;
use super::request::{Placement, SyscallEntry};
use crate::sys::fd::table::OpenFds;
use crate::sys::probe::arena::{Arena, Pointer, Protection, Reach};
use crate::sys::probe::raw_ioctl::RawCall;
use crate::sys::process::rlimit;
use crate::sys::{Errno, Result};
use crate::uapi::ioctl::SIZE_MAX;
use std::os::fd::{AsRawFd, OwnedFd};

/// Bytes before and after the struct that must stay as they are.
const MARGIN: usize = 64;
/// The value of these bytes.
const CANARY: u8 = 0xa5;

/// Memory for one struct at a time.
#[derive(Debug)]
pub(crate) struct RequestMemory {
    arena: Arena,
    /// The page that is closed, where a place wants one closed.
    last: usize,
}

/// The bytes at the pointer, and how the call is made.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Payload<'a> {
    pub bytes: &'a [u8],
    pub place: Placement,
    pub entry: SyscallEntry,
    /// Where in the struct the kernel may write the number of a new descriptor, and how many of its bytes.
    pub number: (usize, usize),
    /// Whether the call returns the number instead.
    pub returns_fd: bool,
    /// Whether `RLIMIT_NOFILE` is 0 in the meantime.
    pub no_files: bool,
    /// Whether the kernel may write what it likes inside of the struct.
    pub is_output: bool,
}

/// Bytes that changed and should not have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Damage {
    /// In the struct.
    changed: bool,
    /// Beside it.
    overrun: bool,
}

/// The effects of a request, with the new descriptors: dropped, they are closed.
#[derive(Debug)]
pub(crate) struct Exchange {
    pub effects: Effects,
    /// The new descriptor that the struct or the call returns.
    pub returned: Option<OwnedFd>,
    /// The other new ones.
    pub lost: Vec<OwnedFd>,
}

impl Exchange {
    pub(crate) fn lost_numbers(&self) -> Vec<i32> {
        self.lost.iter().map(AsRawFd::as_raw_fd).collect()
    }
}

impl RequestMemory {
    /// Memory for requests of any size; `reach` as the entry wants it.
    pub(crate) fn new(page_size: u64, reach: Reach) -> Result<Self> {
        let page_size = usize::try_from(page_size).map_err(|_| Errno::EINVAL)?;
        let pages = (SIZE_MAX as usize + 2 * MARGIN).div_ceil(page_size) + 2;
        Ok(Self { arena: Arena::new(pages, page_size, reach)?, last: pages - 1 })
    }

    /// Makes `call` with `payload`, and looks at all that it changed.
    pub(crate) fn exchange(&self, call: RawCall<'_>, payload: &Payload<'_>) -> Result<Exchange> {
        let offset = self.offset(payload.place, payload.bytes.len());
        let window = self.lay(payload, offset)?;
        let before = OpenFds::now()?;
        let answer = self.fire(call, payload, offset)?;
        let mut lost = OpenFds::appeared_since(&before)?;
        if matches!(payload.place, Placement::ReadOnly | Placement::NoAccess) {
            self.arena.protect_all(Protection::ReadWrite)?;
        }
        let returned = if payload.returns_fd {
            answer.ok().and_then(|fd| i32::try_from(fd).ok())
        } else {
            self.returned(payload, offset)
        };
        let returned = returned.and_then(|fd| lost.iter().position(|new| new.as_raw_fd() == fd));
        let returned = returned.map(|index| lost.remove(index));
        let damage = self.compare(payload, offset, &window, answer.is_ok())?;
        let effects = Effects {
            error: answer.err().map(|errno| errno as i32),
            opened: lost.len() + usize::from(returned.is_some()),
            returned: returned.is_some(),
            changed: damage.changed,
            overrun: damage.overrun,
            shown: None,
        };
        Ok(Exchange { effects, returned, lost })
    }

    /// Returns where a struct of `len` bytes begins.
    fn offset(&self, place: Placement, len: usize) -> usize {
        let page = self.arena.page_size();
        match place {
            Placement::Misaligned => MARGIN + 1,
            Placement::LastBytes => (self.last + 1) * page - len,
            Placement::Straddling(count) => self.last * page - count,
            Placement::Freed | Placement::NoAccess => self.last * page,
            _ => MARGIN,
        }
    }

    /// Writes the struct and its margins, and sets the protection. Returns what was written.
    fn lay(&self, payload: &Payload<'_>, offset: usize) -> Result<Vec<u8>> {
        let bytes = payload.bytes;
        let margin: &[u8] = &[CANARY; MARGIN];
        let window = match payload.place {
            Placement::Middle | Placement::Misaligned | Placement::ReadOnly => [margin, bytes, margin].concat(),
            Placement::LastBytes => [margin, bytes].concat(),
            Placement::Straddling(count) => [margin, bytes.get(..count).unwrap_or(bytes)].concat(),
            _ => Vec::new(),
        };
        self.arena.protect(self.last, Protection::ReadWrite)?;
        if !window.is_empty() {
            self.arena.write(offset - MARGIN, &window)?;
        }
        match payload.place {
            Placement::ReadOnly => self.arena.protect_all(Protection::Read)?,
            Placement::NoAccess => self.arena.protect_all(Protection::None)?,
            _ => {}
        }
        Ok(window)
    }

    fn fire(&self, call: RawCall<'_>, payload: &Payload<'_>, offset: usize) -> Result<Result<u64>> {
        let pointer = match payload.place {
            Placement::Null => Pointer::NULL,
            Placement::One => Pointer::ONE,
            Placement::MinusOne => Pointer::MINUS_ONE,
            Placement::Kernel => Pointer::KERNEL,
            _ => self.arena.at(offset),
        };
        let limit = if payload.no_files { Some(rlimit::set_open_files(0)?) } else { None };
        let answer = match (payload.entry, payload.place) {
            (SyscallEntry::Compat, _) => call.compat(pointer),
            (SyscallEntry::Native, Placement::Straddling(_) | Placement::Freed) => {
                call.native_with_hole(&self.arena, self.last, pointer)
            }
            (SyscallEntry::Native, _) => call.native(pointer),
        };
        limit.map(rlimit::set_open_files).transpose()?;
        Ok(answer)
    }

    /// The number that stands where the kernel writes one.
    fn returned(&self, payload: &Payload<'_>, offset: usize) -> Option<i32> {
        let (at, len) = payload.number;
        if len < size_of::<u32>() {
            return None;
        }
        let is_readable = matches!(
            payload.place,
            Placement::Middle
                | Placement::Misaligned
                | Placement::LastBytes
                | Placement::ReadOnly
                | Placement::Straddling(_)
        );
        if !is_readable {
            return None;
        }
        let field: [u8; 4] = self.arena.read(offset + at, size_of::<u32>()).ok()?.try_into().ok()?;
        i32::try_from(u32::from_ne_bytes(field)).ok()
    }

    fn compare(&self, payload: &Payload<'_>, offset: usize, window: &[u8], succeeded: bool) -> Result<Damage> {
        if window.is_empty() {
            return Ok(Damage::default());
        }
        let after = self.arena.read(offset - MARGIN, window.len())?;
        if after == window {
            return Ok(Damage::default());
        }
        let (at, len) = if succeeded { payload.number } else { (0, 0) };
        let number = MARGIN + at..MARGIN + at + len;
        let struct_ = MARGIN..MARGIN + payload.bytes.len();
        let mut damage = Damage::default();
        for (at, _) in after.iter().zip(window).enumerate().filter(|(_, (new, old))| new != old) {
            damage.changed |= struct_.contains(&at) && !number.contains(&at) && !payload.is_output;
            damage.overrun |= !struct_.contains(&at);
        }
        Ok(damage)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::probe::number::SafeNumber;
    use crate::sys::probe::raw_ioctl::CallFd;
    use crate::uapi::dma_heap::IOCTL_ALLOC;

    const STRUCT: [u8; 24] = [7; 24];

    fn payload(place: Placement, number: (usize, usize)) -> Payload<'static> {
        Payload {
            bytes: &STRUCT,
            place,
            entry: SyscallEntry::Native,
            number,
            returns_fd: false,
            no_files: false,
            is_output: false,
        }
    }

    /// Compares after something has written at `at`, as a distance from the struct.
    fn found(place: Placement, number: (usize, usize), at: isize, succeeded: bool) -> (bool, bool) {
        let memory = RequestMemory::new(4096, Reach::Native).expect("memory");
        let payload = payload(place, number);
        let offset = memory.offset(place, STRUCT.len());
        let window = memory.lay(&payload, offset).expect("laid");
        memory.arena.write(offset.checked_add_signed(at).expect("inside"), &[1]).expect("written");
        let Damage { changed, overrun } = memory.compare(&payload, offset, &window, succeeded).expect("readable");
        (changed, overrun)
    }

    #[test]
    fn a_byte_that_is_written_is_found_in_the_struct_and_on_both_sides_of_it() {
        let none = (0, 0);
        for place in [Placement::Middle, Placement::Misaligned] {
            for at in [-(MARGIN as isize), -1, 24, 24 + MARGIN as isize - 1] {
                assert_eq!(found(place, none, at, true), (false, true), "{place:?} {at}");
            }
            for at in [0, 8, 23] {
                assert_eq!(found(place, none, at, true), (true, false), "{place:?} {at}");
            }
        }
        assert_eq!(found(Placement::LastBytes, none, -1, true), (false, true));
        assert_eq!(found(Placement::LastBytes, none, 23, true), (true, false));
    }

    #[test]
    fn the_number_of_a_descriptor_may_be_written_by_a_success_and_by_nothing_else() {
        for at in [8, 11] {
            assert_eq!(found(Placement::Middle, (8, 4), at, true), (false, false));
            assert_eq!(found(Placement::Middle, (8, 4), at, false), (true, false));
        }
        assert_eq!(found(Placement::Middle, (8, 4), 12, true), (true, false));
        // The rest of a partly returned number must stay.
        assert_eq!(found(Placement::Middle, (8, 2), 9, true), (false, false));
        assert_eq!(found(Placement::Middle, (8, 2), 10, true), (true, false));
    }

    #[test]
    fn a_call_that_does_nothing_changes_nothing() {
        let memory = RequestMemory::new(4096, Reach::Native).expect("memory");
        for place in
            [Placement::Middle, Placement::LastBytes, Placement::ReadOnly, Placement::NoAccess, Placement::Null]
        {
            let call = SafeNumber::constant(IOCTL_ALLOC).to(CallFd::None);
            let window = payload(place, (8, 4));
            let offset = memory.offset(place, STRUCT.len());
            let laid = memory.lay(&window, offset).expect("laid");
            assert_eq!(memory.fire(call, &window, offset).expect("made"), Err(Errno::EBADF), "{place:?}");
            memory.arena.protect_all(Protection::ReadWrite).expect("protection");
            assert_eq!(
                memory.compare(&window, offset, &laid, false).expect("readable"),
                Damage::default(),
                "{place:?}"
            );
        }
    }
}
