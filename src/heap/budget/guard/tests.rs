use super::*;
use std::path::PathBuf;

const PAGE: u64 = 4096;

/// A machine with 1 GiB, and these files.
fn machine(files: &[(&str, &str)]) -> (tempfile::TempDir, Root) {
    let directory = tempfile::tempdir().unwrap();
    let meminfo =
        ("proc/meminfo", "MemTotal: 1048576 kB\nMemAvailable: 524288 kB\nCmaTotal: 65536 kB\nCmaFree: 16384 kB\n");
    for (path, text) in files.iter().chain([&meminfo]) {
        let path = directory.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    let root = Root::at(directory.path()).unwrap();
    (directory, root)
}

const CHARGED: (&str, &str) = ("sys/module/dma_heap/parameters/mem_accounting", "Y\n");
const NOT_CHARGED: (&str, &str) = ("sys/module/dma_heap/parameters/mem_accounting", "N\n");
const LIMITED: [(&str, &str); 5] = [
    ("proc/self/cgroup", "0::/job\n"),
    ("proc/self/mountinfo", "30 23 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n"),
    ("sys/fs/cgroup/job/memory.max", "67108864\n"),
    ("sys/fs/cgroup/job/memory.high", "33554432\n"),
    ("sys/fs/cgroup/job/memory.current", "20971520\n"),
];

fn place(name: &str) -> Place {
    Place { name: name.to_owned(), path: PathBuf::from("/dev/dma_heap").join(name), by_alias: false }
}

fn guard(root: &Root, warn: Warn) -> Guard {
    Guard::with(root, &[place("system")], false, warn, || Ok(()))
}

fn refusal(guard: &Guard, root: &Root, heap: &str, size: u64, count: u64) -> Option<String> {
    let place = place(heap);
    let request = MemoryRequest { of: MemoryOwner::Heap(&place), size, count };
    guard.check(root, &[request], PAGE).err().map(|error| error.to_string())
}

#[test]
fn a_cgroup_bounds_what_is_charged_to_it() {
    let mut files = LIMITED.to_vec();
    files.push(CHARGED);
    let (_directory, root) = machine(&files);
    let guard = guard(&root, |_| ());
    assert_eq!(refusal(&guard, &root, "system", 43 << 20, 1), None);
    assert_eq!(
        refusal(&guard, &root, "system", 44 << 20, 1).as_deref(),
        Some(
            "allocate from system: 46137344 bytes (44MiB) refused: exceeds the memory budget of 45088768 bytes (43MiB: cgroup /job: memory.max 64MiB - 20MiB in use - 1MiB reserve)"
        )
    );
    assert_eq!(guard.budget_of_heaps(&root, PAGE).bytes(), 43 << 20);
}

#[test]
fn uncharged_buffers_are_bounded_by_the_machine_and_overhead_by_the_cgroup() {
    let mut files = LIMITED.to_vec();
    files.push(NOT_CHARGED);
    let (_directory, root) = machine(&files);
    let guard = guard(&root, |_| ());
    assert_eq!(refusal(&guard, &root, "system", 200 << 20, 1), None);
    let many = refusal(&guard, &root, "system", 1, 20_000).unwrap();
    assert!(many.contains(" plus 78.1MiB of kernel memory for them refused: exceeds the memory budget of "), "{many}");
    assert!(many.contains("cgroup /job"), "{many}");
    let machine = refusal(&guard, &root, "system", 512 << 20, 1).unwrap();
    assert!(machine.contains("MemAvailable 512MiB - 16MiB CmaFree - "), "{machine}");
}

#[test]
fn unknown_accounting_counts_the_limit_and_the_refusal_says_so() {
    let (_directory, root) = machine(&LIMITED);
    let refused = refusal(&guard(&root, |_| ()), &root, "system", 44 << 20, 1).unwrap();
    assert!(refused.ends_with("; whether the kernel charges buffers to it cannot be read (ENOENT)"), "{refused}");
    // A kernel that has modules in sysfs, and no such parameter.
    let mut files = LIMITED.to_vec();
    files.push(("sys/module/udmabuf/parameters/list_limit", "1024\n"));
    let (_directory, root) = machine(&files);
    assert_eq!(refusal(&guard(&root, |_| ()), &root, "system", 44 << 20, 1), None);
}

#[test]
fn a_cma_heap_whose_area_is_not_seen_is_asked_for_anything() {
    let (directory, root) = machine(&[NOT_CHARGED]);
    let meminfo = "MemTotal: 1048576 kB\nMemAvailable: 20480 kB\nCmaTotal: 65536 kB\nCmaFree: 16384 kB\n";
    std::fs::write(directory.path().join("proc/meminfo"), meminfo).unwrap();
    let guard = guard(&root, |_| ());
    assert_eq!(refusal(&guard, &root, "reserved", 16 << 20, 5), None);
    assert!(refusal(&guard, &root, "system", 24 << 20, 1).is_some());
    let forced = Guard::with(&root, &[], true, |_| (), || Ok(()));
    assert_eq!(refusal(&forced, &root, "system", 1 << 40, 1), None);
}

#[test]
fn a_process_that_cannot_be_the_first_victim_uses_half() {
    static WARNINGS: std::sync::Mutex<Vec<String>> = std::sync::Mutex::new(Vec::new());
    let warn: Warn = |error| WARNINGS.lock().unwrap().push(error.to_string());
    let mut files = LIMITED.to_vec();
    files.push(CHARGED);
    let (_directory, root) = machine(&files);
    let guard = Guard::with(&root, &[place("system")], false, warn, || Err(Errno::EROFS));
    let refused = refusal(&guard, &root, "system", 22 << 20, 1).unwrap();
    assert!(
        refused.contains("the memory budget of 22544384 bytes (21.5MiB: half of cgroup /job: memory.max"),
        "{refused}"
    );
    assert_eq!(*WARNINGS.lock().unwrap(), ["write /proc/self/oom_score_adj: read-only file system (EROFS)"]);
}

#[test]
fn slow_or_unreadable_limit_is_warned_about_once() {
    static WARNINGS: std::sync::Mutex<Vec<String>> = std::sync::Mutex::new(Vec::new());
    let warn: Warn = |error| WARNINGS.lock().unwrap().push(error.to_string());
    let mut files = LIMITED.to_vec();
    files.extend([CHARGED, ("sys/fs/cgroup/memory.max", "much\n")]);
    let (_directory, root) = machine(&files);
    let guard = guard(&root, warn);
    assert_eq!(refusal(&guard, &root, "system", 24 << 20, 1), None);
    assert_eq!(refusal(&guard, &root, "system", 24 << 20, 1), None);
    assert_eq!(
        *WARNINGS.lock().unwrap(),
        [
            "read /sys/fs/cgroup/memory.max: invalid argument (EINVAL)",
            "allocate in cgroup /job: slow beyond its memory.high of 32MiB",
        ]
    );
}

/// Each file that the budget comes from is made unreadable in turn, and so is each directory above one.
#[test]
fn what_cannot_be_read_is_not_absent() {
    static WARNINGS: std::sync::Mutex<Vec<String>> = std::sync::Mutex::new(Vec::new());
    let mut files = LIMITED.to_vec();
    files.extend([CHARGED, ("sys/fs/cgroup/job/memory.stat", "inactive_file 4194304\n")]);
    let (directory, root_of_it) = machine(&files);
    drop(root_of_it);
    let said = || {
        let root = Root::at(directory.path()).unwrap();
        let guard = guard(&root, |error| WARNINGS.lock().unwrap().push(error.to_string()));
        let refusals = [24, 44, 600].map(|size| refusal(&guard, &root, "system", size << 20, 1));
        (refusals, std::mem::take(&mut *WARNINGS.lock().unwrap()))
    };
    let whole = said();
    let aside = tempfile::tempdir().unwrap();
    let mut read = 0;
    // Without /proc/meminfo sysinfo(2) is asked, of this machine only.
    let paths = files.iter().map(|(path, _)| *path);
    let above = |path: &str| std::path::Path::new(path).ancestors().skip(1).map(PathBuf::from).collect::<Vec<_>>();
    let mut all: Vec<PathBuf> = paths.flat_map(|path| above(path).into_iter().chain([PathBuf::from(path)])).collect();
    all.retain(|path| path.components().count() > 0 && path != std::path::Path::new("proc"));
    all.sort();
    all.dedup();
    for path in all {
        let (place, kept) = (directory.path().join(&path), aside.path().join("kept"));
        let is_directory = place.is_dir();
        let damaged = |damage: &dyn Fn()| {
            std::fs::rename(&place, &kept).unwrap();
            damage();
            let said = said();
            let _ = std::fs::remove_file(&place);
            std::fs::rename(&kept, &place).unwrap();
            said
        };
        let absent = damaged(&|| ());
        let link = damaged(&|| std::os::unix::fs::symlink(place.file_name().unwrap(), &place).unwrap());
        let file = damaged(&|| {
            if is_directory {
                std::fs::write(&place, "").unwrap()
            }
        });
        for (errno, found) in [("ELOOP", link), ("ENOTDIR", file)] {
            if (absent == whole && found == whole) || errno == "ENOTDIR" && !is_directory {
                continue;
            }
            read += 1;
            assert_ne!(found, absent, "{errno} of {} is as if it were not there", path.display());
        }
    }
    assert!(read > 10, "{read}");
}
