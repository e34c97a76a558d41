//! A directory of this process alone, and the removal of those whose process is gone.

use super::{Result, file::errno_of};
use nix::fcntl::{Flock, FlockArg};
use std::fs::File;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// A directory with an exclusive lock, which ends with its process whatever ends that.
pub type Locked = Flock<File>;

/// Makes a directory below `place` whose name begins with `prefix`, mode 0700, and locks it.
pub fn make(place: &Path, prefix: &str) -> Result<(PathBuf, Locked)> {
    let mut template = place.join(prefix).into_os_string();
    template.push("XXXXXX");
    let path = nix::unistd::mkdtemp(Path::new(&template))?;
    match lock(&path) {
        Ok(locked) => Ok((path, locked)),
        Err(errno) => {
            let _ = std::fs::remove_dir(&path);
            Err(errno)
        }
    }
}

fn lock(path: &Path) -> Result<Locked> {
    let directory = File::open(path).map_err(|error| errno_of(&error))?;
    Flock::lock(directory, FlockArg::LockExclusiveNonblock).map_err(|(_, errno)| errno)
}

/// Lets nobody but root put something into a directory or take something out.
pub fn make_read_only(directory: &Path) -> Result<()> {
    set_mode(directory, 0o555)
}

fn set_mode(path: &Path, mode: u32) -> Result<()> {
    let mode = std::os::unix::fs::PermissionsExt::from_mode(mode);
    std::fs::set_permissions(path, mode).map_err(|error| errno_of(&error))
}

/// Removes a directory with all that is in it, also in directories that were made read-only.
pub fn remove(directory: &Path) -> Result<()> {
    set_mode(directory, 0o700)?;
    for entry in std::fs::read_dir(directory).map_err(|error| errno_of(&error))?.flatten() {
        // Not of what a link leads to.
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            remove(&entry.path())?;
        } else {
            std::fs::remove_file(entry.path()).map_err(|error| errno_of(&error))?;
        }
    }
    std::fs::remove_dir(directory).map_err(|error| errno_of(&error))
}

/// Removes the directories below `place` with this prefix that nobody holds a lock on.
pub fn remove_abandoned(place: &Path, prefix: &str) {
    /// A directory without a lock may be one whose maker is about to take it.
    const GRACE: std::time::Duration = std::time::Duration::from_secs(10);
    let Ok(entries) = std::fs::read_dir(place) else { return };
    for entry in entries.flatten().filter(|entry| entry.file_name().as_bytes().starts_with(prefix.as_bytes())) {
        let age = entry.metadata().and_then(|meta| meta.modified()).ok().and_then(|time| time.elapsed().ok());
        if age.is_some_and(|age| age > GRACE) && lock(&entry.path()).is_ok() {
            // Another user's directory stays, as it should.
            let _ = remove(&entry.path());
        }
    }
}
