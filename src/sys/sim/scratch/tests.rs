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
    let mut scratch = Scratch::make(place, ScratchPlace::Shared, &fresh_name("t.").unwrap()).unwrap();
    scratch.make_directory(Path::new("dev/heaps")).unwrap();
    scratch.make_link(Path::new("dev/link"), OsStr::new("/etc")).unwrap();
    scratch.put_file(Path::new("dev/heaps/file"), b"one").unwrap();
    scratch
}

fn names(place: &Path) -> Vec<OsString> {
    directory::entries(file::open(place, file::Purpose::List).unwrap()).unwrap()
}

#[test]
fn scratch_file_is_read_replaced_and_removed() {
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
fn adopted_directory_is_removed_except_for_later_files() {
    let (_top, place, victim) = place();
    let scratch = filled(&place);
    let adopted = Scratch::adopt(&place, ScratchPlace::Shared, &scratch.name).unwrap();
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
        assert!(Scratch::adopt(&place, ScratchPlace::Shared, OsStr::new(other)).is_err(), "{other}");
    }
    assert!(is_untouched(&victim));
}

#[test]
fn links_and_directories_that_others_planted_stay_as_they_are() {
    let (_top, place, victim) = place();
    symlink(&victim, place.join("t.link")).unwrap();
    fs::create_dir(place.join("t.directory")).unwrap();
    fs::write(place.join("t.directory/file"), "theirs").unwrap();
    // Root's tests can have them belong to someone else.
    let _ = chown(place.join("t.directory"), Some(65533), None);
    drop(filled(&place));
    assert_eq!(names(&place), ["t.directory", "t.link"]);
    assert_eq!(fs::read(place.join("t.directory/file")).unwrap(), b"theirs");
    assert!(is_untouched(&victim));
}

#[test]
fn directory_in_place_of_scratch_is_not_removed() {
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
    assert_eq!(make(&place, ScratchPlace::Own), Err(Errno::EPERM));
    assert_eq!(make(&victim, ScratchPlace::Own), Ok(()));
    fs::set_permissions(&place, fs::Permissions::from_mode(0o777)).unwrap();
    assert_eq!(make(&place, ScratchPlace::Shared), Err(Errno::EPERM));
    assert_eq!(make(&victim.join("file"), ScratchPlace::Own), Err(Errno::ENOTDIR));
    // Only root can give it to another user.
    if chown(&victim, Some(65533), None).is_ok() {
        assert_eq!(make(&victim, ScratchPlace::Own), Err(Errno::EPERM));
    }
    assert!(is_untouched(&victim));
    assert!(names(&place).is_empty());
}

#[test]
fn directory_swapped_during_creation_is_not_used() {
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
    // Only root can give it to another user.
    if chown(place.join(name), Some(65533), None).is_ok() {
        refused(Errno::EPERM);
    }
}
