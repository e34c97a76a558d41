use super::super::replace::Replacement;
use super::*;
use std::fs::{self, Permissions};
use std::io::Write;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown, lchown, symlink};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};

/// A directory where anybody may write, someone's file outside of it, and whether this is root's test, who can have
/// things belong to someone else.
fn shared() -> (tempfile::TempDir, PathBuf, PathBuf, bool) {
    let top = tempfile::tempdir().unwrap();
    let (place, victim) = (top.path().join("shared"), top.path().join("victim"));
    fs::create_dir(&place).unwrap();
    fs::set_permissions(&place, Permissions::from_mode(0o1777)).unwrap();
    fs::write(&victim, "kept").unwrap();
    let is_root = fs::metadata(&victim).unwrap().uid() == 0;
    (top, place, victim, is_root)
}

/// Returns why neither a file nor what replaces one is written there.
fn refused(path: &Path) -> Option<Errno> {
    assert!(Replacement::prepare(path).is_err());
    create(path).unwrap_err().kernel_errno()
}

#[test]
fn a_link_of_another_user_on_the_way_is_not_followed() {
    let (top, place, victim, is_root) = shared();
    let link = place.join("way");
    for (target, name) in [("..".into(), "victim"), (top.path().to_owned(), "victim"), ("../shared/..".into(), "new")] {
        symlink(&target, &link).unwrap();
        let path = link.join(name);
        assert!(Destination::find(&path).is_ok(), "one's own");
        if is_root {
            lchown(&link, Some(65534), None).unwrap();
            assert_eq!(refused(&path), Some(Errno::EACCES));
            let error = create(&path).unwrap_err();
            let said = format!(
                "write {}: the symbolic link {} belongs to user 65534 (EACCES)",
                path.display(),
                link.display()
            );
            assert_eq!(error.to_string(), said);
            let meant = place.join(&target).join(name);
            let expected = format!("to use its target, name that: {}", meant.display());
            assert_eq!(error.hint(), Some(&expected.into()));
        }
        fs::remove_file(&link).unwrap();
    }
    assert!(fs::read(&victim).unwrap() == b"kept" && !top.path().join("new").exists());
}

#[test]
fn paths_lead_where_the_kernel_finds_them() {
    let (top, place, victim, _) = shared();
    symlink(&victim, place.join("a")).unwrap();
    symlink("a", place.join("b")).unwrap();
    symlink("../shared/./b", place.join("c")).unwrap();
    symlink("c", place.join("d")).unwrap();
    symlink("loop", place.join("loop")).unwrap();
    symlink("..", place.join("up")).unwrap();
    let at = Destination::find(&victim).unwrap();
    for path in ["c", "d", "../victim", "up/victim", "up/shared/../shared/d", "./d/"] {
        assert!(Destination::find(&place.join(path)).unwrap().is_same_as(&at), "{path}");
    }
    for (path, errno) in [
        ("loop", Errno::ELOOP),
        ("loop/file", Errno::ELOOP),
        ("up", Errno::EISDIR),
        ("..", Errno::EISDIR),
        ("d/file", Errno::ENOTDIR),
        ("none/file", Errno::ENOENT),
    ] {
        assert_eq!(refused_by_path(&place.join(path)), errno, "{path}");
    }
    assert_eq!(refused_by_path(Path::new("")), Errno::ENOENT);
    assert_eq!(refused_by_path(Path::new("/")), Errno::EISDIR);
    let cwd = format!("/proc/self/cwd/{}", "../".repeat(40))
        + top.path().join("victim").strip_prefix("/").unwrap().to_str().unwrap();
    assert!(Destination::find(Path::new(&cwd)).unwrap().is_same_as(&at));
}

fn refused_by_path(path: &Path) -> Errno {
    create(path).unwrap_err().kernel_errno().unwrap()
}

#[test]
fn hard_link_in_a_shared_directory_is_not_written() {
    let (top, place, victim, _) = shared();
    let (path, link) = (place.join("file"), place.join("link"));
    fs::hard_link(&victim, &path).unwrap();
    assert_eq!(refused(&path), Some(Errno::EACCES));
    symlink(&victim, top.path().join("link")).unwrap();
    fs::hard_link(top.path().join("link"), &link).unwrap();
    fs::remove_file(&path).unwrap();
    assert!(link.is_symlink() && refused(&link) == Some(Errno::EACCES));
    assert_eq!(fs::read(&victim).unwrap(), b"kept");
}

#[test]
fn file_swapped_before_the_open_is_not_written() {
    let (_top, place, victim, _) = shared();
    let path = place.join("file");
    let plant: [&dyn Fn(); 4] = [
        &|| fs::write(&path, "theirs").unwrap(),
        &|| fs::hard_link(&victim, &path).unwrap(),
        &|| symlink(&victim, &path).unwrap(),
        &|| assert!(std::process::Command::new("mkfifo").arg(&path).status().unwrap().success()),
    ];
    for (at, plant) in plant.iter().enumerate() {
        let new = Destination::find(&path).unwrap();
        plant();
        assert!(new.open().unwrap().is_none(), "{at}");
        fs::remove_file(&path).unwrap();
        fs::write(&path, "own").unwrap();
        let old = Destination::find(&path).unwrap();
        fs::remove_file(&path).unwrap();
        assert!(old.open().unwrap().is_none(), "gone");
        plant();
        assert!(old.open().unwrap().is_none(), "{at}");
        fs::remove_file(&path).unwrap();
    }
    assert_eq!(fs::read(&victim).unwrap(), b"kept");
}

#[test]
fn file_swapped_by_another_user_is_never_written() {
    const ROUNDS: usize = 3000;
    let (_top, place, victim, is_root) = shared();
    if !is_root {
        return;
    }
    fs::set_permissions(&place, Permissions::from_mode(0o777)).unwrap();
    let (path, other) = (place.join("file"), place.join("other"));
    let is_over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !is_over.load(Ordering::Relaxed) {
                fs::write(&other, "theirs").unwrap();
                let theirs = File::open(&other).unwrap();
                chown(&other, Some(65534), None).unwrap();
                fs::rename(&other, &path).unwrap();
                assert_eq!(theirs.metadata().unwrap().len(), 6);
                let _ = fs::remove_file(&path);
                assert_eq!(theirs.metadata().unwrap().len(), 6);
                symlink(&victim, &other).unwrap();
                lchown(&other, Some(65534), None).unwrap();
                fs::rename(&other, &path).unwrap();
                let _ = fs::remove_file(&path);
            }
        });
        for _ in 0..ROUNDS {
            if let Ok(mut file) = create(&path) {
                file.write_all(b"written").unwrap();
            }
        }
        is_over.store(true, Ordering::Relaxed);
    });
    assert_eq!(fs::read(&victim).unwrap(), b"kept");
}

#[test]
fn a_fifo_of_ones_own_is_waited_for_and_a_device_is_written_to() {
    let (_top, place, _, _) = shared();
    let path = place.join("fifo");
    assert!(std::process::Command::new("mkfifo").arg(&path).status().unwrap().success());
    let reader = std::thread::spawn({
        let path = path.clone();
        move || fs::read(path).unwrap()
    });
    create(&path).unwrap().write_all(b"text").unwrap();
    assert_eq!(reader.join().unwrap(), b"text");
    for path in ["/dev/null", "/dev/../dev/null"] {
        create(Path::new(path)).unwrap().write_all(b"text").unwrap();
    }
}

#[test]
fn file_of_another_user_in_a_shared_directory_is_not_used() {
    let (_top, place, victim, is_root) = shared();
    let (link, file) = (place.join("link"), place.join("file"));
    symlink(&victim, &link).unwrap();
    fs::write(&file, "theirs").unwrap();
    for path in [&link, &file] {
        assert!(Destination::find(path).is_ok(), "one's own");
        if is_root {
            lchown(path, Some(65534), None).unwrap();
            // Anybody may write, a group may, the other user alone may.
            for (mode, owner) in [(0o1777, 0), (0o775, 0), (0o755, 65534), (0o1777, 65534)] {
                chown(&place, Some(owner), Some(65534)).unwrap();
                fs::set_permissions(&place, Permissions::from_mode(mode)).unwrap();
                assert_eq!(refused(path), Some(Errno::EACCES), "{mode:o} {owner}");
            }
        }
    }
    if is_root {
        chown(&place, Some(0), None).unwrap();
        fs::set_permissions(&place, Permissions::from_mode(0o755)).unwrap();
        assert_eq!(refused(&link), Some(Errno::EACCES), "a link never");
        let hint = format!("to use its target, name that: {}", victim.display());
        assert_eq!(create(&link).unwrap_err().hint(), Some(&hint.into()));
        assert!(Destination::find(&file).is_ok(), "nobody else can have put it there");
    }
    assert_eq!((fs::read(&victim).unwrap(), fs::read(&file).unwrap()), (b"kept".to_vec(), b"theirs".to_vec()));
}

#[test]
fn a_link_that_is_planted_after_the_look_is_not_followed() {
    let (_top, place, victim, _) = shared();
    let path = place.join("file");
    let new = Destination::find(&path).unwrap();
    symlink(&victim, &path).unwrap();
    assert!(new.open().unwrap().is_none());
    // It is replaced, and what it leads to stays.
    new.beside("new".into()).unwrap().put().unwrap();
    assert!(!path.is_symlink() && fs::read(&victim).unwrap() == b"kept");
}

#[test]
fn a_directory_that_was_swapped_leads_nowhere_else() {
    let (top, place, victim, _) = shared();
    fs::write(place.join("file"), "old").unwrap();
    let there = Destination::find(&place.join("file")).unwrap();
    let beside = there.beside("new".into()).unwrap();
    let elsewhere = top.path().join("elsewhere");
    fs::create_dir(&elsewhere).unwrap();
    fs::write(elsewhere.join("new"), "kept").unwrap();
    fs::rename(&place, top.path().join("away")).unwrap();
    symlink(&elsewhere, &place).unwrap();
    drop(beside);
    assert_eq!(fs::read(elsewhere.join("new")).unwrap(), b"kept");
    assert!(!top.path().join("away/new").exists() && victim.exists());
    there.beside("new".into()).unwrap().put().unwrap();
    assert_eq!(fs::read(top.path().join("away/file")).unwrap(), b"");
}

#[test]
fn file_in_place_of_the_temporary_one_is_not_removed() {
    let (_top, place, _, _) = shared();
    let there = Destination::find(&place.join("file")).unwrap();
    let beside = there.beside("new".into()).unwrap();
    fs::rename(place.join("new"), place.join("other")).unwrap();
    fs::create_dir(place.join("new")).unwrap();
    drop(beside);
    assert!(place.join("new").is_dir() && place.join("other").exists());
}

#[test]
fn a_stream_of_this_process_is_written_to() {
    let (read, write) = file::pipe().unwrap();
    let path = format!("/proc/self/fd/{}", std::os::fd::AsRawFd::as_raw_fd(&write));
    create(Path::new(&path)).unwrap().write_all(b"text").unwrap();
    assert_eq!(file::read_all(read, 4).unwrap(), b"text");
}
