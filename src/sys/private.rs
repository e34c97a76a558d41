//! A directory of this process alone, in a place where others may make and remove what they like.
//!
//! Whatever others do to the names there, nothing is made, opened, changed or removed but what was made
//! here: all of it is reached from descriptors, component by component, and no symbolic link is followed.

use super::file::{self, Identity, identity, identity_at};
use super::{Errno, Result};
use nix::fcntl::{AT_FDCWD, OFlag, openat, readlinkat, renameat};
use nix::sys::stat::{Mode, SFlag, fchmod, fstat, fstatat, mkdirat, mknodat};
use nix::unistd::{UnlinkatFlags, geteuid, symlinkat, unlinkat};
use std::ffi::{OsStr, OsString};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

/// Whom a place has to belong to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// The effective user, and nobody else may write there.
    Own,
    /// Anybody. Where others may write, nobody may remove what is not theirs (the sticky bit).
    Shared,
}

/// A directory with what was made in it. It is removed when this is dropped, by whichever process does that
/// first: after a fork(2) each has the descriptors that this takes.
#[derive(Debug)]
pub(crate) struct Scratch {
    place: OwnedFd,
    name: OsString,
    directory: OwnedFd,
    /// Every directory that was made here; nothing is done below another one.
    made: Vec<Identity>,
    /// How many files were replaced, so that each has a name of its own until it takes its place.
    replaced: AtomicU64,
}

const ONLY_DIRECTORY: OFlag = OFlag::O_DIRECTORY.union(OFlag::O_NOFOLLOW).union(OFlag::O_CLOEXEC);

impl Scratch {
    /// Makes the directory `name`, a [`fresh_name`], of mode 0700 in `place`.
    ///
    /// EPERM: `place` does not belong to whom it has to, or something else came into the directory's place.
    pub(crate) fn make(place: &Path, kind: Place, name: &OsStr) -> Result<Self> {
        let place = open_place(place, kind)?;
        mkdirat(&place, name, Mode::S_IRWXU)?;
        let directory = own_directory(place.as_fd(), name)?;
        let made = vec![identity(directory.as_fd())?];
        Ok(Self { place, name: name.to_owned(), directory, made, replaced: AtomicU64::new(0) })
    }

    /// The directory `name` that another process of this program has made, to remove it if that process cannot: with
    /// the directories that are in it now. ENOENT: there is none.
    pub(crate) fn adopt(place: &Path, kind: Place, name: &OsStr) -> Result<Self> {
        let place = open_place(place, kind)?;
        let directory = openat(&place, name, ONLY_DIRECTORY, Mode::empty())?;
        check_owner(directory.as_fd())?;
        let mut made = Vec::new();
        record(directory.as_fd(), &mut made)?;
        Ok(Self { place, name: name.to_owned(), directory, made, replaced: AtomicU64::new(0) })
    }

    /// Where it is, as a link below /proc shows it.
    pub(crate) fn path(&self) -> Result<PathBuf> {
        readlinkat(AT_FDCWD, format!("/proc/self/fd/{}", self.directory.as_raw_fd()).as_str()).map(PathBuf::from)
    }

    /// Makes the directory `name` and those that lead to it, as far as they are not there.
    pub(crate) fn make_directory(&mut self, name: &Path) -> Result<()> {
        let mut here = file::open_at(self.directory.as_fd(), ".", file::Purpose::List)?;
        for component in name {
            let is_new = match mkdirat(&here, component, Mode::S_IRWXU) {
                Err(Errno::EEXIST) => false,
                made => made.map(|()| true)?,
            };
            here = openat(&here, component, ONLY_DIRECTORY, Mode::empty())?;
            let identity = identity(here.as_fd())?;
            if is_new {
                fchmod(&here, Mode::from_bits_truncate(0o755))?;
                self.made.push(identity);
            }
            self.check(identity)?;
        }
        Ok(())
    }

    /// Makes a symbolic link in a directory that is there.
    pub(crate) fn make_link(&self, name: &Path, target: &OsStr) -> Result<()> {
        let (directory, name) = self.directory_of(name)?;
        symlinkat(target, directory, name)
    }

    /// Makes the character device 0:0, the one device number that anyone may make. It cannot be opened
    /// (ENXIO), but a directory that holds it lists a character device.
    pub(crate) fn make_device(&self, name: &Path) -> Result<()> {
        let (directory, name) = self.directory_of(name)?;
        mknodat(directory, name, SFlag::S_IFCHR, Mode::from_bits_truncate(0o666), 0)
    }

    /// Makes a file with this content, or puts it into the place of the one that is there: who has that
    /// open goes on to read the old content.
    pub(crate) fn put_file(&self, name: &Path, content: &[u8]) -> Result<()> {
        let (directory, name) = self.directory_of(name)?;
        let new = format!("new-{}-{}", std::process::id(), self.replaced.fetch_add(1, Ordering::Relaxed));
        let file = file::create_at(self.directory.as_fd(), OsStr::new(&new))?;
        file::write_all(file.as_fd(), content)
            .and_then(|()| renameat(&self.directory, new.as_str(), directory, name))
            .inspect_err(|_| {
                let _ = file::remove_at(self.directory.as_fd(), OsStr::new(&new));
            })
    }

    pub(crate) fn remove_file(&self, name: &Path) -> Result<()> {
        let (directory, name) = self.directory_of(name)?;
        file::remove_at(directory.as_fd(), name)
    }

    /// Lets nobody but root put something into the directory `name` or take something out.
    pub(crate) fn make_read_only(&self, name: &Path) -> Result<()> {
        fchmod(self.open_made(name)?, Mode::from_bits_truncate(0o555))
    }

    /// The inode and the time of the last modification, in seconds, of what `name` is.
    pub(crate) fn look(&self, name: &Path) -> Result<(u64, i64)> {
        let (directory, name) = self.directory_of(name)?;
        let stat = fstatat(directory, name, nix::fcntl::AtFlags::AT_SYMLINK_NOFOLLOW)?;
        // Their types differ between architectures.
        #[allow(clippy::unnecessary_cast, reason = "they are narrower on some architectures")]
        Ok((stat.st_ino as u64, stat.st_mtime as i64))
    }

    /// Opens a directory that was made here, or a regular file, with flags of open(2).
    ///
    /// EPERM: something else is there by now.
    pub(crate) fn open(&self, name: &Path, flags: u32) -> Result<OwnedFd> {
        let (directory, name) = self.directory_of(name)?;
        let looked = OFlag::O_PATH | OFlag::O_NOFOLLOW | OFlag::O_CLOEXEC;
        let object = openat(directory, name, looked, Mode::empty())?;
        match fstat(&object)?.st_mode & libc::S_IFMT {
            libc::S_IFDIR => {
                self.check(identity(object.as_fd())?)?;
                file::open_at_with(object.as_fd(), Path::new("."), flags)
            }
            // The link leads to that very object, whatever has the name now; it is one, and is to be followed.
            libc::S_IFREG => {
                let link = PathBuf::from(format!("/proc/self/fd/{}", object.as_raw_fd()));
                file::open_at_with(AT_FDCWD, &link, flags & !(libc::O_NOFOLLOW as u32))
            }
            _ => Err(Errno::EPERM),
        }
    }

    /// Removes the directory with what was made in it, and the files that others have put into it. A directory
    /// that was not made here stays, with those around it, and so does what has come into its own place.
    /// Nothing is done where it is gone already.
    pub(crate) fn remove(&self) -> Result<()> {
        let own = identity(self.directory.as_fd())?;
        if identity_at(self.place.as_fd(), &self.name) != Ok(own) {
            return Ok(());
        }
        self.empty(self.directory.as_fd())?;
        remove_directory(self.place.as_fd(), &self.name)
    }

    fn empty(&self, directory: BorrowedFd<'_>) -> Result<()> {
        fchmod(directory, Mode::S_IRWXU)?;
        for name in file::entries(file::open_at(directory, ".", file::Purpose::List)?)? {
            match openat(directory, name.as_os_str(), ONLY_DIRECTORY, Mode::empty()) {
                Ok(inner) if self.check(identity(inner.as_fd())?).is_ok() => {
                    self.empty(inner.as_fd())?;
                    remove_directory(directory, &name)?;
                }
                Ok(_) => return Err(Errno::ENOTEMPTY),
                // A link says the one or the other.
                Err(Errno::ENOTDIR | Errno::ELOOP) => file::remove_at(directory, &name)?,
                Err(errno) => return Err(errno),
            }
        }
        Ok(())
    }

    /// The directory that holds `name`, which was made here, and its last component.
    fn directory_of<'n>(&self, name: &'n Path) -> Result<(OwnedFd, &'n OsStr)> {
        let last = name.file_name().ok_or(Errno::EINVAL)?;
        Ok((self.open_made(name.parent().unwrap_or(Path::new("")))?, last))
    }

    fn open_made(&self, name: &Path) -> Result<OwnedFd> {
        let mut here = file::open_at(self.directory.as_fd(), ".", file::Purpose::List)?;
        for component in name {
            here = openat(&here, component, ONLY_DIRECTORY, Mode::empty())?;
            self.check(identity(here.as_fd())?)?;
        }
        Ok(here)
    }

    fn check(&self, directory: Identity) -> Result<()> {
        if self.made.contains(&directory) { Ok(()) } else { Err(Errno::EPERM) }
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // What cannot be removed stays, as it is not only this process's.
        let _ = self.remove();
    }
}

/// A name that begins with `prefix` and that nothing has, since nobody can know it.
pub(crate) fn fresh_name(prefix: &str) -> Result<OsString> {
    Ok(OsString::from(format!("{prefix}{:016x}", random()?)))
}

fn open_place(place: &Path, kind: Place) -> Result<OwnedFd> {
    let place = openat(AT_FDCWD, place, OFlag::O_PATH | OFlag::O_DIRECTORY | OFlag::O_CLOEXEC, Mode::empty())?;
    check_place(place.as_fd(), kind)?;
    Ok(place)
}

/// Whether a directory is this user's and closed to others.
fn check_owner(directory: BorrowedFd<'_>) -> Result<()> {
    let stat = fstat(directory)?;
    if stat.st_uid == geteuid().as_raw() && stat.st_mode & 0o077 == 0 { Ok(()) } else { Err(Errno::EPERM) }
}

/// Adds `directory` and all directories below it.
fn record(directory: BorrowedFd<'_>, made: &mut Vec<Identity>) -> Result<()> {
    made.push(identity(directory)?);
    for name in file::entries(file::open_at(directory, ".", file::Purpose::List)?)? {
        if let Ok(inner) = openat(directory, name.as_os_str(), ONLY_DIRECTORY, Mode::empty()) {
            record(inner.as_fd(), made)?;
        }
    }
    Ok(())
}

/// Whether `place` belongs to whom it has to.
fn check_place(place: BorrowedFd<'_>, kind: Place) -> Result<()> {
    let stat = fstat(place)?;
    let others_write = stat.st_mode & 0o022 != 0;
    let is_fit = match kind {
        Place::Own => !others_write && stat.st_uid == geteuid().as_raw(),
        Place::Shared => !others_write || stat.st_mode & libc::S_ISVTX != 0,
    };
    if is_fit { Ok(()) } else { Err(Errno::EPERM) }
}

/// Opens the directory `name` that was made in `place` a moment ago, if it is still that one: nobody else
/// could have made an empty one of this user's with this mode.
fn own_directory(place: BorrowedFd<'_>, name: &OsStr) -> Result<OwnedFd> {
    let directory = openat(place, name, ONLY_DIRECTORY, Mode::empty()).inspect_err(|_| {
        // Only an empty directory is removed so.
        let _ = remove_directory(place, name);
    })?;
    check_owner(directory.as_fd())?;
    let is_ours = identity_at(place, name)? == identity(directory.as_fd())?
        && file::entries(file::open_at(directory.as_fd(), ".", file::Purpose::List)?)?.is_empty();
    if !is_ours {
        return Err(Errno::EPERM);
    }
    // The file mode creation mask may have taken more away.
    fchmod(&directory, Mode::S_IRWXU)?;
    Ok(directory)
}

fn remove_directory(parent: BorrowedFd<'_>, name: &OsStr) -> Result<()> {
    unlinkat(parent, name, UnlinkatFlags::RemoveDir)
}

fn random() -> Result<u64> {
    let mut bytes = [0; 8];
    // SAFETY: the kernel writes at most the 8 bytes of the array, which is borrowed for the call.
    let got = Errno::result(unsafe { libc::getrandom(bytes.as_mut_ptr().cast(), bytes.len(), 0) })?;
    if got as usize == bytes.len() { Ok(u64::from_ne_bytes(bytes)) } else { Err(Errno::EIO) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::os::unix::fs::{PermissionsExt, chown, symlink};

    /// A place that anybody may write, and a directory that is nobody's business, mode 0750.
    fn place() -> (tempfile::TempDir, PathBuf, PathBuf) {
        let top = tempfile::tempdir().unwrap();
        let (place, victim) = (top.path().join("shared"), top.path().join("victim"));
        fs::create_dir(&place).unwrap();
        fs::set_permissions(&place, fs::Permissions::from_mode(0o1777)).unwrap();
        fs::create_dir(&victim).unwrap();
        fs::write(victim.join("file"), "kept").unwrap();
        fs::set_permissions(&victim, fs::Permissions::from_mode(0o750)).unwrap();
        (top, place, victim)
    }

    fn is_untouched(victim: &Path) -> bool {
        fs::read(victim.join("file")).is_ok_and(|text| text == b"kept")
            && fs::metadata(victim).unwrap().permissions().mode() & 0o7777 == 0o750
    }

    fn filled(place: &Path) -> Scratch {
        let mut scratch = Scratch::make(place, Place::Shared, &fresh_name("t.").unwrap()).unwrap();
        scratch.make_directory(Path::new("dev/heaps")).unwrap();
        scratch.make_link(Path::new("dev/link"), OsStr::new("/etc")).unwrap();
        scratch.put_file(Path::new("dev/heaps/file"), b"one").unwrap();
        scratch
    }

    fn names(place: &Path) -> Vec<OsString> {
        file::entries(file::open(place, file::Purpose::List).unwrap()).unwrap()
    }

    #[test]
    fn what_was_made_is_read_replaced_and_removed() {
        let (_top, place, _) = place();
        let scratch = filled(&place);
        let at = scratch.path().unwrap();
        assert_eq!(fs::metadata(&at).unwrap().permissions().mode() & 0o7777, 0o700);
        let old = scratch.open(Path::new("dev/heaps/file"), 0).unwrap();
        scratch.put_file(Path::new("dev/heaps/file"), b"two").unwrap();
        assert_eq!(file::read_all(old, 10).unwrap(), b"one");
        let new = scratch.open(Path::new("dev/heaps/file"), libc::O_NOFOLLOW as u32).unwrap();
        assert_eq!(file::read_all(new, 10).unwrap(), b"two");
        scratch.make_read_only(Path::new("dev/heaps")).unwrap();
        assert_eq!(names(&at), ["dev"]);
        scratch.remove().unwrap();
        assert!(names(&place).is_empty());
        // By the other process that has it.
        assert_eq!(scratch.remove(), Ok(()));
    }

    #[test]
    fn another_process_of_the_program_removes_what_it_finds_under_the_name_and_what_came_later_stays() {
        let (_top, place, victim) = place();
        let scratch = filled(&place);
        let adopted = Scratch::adopt(&place, Place::Shared, &scratch.name).unwrap();
        // A process that was killed removes nothing.
        std::mem::forget(scratch);
        let at = adopted.path().unwrap();
        fs::rename(&victim, at.join("dev/later")).unwrap();
        assert_eq!(adopted.remove(), Err(Errno::ENOTEMPTY));
        assert!(is_untouched(&at.join("dev/later")));
        fs::rename(at.join("dev/later"), &victim).unwrap();
        drop(adopted);
        assert!(names(&place).is_empty());
        for other in ["none", "link", "file"] {
            let _ = symlink(&victim, place.join("link"));
            let _ = fs::write(place.join("file"), "");
            assert!(Scratch::adopt(&place, Place::Shared, OsStr::new(other)).is_err(), "{other}");
        }
        assert!(is_untouched(&victim));
    }

    #[test]
    fn links_and_directories_that_others_planted_stay_as_they_are() {
        let (_top, place, victim) = place();
        symlink(&victim, place.join("t.link")).unwrap();
        fs::create_dir(place.join("t.directory")).unwrap();
        fs::write(place.join("t.directory/file"), "theirs").unwrap();
        // Root's tests can have them belong to somebody else.
        let _ = chown(place.join("t.directory"), Some(65534), None);
        drop(filled(&place));
        assert_eq!(names(&place), ["t.directory", "t.link"]);
        assert_eq!(fs::read(place.join("t.directory/file")).unwrap(), b"theirs");
        assert!(is_untouched(&victim));
    }

    #[test]
    fn what_came_into_its_place_is_not_removed() {
        let (_top, place, victim) = place();
        let scratch = filled(&place);
        let at = scratch.path().unwrap();
        fs::rename(&at, place.join("moved")).unwrap();
        symlink(&victim, &at).unwrap();
        assert_eq!(scratch.remove(), Ok(()));
        assert!(at.is_symlink() && is_untouched(&victim));
        fs::remove_file(&at).unwrap();
        fs::rename(&victim, &at).unwrap();
        assert_eq!(scratch.remove(), Ok(()));
        assert!(is_untouched(&at));
        // It goes on to work with what it made, wherever that is.
        scratch.put_file(Path::new("dev/heaps/file"), b"two").unwrap();
        assert_eq!(fs::read(place.join("moved/dev/heaps/file")).unwrap(), b"two");
    }

    #[test]
    fn a_directory_below_that_was_swapped_leads_nowhere_else() {
        let (_top, place, victim) = place();
        let scratch = filled(&place);
        let at = scratch.path().unwrap();
        let file = Path::new("dev/heaps/file");
        fs::rename(at.join("dev/heaps"), place.join("away")).unwrap();
        symlink(&victim, at.join("dev/heaps")).unwrap();
        assert!(scratch.open(file, 0).is_err() && scratch.put_file(file, b"x").is_err());
        assert!(scratch.make_read_only(Path::new("dev/heaps")).is_err());
        assert!(is_untouched(&victim));
        // A link is a name in a directory that was made here, and nothing else.
        fs::remove_file(at.join("dev/heaps")).unwrap();
        fs::rename(&victim, at.join("dev/heaps")).unwrap();
        assert_eq!(scratch.open(file, 0).unwrap_err(), Errno::EPERM);
        assert_eq!(scratch.open(Path::new("dev/heaps"), 0).unwrap_err(), Errno::EPERM);
        assert_eq!(scratch.put_file(file, b"x"), Err(Errno::EPERM));
        assert_eq!(scratch.remove(), Err(Errno::ENOTEMPTY));
        assert!(is_untouched(&at.join("dev/heaps")));
        fs::rename(at.join("dev/heaps"), &victim).unwrap();
        symlink(&victim, at.join("dev/heaps")).unwrap();
        assert_eq!(scratch.remove(), Ok(()));
        assert!(is_untouched(&victim) && !at.exists());
    }

    /// Swaps the directories below for links while they are removed.
    #[test]
    fn a_swap_during_the_removal_leads_nowhere_else() {
        let (_top, place, victim) = place();
        for round in 0..30 {
            let mut scratch = filled(&place);
            for number in 0..20 {
                scratch.make_directory(&PathBuf::from(format!("d{number:02}"))).unwrap();
            }
            let at = scratch.path().unwrap();
            let (away, to) = (place.join("away"), victim.clone());
            let attacker = std::thread::spawn(move || {
                let name = at.join(format!("d{:02}", round % 20));
                let _ = fs::rename(&name, &away).and_then(|()| symlink(&to, &name));
            });
            let _ = scratch.remove();
            attacker.join().unwrap();
            assert!(is_untouched(&victim));
            let _ = fs::remove_dir(place.join("away"));
        }
    }

    #[test]
    fn a_place_that_is_not_fit_is_not_taken() {
        let (_top, place, victim) = place();
        let make = |path: &Path, kind| Scratch::make(path, kind, &fresh_name("t.").unwrap()).map(drop);
        assert_eq!(make(&place, Place::Own), Err(Errno::EPERM));
        assert_eq!(make(&victim, Place::Own), Ok(()));
        fs::set_permissions(&place, fs::Permissions::from_mode(0o777)).unwrap();
        assert_eq!(make(&place, Place::Shared), Err(Errno::EPERM));
        assert_eq!(make(&victim.join("file"), Place::Own), Err(Errno::ENOTDIR));
        // Only root can give it to somebody else.
        if chown(&victim, Some(65534), None).is_ok() {
            assert_eq!(make(&victim, Place::Own), Err(Errno::EPERM));
        }
        assert!(is_untouched(&victim));
        assert!(names(&place).is_empty());
    }

    #[test]
    fn what_was_swapped_for_a_new_directory_is_not_taken_for_it() {
        let (_top, place, victim) = place();
        let here = file::open(&place, file::Purpose::Look).unwrap();
        let name = OsStr::new("t.0");
        let refused = |errno| assert_eq!(own_directory(here.as_fd(), name).unwrap_err(), errno);
        symlink(&victim, place.join(name)).unwrap();
        refused(Errno::ENOTDIR);
        fs::remove_file(place.join(name)).unwrap();
        fs::rename(&victim, place.join(name)).unwrap();
        refused(Errno::EPERM);
        fs::set_permissions(place.join(name), fs::Permissions::from_mode(0o700)).unwrap();
        refused(Errno::EPERM);
        fs::remove_file(place.join(name).join("file")).unwrap();
        own_directory(here.as_fd(), name).unwrap();
        // Only root can give it to somebody else.
        if chown(place.join(name), Some(65534), None).is_ok() {
            refused(Errno::EPERM);
        }
    }
}
