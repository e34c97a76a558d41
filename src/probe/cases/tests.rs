//! The table against the rules: two witnesses that were written apart.

mod checks;

use super::*;
use crate::heap::MemoryKind;
use crate::model::dmabuf::{self, BufferState, ExporterKind, MmapOutcome};
use crate::model::{Abi, Kernel, MmapRequest, Release, node};
use crate::probe::case::{CaseAction, Feature, Map, OpenedFile, allows};
use crate::probe::oracle::{self, predict};
use crate::probe::request::RawRequest;
use crate::uapi::fs;
use std::collections::BTreeSet;

/// Releases on both sides of every change that a row or a rule knows.
const RELEASES: [Release; 12] = [
    Release(5, 6),
    Release(5, 10),
    Release(5, 11),
    Release(5, 15),
    Release(6, 0),
    Release(6, 1),
    Release(6, 8),
    Release(6, 9),
    Release(6, 12),
    Release(6, 18),
    Release(6, 19),
    Release(7, 3),
];

/// Both ABIs on every release, with and without what a kernel may have: no rule goes by a property that it has no
/// business with.
fn kernels() -> impl Iterator<Item = Kernel> {
    let switches = |name: fn(&mut Kernel) -> &mut bool| {
        move |kernel: Kernel| {
            [false, true].map(|value| {
                let mut kernel = kernel;
                *name(&mut kernel) = value;
                kernel
            })
        }
    };
    [4096, 65_536]
        .into_iter()
        .flat_map(|page_size| [Abi::Mainline, Abi::V12].map(|abi| Kernel { page_size, abi, ..Kernel::DEBIAN_6_12 }))
        .flat_map(|kernel| RELEASES.map(|release| Kernel { release, ..kernel }))
        .flat_map(switches(|kernel| &mut kernel.pseudo_noexec))
        .flat_map(switches(|kernel| &mut kernel.sync_file))
        .flat_map(switches(|kernel| &mut kernel.efault_fixed))
}

const KINDS: [(MemoryKind, ExporterKind); 4] = [
    (MemoryKind::System, ExporterKind::System),
    (MemoryKind::Cma, ExporterKind::Cma),
    (MemoryKind::Protected, ExporterKind::Protected),
    (MemoryKind::Udmabuf, ExporterKind::Udmabuf),
];

/// The cases that are run there, but for the group that does harm.
fn cases_on(kind: MemoryKind) -> impl Iterator<Item = &'static Case> {
    all().filter(move |case| case.0 != UNSAFE && applies(*case, kind)).map(|(_, case)| case)
}

/// Whether `said` is not a failure of `case` there.
fn is_tolerated(case: &Case, kernel: &Kernel, kind: MemoryKind, said: &str) -> bool {
    let lacks = |feature| match feature {
        Feature::SyncFile => !kernel.sync_file,
        Feature::Mappings => kind == MemoryKind::Protected,
    };
    let before_fix = case.expected.before_fix.filter(|_| !kernel.efault_fixed && kernel.abi == Abi::Mainline);
    let expected = before_fix.unwrap_or_else(|| case.expected.here(kernel, kind));
    let without = case.expected.without.filter(|(feature, _)| lacks(*feature));
    expected == said || allows(expected, said) || without.is_some_and(|(_, silent)| silent == said)
}

/// Returns what the rules say of a row, if they can.
fn said(kernel: &Kernel, exporter: ExporterKind, action: &CaseAction) -> Option<String> {
    let buffer = |access| BufferState { size: 2 * kernel.page_size, access, exporter, begun: false };
    match action {
        CaseAction::Send(request) => predict(kernel, exporter, request).map(|effects| effects.to_string()),
        CaseAction::Each(requests) => {
            let said: Option<BTreeSet<String>> =
                requests().iter().map(|request| Some(predict(kernel, exporter, request)?.to_string())).collect();
            said.map(|said| said.into_iter().collect::<Vec<_>>().join(" but "))
        }
        CaseAction::Call(file, call) => {
            let answer = match file {
                OpenedFile::Node(access) => node::answer(kernel, *access, *call),
                OpenedFile::Buffer(access) => dmabuf::answer(kernel, &buffer(*access), *call),
            };
            Some(answer.map_or_else(|errno| errno.to_string(), |value| oracle::answer(*call, value, kernel.page_size)))
        }
        CaseAction::Mmap(OpenedFile::Node(access), map) => {
            Some(node::mmap(kernel, *access, &mapping(kernel, map)).to_string())
        }
        CaseAction::Mmap(OpenedFile::Buffer(access), map) => {
            let mapped = dmabuf::mmap(kernel, &buffer(*access), &mapping(kernel, map));
            Some(match mapped {
                MmapOutcome::Yes => "done".to_owned(),
                MmapOutcome::No(errno) => errno.to_string(),
                MmapOutcome::IfContiguous => "done|EINVAL".to_owned(),
            })
        }
        CaseAction::Custom(_) => None,
    }
}

fn mapping(kernel: &Kernel, map: &Map) -> MmapRequest {
    MmapRequest {
        len: map.pages * kernel.page_size,
        offset: map.first * kernel.page_size + map.askew,
        write: map.write,
        exec: map.exec,
        shared: map.shared,
    }
}

#[test]
fn every_row_says_what_the_rules_say() {
    for kernel in kernels() {
        for (kind, exporter) in KINDS {
            for case in cases_on(kind) {
                let Some(said) = said(&kernel, exporter, &case.action) else { continue };
                assert!(
                    is_tolerated(case, &kernel, kind, &said),
                    "{}: {}, not {said}: {kind:?} {kernel:?}",
                    case.id,
                    case.expected.here(&kernel, kind)
                );
            }
        }
    }
}

#[test]
fn efault_fix_changes_the_expected_outcome() {
    for (_, case) in all() {
        assert!(case.expected.before_fix.is_none_or(|before| before != case.expected.usual), "{}", case.id);
    }
}

/// The rows of which the rules know nothing: other kinds of files, answers of a file system, rows that are
/// more than one request. The real kernels alone are their witness (tests/answers).
#[test]
fn the_rows_without_a_second_witness_are_these() {
    let without = |(kind, exporter): (MemoryKind, ExporterKind)| -> Vec<&str> {
        let is_unknown = |case: &&Case| said(&Kernel::DEBIAN_6_12, exporter, &case.action).is_none();
        cases_on(kind).filter(is_unknown).map(|case| case.id).collect()
    };
    let expected = [
        "request_vfs_figetbsz",
        "request_vfs_fiemap",
        "request_vfs_fsuuid",
        "target_closed",
        "target_path",
        "target_null",
        "target_file",
        "target_directory",
        "target_socket",
        "node_unused_minor",
        "limits_many_nodes",
        "limits_many_buffers",
        "buffer_reopen",
        "buffer_fstat",
        "buffer_inode",
        "buffer_fstatfs",
        "buffer_getfl",
        "buffer_zeroed",
        "buffer_zeroed_large",
        "buffer_zeroed_recycled",
        "buffer_zeroed_recycled_large",
        "buffer_outlives_fd",
        "race_two_requests",
        "race_changing_fields",
        "race_closed_heap",
        "race_reused_number",
        "race_unmapped_struct",
    ];
    assert_eq!(without(KINDS[0]), expected);
    assert!(without(KINDS[3]).iter().all(|id| expected.contains(id)));
}

#[test]
fn udmabuf_is_asked_for_buffers_that_are_open_for_reading_and_writing() {
    let on = |kind| cases_on(kind).map(|case| case.id).collect::<BTreeSet<_>>();
    let (heaps, udmabuf) = (on(MemoryKind::System), on(MemoryKind::Udmabuf));
    assert!(heaps.iter().all(|id| !id.starts_with("udmabuf")));
    assert!(udmabuf.iter().all(|id| id.starts_with("udmabuf_") || id.starts_with("buffer_")));
    let not_there: Vec<&str> = heaps.difference(&udmabuf).copied().filter(|id| id.starts_with("buffer_")).collect();
    let expected = [
        "buffer_mmap_accmode",
        "buffer_mmap_rdonly",
        "buffer_mmap_read_wronly",
        "buffer_mmap_write_rdonly",
        "buffer_mmap_write_wronly",
        "buffer_read_wronly",
        "buffer_write_rdonly",
    ];
    assert_eq!(not_there, expected);
}

#[test]
fn ids_are_unique_and_made_of_letters_that_every_format_takes() {
    let mut seen = BTreeSet::new();
    for (group, case) in all() {
        let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        assert!(case.id.chars().all(is_plain), "{}", case.id);
        assert!(case.id.starts_with(group), "{} is not in {group}", case.id);
        assert!(seen.insert(case.id), "{} twice", case.id);
    }
}

#[test]
fn every_row_is_explained() {
    for (_, case) in all() {
        assert!(!case.sends.is_empty() && !case.sends.ends_with('.'), "{}", case.id);
        assert!(!case.function.is_empty(), "{}", case.id);
        let outcomes = [case.expected.usual, case.expected.v12.unwrap_or(case.expected.usual)];
        assert!(outcomes.iter().all(|outcome| !outcome.is_empty()), "{}", case.id);
    }
}

fn requests() -> impl Iterator<Item = (&'static str, &'static str, RawRequest)> {
    all().flat_map(|(group, case)| {
        let requests = match case.action {
            CaseAction::Send(request) => vec![request],
            CaseAction::Each(requests) => requests(),
            _ => Vec::new(),
        };
        requests.into_iter().map(move |request| (group, case.id, request))
    })
}

#[test]
fn no_row_sends_what_changes_a_file() {
    let forbidden =
        [fs::FIFREEZE, fs::FITHAW, fs::SETFLAGS, fs::FSSETXATTR, fs::FICLONE, fs::FICLONERANGE, fs::FIDEDUPERANGE];
    let sent = requests().flat_map(|(_, _, request)| [request.number(Abi::Mainline), request.number(Abi::V12)]);
    for number in sent {
        assert!(forbidden.iter().all(|no| no & 0xffff != number.get() & 0xffff), "{number:?}");
    }
}

#[test]
fn no_row_asks_for_much_memory_but_the_unsafe_ones() {
    for (group, id, request) in requests() {
        for (abi, page_size) in
            [(Abi::Mainline, 4096), (Abi::Mainline, 16_384), (Abi::Mainline, 65_536), (Abi::V12, 4096)]
        {
            assert_eq!(request.is_modest(abi, page_size), group != UNSAFE, "{id}");
        }
    }
}

#[test]
fn every_group_that_was_promised_is_there() {
    let names: Vec<&str> = GROUPS.iter().map(|group| group.name).collect();
    for name in [
        "fd_flags",
        "heap_flags",
        "fd_field",
        "reserved",
        "len",
        "request",
        "pointer",
        "target",
        "node",
        "limits",
        "buffer",
        "compat",
        "race",
        "udmabuf",
        "unsafe",
    ] {
        assert!(names.contains(&name), "{name}");
    }
    assert!(GROUPS.iter().all(|group| !group.cases.is_empty()));
}

/// Answers of real kernels, as `probe -J` recorded them: `heap.case=outcome` lines.
const RECORDED: [(Release, &str); 3] = [
    (Release(6, 12), include_str!("../../../tests/answers/6.12.117+deb12-cloud-amd64.txt")),
    (Release(6, 12), include_str!("../../../tests/answers/6.12.117.txt")),
    (Release(7, 2), include_str!("../../../tests/answers/7.2.12+deb14-cloud-amd64.txt")),
];

#[test]
fn recorded_answers_match_the_table() {
    for (release, recorded) in RECORDED {
        let kernel = Kernel { release, sync_file: true, ..Kernel::DEBIAN_6_12 };
        let answers: Vec<_> = recorded.lines().filter_map(|line| line.split_once('=')).collect();
        assert!(answers.len() > 300);
        for (id, outcome) in answers {
            let (heap, id) = id.rsplit_once('.').expect("heap.case");
            let (_, case) = all().find(|(_, case)| case.id == id).unwrap_or_else(|| panic!("no case {id}"));
            let kind = if heap == UDMABUF { MemoryKind::Udmabuf } else { crate::heap::name::infer_kind(heap) };
            let expected = case.expected.here(&kernel, kind);
            assert!(allows(expected, outcome), "{heap}.{id}: {outcome}, not {expected}");
        }
    }
}
