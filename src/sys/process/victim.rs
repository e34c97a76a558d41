//! Who dies first when memory runs out: this process, for as long as it allocates (`oom_score_adj`, proc_pid_oom_score_adj(5)).
//!
//! A process may always raise its score, and go back to where it was: only below the lowest score that a privileged
//! process gave it CAP_SYS_RESOURCE is needed (`__set_oom_adj` in fs/proc/base.c). Children inherit it.

use crate::sys::Result;
use crate::sys::fd::file;
use std::io::{Read, Write};
use std::path::Path;
use std::sync::OnceLock;

/// The score of this process.
pub(crate) const SCORE: &str = "/proc/self/oom_score_adj";
/// `OOM_SCORE_ADJ_MAX`: such a process is taken before all others.
const FIRST: &str = "1000";

/// The score that the caller gave, once it was raised.
static GIVEN: OnceLock<String> = OnceLock::new();

/// Makes this process and the children that it makes from now on the OOM killer's first victims, until
/// [`restore`]. Has no further effect the second time.
///
/// # Errors
/// Fails if the score cannot be opened, read or written: ENOENT without /proc, EROFS where that is read-only.
pub(crate) fn volunteer() -> Result<()> {
    if GIVEN.get().is_some() {
        return Ok(());
    }
    let failed = |error: std::io::Error| file::errno_of(&error);
    let mut score = open()?;
    let mut given = [0; 16];
    let length = score.read(&mut given).map_err(failed)?;
    let given = String::from_utf8_lossy(given.get(..length).unwrap_or_default()).trim().to_owned();
    if given != FIRST {
        score.write_all(FIRST.as_bytes()).map_err(failed)?;
    }
    GIVEN.get_or_init(|| given);
    Ok(())
}

/// Checks what [`volunteer`] needs, as far as that can be done without doing it: fails if the score cannot be opened for
/// writing.
pub(crate) fn check_possible() -> Result<()> {
    if GIVEN.get().is_some() { Ok(()) } else { open().map(drop) }
}

/// Gives this process the score that the caller gave it: before it becomes another program.
/// Fails if the score cannot be written.
pub(crate) fn restore() -> Result<()> {
    let Some(given) = GIVEN.get().filter(|given| *given != FIRST) else { return Ok(()) };
    open()?.write_all(given.as_bytes()).map_err(|error| file::errno_of(&error))
}

/// A child of this process finds its own file there, so the descriptor is not kept.
fn open() -> Result<std::fs::File> {
    file::open(Path::new(SCORE), file::Purpose::Tune).map(std::fs::File::from)
}
