//! Giving descriptors the numbers under which a command is to find them.
//!
//! Everything that this program opens is close-on-exec, and nothing that it inherited is: it would not have survived
//! the exec. So the flag shows whose a number is.

use crate::sys::fd::descriptor;
use crate::sys::process::startup;
use crate::sys::{Errno, Result, errno_number};
use nix::fcntl::{FcntlArg, FdFlag, fcntl};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Owner {
    /// Nothing is open there, or was when the process started.
    Nobody,
    /// It was open when the process started.
    Caller,
    Program,
}

/// Whose `number` is.
pub(crate) fn owner(number: i32) -> Owner {
    // SAFETY: F_GETFD takes no argument and touches no memory; the descriptor need not be open.
    let flags = unsafe { libc::fcntl(number, libc::F_GETFD) };
    match flags {
        ..0 => Owner::Nobody,
        flags if flags & libc::FD_CLOEXEC == 0 => Owner::Caller,
        // The runtime has put a /dev/null there, which is nothing that anybody needs.
        _ if startup::was_closed(number) => Owner::Nobody,
        _ => Owner::Program,
    }
}

/// Why a descriptor cannot be given a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct NotPlaced {
    pub number: i32,
    /// EEXIST: it is already open. EBUSY: this program has. EBADF: numbers go not that
    /// far (`RLIMIT_NOFILE`).
    #[serde(with = "errno_number")]
    pub errno: Errno,
}

/// Whether `count` descriptors can stand from `first` on, without `replace` only where nothing is open.
pub(crate) fn check_room(first: i32, count: u64, replace: bool) -> std::result::Result<(), NotPlaced> {
    for number in numbers(first, count)? {
        if !replace && owner(number) == Owner::Caller {
            return Err(NotPlaced { number, errno: Errno::EEXIST });
        }
    }
    Ok(())
}

fn numbers(first: i32, count: u64) -> std::result::Result<std::ops::Range<i32>, NotPlaced> {
    let end = i32::try_from(count).ok().and_then(|count| first.checked_add(count));
    end.map(|end| first..end).ok_or(NotPlaced { number: i32::MAX, errno: Errno::EBADF })
}

/// Makes descriptor 2 what `saved` is, a duplicate of what it was.
pub(crate) fn restore_stderr(saved: BorrowedFd<'_>) -> Result<()> {
    nix::unistd::dup2_stderr(saved)
}

/// The fate of something else that this program has open at a number where a descriptor is to go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Others {
    /// It is an error (EBUSY).
    Refuse,
    /// It is closed: this process is a copy that only execs or ends, so nobody uses it any more.
    Close,
}

/// Moves descriptors to the numbers from `first` on, inheritable. `replace` closes what the caller has
/// open there.
pub(crate) fn place(
    mut fds: Vec<OwnedFd>,
    first: i32,
    replace: bool,
    others: Others,
) -> std::result::Result<Vec<OwnedFd>, NotPlaced> {
    let mut held: BTreeMap<i32, usize> = BTreeMap::new();
    held.extend(fds.iter().map(AsRawFd::as_raw_fd).zip(0..));
    let range = numbers(first, fds.len() as u64)?;
    for number in range.clone() {
        match owner(number) {
            _ if held.contains_key(&number) => {}
            Owner::Program if others == Others::Refuse => return Err(NotPlaced { number, errno: Errno::EBUSY }),
            Owner::Caller if !replace => return Err(NotPlaced { number, errno: Errno::EEXIST }),
            _ => {}
        }
    }
    for (index, number) in range.enumerate() {
        move_one(&mut fds, &mut held, index, number).map_err(|errno| NotPlaced { number, errno })?;
    }
    Ok(fds)
}

/// Moves `fds[index]` to `number`; one of the others that stands there makes way. `held` says where each is.
fn move_one(fds: &mut [OwnedFd], held: &mut BTreeMap<i32, usize>, index: usize, number: i32) -> Result<()> {
    match held.get(&number).copied() {
        Some(there) if there == index => {
            return fcntl(&fds[index], FcntlArg::F_SETFD(FdFlag::empty())).map(drop);
        }
        Some(there) => {
            let away = descriptor::duplicate(fds[there].as_fd())?;
            held.insert(away.as_raw_fd(), there);
            // What stood at `number` is closed by this.
            fds[there] = away;
        }
        None => {}
    }
    held.remove(&fds[index].as_raw_fd());
    // SAFETY: no memory is touched. What dup2 closes at `number` is owned by no value of this process:
    // `place` has seen that it was nobody's, the caller's, or one of `fds`, which has just left it; or the
    // process never comes back to what owned it (`Others::Close`).
    Errno::result(unsafe { libc::dup2(fds[index].as_raw_fd(), number) })?;
    // SAFETY: dup2 has just opened `number`, and as above nobody else owns it.
    fds[index] = unsafe { OwnedFd::from_raw_fd(number) };
    held.insert(number, index);
    Ok(())
}
