//! Every rule that `sim` can break, and the cases that must notice.
//!
//! Each takes a run of all cases, which together are too many for the virtual machine.

mod faults;

use super::text;
use crate::support::{bare, binary};
use std::collections::{BTreeMap, BTreeSet};

/// A broken rule and the cases that fail by it: patterns, with `!` those that do not.
struct Broken {
    rule: &'static str,
    mainline: &'static str,
    v12: &'static str,
}

const fn broken(rule: &'static str, cases: &'static str) -> Broken {
    Broken { rule, mainline: cases, v12: cases }
}

const fn on(rule: &'static str, mainline: &'static str, v12: &'static str) -> Broken {
    Broken { rule, mainline, v12 }
}

const RULES: &[Broken] = &[
    broken(
        "fd-flags-unchecked",
        "fd_flags_bit_* !fd_flags_bit_00 !fd_flags_bit_01 !fd_flags_bit_19 fd_flags_all fd_flags_valid_and_nonblock \
         pointer_read_only_and_flags",
    ),
    broken("cloexec-forgotten", "fd_flags_bit_19 fd_flags_*_cloexec compat_flags"),
    broken("heap-flags-unchecked", "heap_flags_bit_* compat_heap_flags_high"),
    broken("fd-field-unchecked", "fd_field_* !fd_field_zero compat_fd_field"),
    on("reserved-unchecked", "", "reserved_first reserved_second reserved_both"),
    on("tail-checked", "reserved_first reserved_second reserved_both reserved_and_tail*", ""),
    on(
        "len-zero-allowed",
        "len_zero request_drm_version request_high_half_and_empty pointer_read_only_and_empty \
         limits_files_full_and_empty compat_len_zero",
        "len_zero request_high_half_and_empty pointer_read_only_and_empty limits_files_full_and_empty \
         compat_len_zero",
    ),
    broken("len-not-rounded", "len_one len_page_less_one len_page_and_one compat_len_page_and_one"),
    broken("len-written-back", "len_one len_page_less_one len_page_and_one compat_len_page_and_one"),
    on(
        "kind-checked",
        "request_every_foreign_number request_every_type request_sync request_sync_end request_set_name \
         request_tcgets request_fionread request_zero request_drm_version",
        "",
    ),
    on(
        "unknown-is-enotty",
        "request_unknown request_every_number request_every_foreign_number request_set_name request_tcgets \
         request_fionread pointer_null_and_unknown compat_unknown",
        "",
    ),
    on(
        "fault-is-einval",
        "request_size_without_memory pointer_* !pointer_last_bytes !pointer_misaligned !pointer_read_only_and_* \
         !pointer_null_and_unknown buffer_sync_null buffer_sync_straddling buffer_name_unterminated \
         buffer_name_null buffer_name_kernel compat_null compat_read_only",
        "pointer_* !pointer_last_bytes !pointer_misaligned !pointer_read_only_and_* !pointer_null_and_unknown \
         buffer_sync_null buffer_sync_straddling buffer_name_unterminated buffer_name_null buffer_name_kernel \
         compat_null compat_read_only",
    ),
    broken(
        "node-readable",
        "node_* !node_pread_negative !node_lseek_unknown !node_poll !node_epoll !node_unused_minor",
    ),
    broken("emfile-is-enfile", "limits_files_full limits_files_zero"),
    broken(
        "sync-unchecked",
        "buffer_sync_00 buffer_sync_04 buffer_sync_08 buffer_sync_09 buffer_sync_1? buffer_sync_bit_* buffer_sync_all",
    ),
    broken("name-unchecked", "buffer_name_too_long"),
    broken(
        "private-mapping",
        "buffer_mmap_too_long buffer_mmap_past_the_end buffer_mmap_across_the_end buffer_mmap_private",
    ),
    on(
        "size-checked",
        "reserved_* request_size_* request_v12 request_sync request_sync_end request_zero request_drm_version \
         compat_longer",
        "",
    ),
    on("tail-cleared", "reserved_first reserved_second reserved_both reserved_and_tail*", ""),
    broken("high-half-read", "request_high_half*"),
    broken("vfs-broken", "request_vfs_* !request_vfs_fioclex !request_vfs_fionclex !request_vfs_fionbio"),
    broken(
        "access-ignored",
        "fd_flags_bit_00 fd_flags_bit_19 fd_flags_rdonly* fd_flags_wronly* fd_flags_accmode* buffer_read_wronly \
         buffer_write_rdonly buffer_mmap_write_* buffer_mmap_read_wronly buffer_mmap_accmode",
    ),
    broken("not-zeroed", "buffer_zeroed* buffer_outlives_fd"),
    broken(
        "seek-free",
        "buffer_lseek_cur buffer_lseek_data buffer_lseek_hole buffer_lseek_set_more buffer_lseek_end_less",
    ),
    broken("name-short", "buffer_name_longest*"),
    on("compat-forgotten", "compat_*", "compat_* !compat_unknown !compat_write !compat_longer"),
];

/// Rules that have a test of their own below: one needs a race, one lets hardly a case be prepared.
const ALONE: [&str; 2] = ["fd-before-copy", "node-needs-write"];

/// Cases that fail by no rule that `sim` can break and by no lack of memory: other files than its own answer them, or
/// calls that it leaves to the kernel. The real kernels are who shows that they can tell one answer from another.
const OF_THE_KERNEL: [&str; 14] = [
    "request_vfs_fioclex",
    "request_vfs_fionclex",
    "request_vfs_fionbio",
    "target_closed",
    "target_path",
    "target_null",
    "target_file",
    "target_directory",
    "target_socket",
    "node_pread_negative",
    "node_lseek_unknown",
    "node_poll",
    "node_epoll",
    "node_unused_minor",
];

/// Verdict and group by case, of a heap whose ABI is named: a broken rule may hide which it is.
fn verdicts(abi: &str, rule: Option<&str>, selection: &[&str]) -> BTreeMap<String, (String, String)> {
    faulty(abi, rule.map(|rule| format!("rule:{rule}")).as_deref(), selection)
}

/// As [`verdicts`], with any fault.
fn faulty(abi: &str, fault: Option<&str>, selection: &[&str]) -> BTreeMap<String, (String, String)> {
    let tool = binary();
    let mut args = vec!["sim", "--heap=system", "--abi", abi];
    args.extend(fault.iter().flat_map(|fault| ["--fault", fault]));
    args.extend(["--", tool.to_str().expect("the tool's path is text"), "probe", "-J", "--abi", abi]);
    args.extend(selection);
    let outcome = bare(args).run();
    let document: serde_json::Value = serde_json::from_str(&outcome.stdout).expect("JSON");
    let rows = document["rows"].as_array().expect("rows");
    rows.iter()
        .map(|row| (text(row, "case").into(), (text(row, "verdict").into(), text(row, "group").into())))
        .collect()
}

fn matches(pattern: &str, case: &str) -> bool {
    let mut parts = pattern.split('*');
    let begins = |part: &str, text: &str| {
        text.len() >= part.len() && part.bytes().zip(text.bytes()).all(|(one, other)| one == b'?' || one == other)
    };
    let first = parts.next().unwrap_or_default();
    match parts.next() {
        None => first.len() == case.len() && begins(first, case),
        Some(last) => case.len() >= first.len() + last.len() && begins(first, case) && case.ends_with(last),
    }
}

fn is_meant(patterns: &str, case: &str) -> bool {
    let (mut meant, mut excepted) = (false, false);
    for pattern in patterns.split_whitespace() {
        match pattern.strip_prefix('!') {
            Some(pattern) => excepted |= matches(pattern, case),
            None => meant |= matches(pattern, case),
        }
    }
    meant && !excepted
}

/// Groups without those that let the chance decide.
const STEADY: [&str; 12] = [
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
];

#[track_caller]
fn assert_that_each_is_noticed(abi: &str, cases: impl Fn(&Broken) -> &'static str) {
    let selection: Vec<&str> = STEADY.iter().flat_map(|group| ["--group", group]).collect();
    let sound = verdicts(abi, None, &selection);
    let mut noticing: BTreeSet<&str> = BTreeSet::new();
    let mut failing: BTreeSet<String> = BTreeSet::new();
    for broken in RULES {
        let found = verdicts(abi, Some(broken.rule), &selection);
        assert_eq!(found.len(), sound.len(), "{abi}: {}", broken.rule);
        let changed: BTreeSet<&str> =
            found.iter().filter(|(case, verdict)| sound[*case] != **verdict).map(|(case, _)| case.as_str()).collect();
        // What cannot be tried on this machine cannot fail.
        let meant: BTreeSet<&str> = sound
            .iter()
            .filter(|(case, (verdict, _))| verdict != "skip" && is_meant(cases(broken), case))
            .map(|(case, _)| case.as_str())
            .collect();
        assert_eq!(changed, meant, "{abi}: {}", broken.rule);
        for case in changed {
            assert_eq!(found[case].0, "fail", "{abi}: {}: {case}", broken.rule);
            failing.insert(case.to_owned());
            noticing.insert(STEADY.iter().find(|group| **group == found[case].1).expect("a group"));
        }
    }
    // `target` has its rule among those that stand alone; a machine may have no 32-bit entry.
    let expected = STEADY.iter().filter(|group| **group != "target" && (**group != "compat" || has_compat(&sound)));
    assert_eq!(noticing, expected.copied().collect(), "groups that notice something, {abi}");

    // Two that are about nearly all cases: what allocates, and what is asked of the node.
    for fault in ["enomem-after=0", "rule:node-needs-write"] {
        let found = faulty(abi, Some(fault), &selection);
        failing.extend(found.into_iter().filter(|(_, (verdict, _))| verdict == "fail").map(|(case, _)| case));
    }
    let never: BTreeSet<&str> = sound
        .iter()
        .filter(|(case, (verdict, _))| verdict == "ok" && !failing.contains(*case))
        .map(|(case, _)| case.as_str())
        .collect();
    // What cannot be tried on this machine is in neither.
    let of_the_kernel = OF_THE_KERNEL.into_iter().filter(|case| sound[*case].0 == "ok").collect();
    assert_eq!(never, of_the_kernel, "cases that nothing makes fail, {abi}");
}

fn has_compat(sound: &BTreeMap<String, (String, String)>) -> bool {
    sound["compat_good"].0 != "skip"
}

#[test]
fn mainline_cases_fail_by_the_rules_that_they_are_meant_for_and_by_no_other() {
    assert_that_each_is_noticed("mainline", |broken| broken.mainline);
}

#[test]
fn v12_cases_fail_by_the_rules_that_they_are_meant_for_and_by_no_other() {
    assert_that_each_is_noticed("v12", |broken| broken.v12);
}

#[test]
fn a_heap_that_wants_to_be_written_fails_the_targets_and_what_is_unsafe() {
    for abi in ["mainline", "v12"] {
        let found = verdicts(abi, Some("node-needs-write"), &["--unsafe", "--group", "target", "--group", "unsafe"]);
        let failed: Vec<&str> =
            found.iter().filter(|(_, (verdict, _))| verdict == "fail").map(|(case, _)| case.as_str()).collect();
        // The first cannot be prepared: it needs a buffer.
        assert_eq!(failed, ["target_buffer", "target_rdonly", "unsafe_len_most", "unsafe_len_terabyte"], "{abi}");
    }
}

#[test]
fn a_descriptor_before_the_reply_loses_the_race() {
    for abi in ["mainline", "v12"] {
        let found = verdicts(abi, Some("fd-before-copy"), &["--group", "race"]);
        let failed: Vec<&str> =
            found.iter().filter(|(_, (verdict, _))| verdict != "ok").map(|(case, _)| case.as_str()).collect();
        assert_eq!(failed, ["race_unmapped_struct"], "{abi}");
        assert_eq!(found["race_unmapped_struct"].0, "fail", "{abi}");
    }
}

#[test]
fn every_rule_that_can_be_broken_is_broken_here() {
    let list = bare(["sim", "--fault", "rule:list"]).run().success();
    let listed: BTreeSet<&str> = list.lines().filter_map(|line| line.split_whitespace().next()).collect();
    let tried: BTreeSet<&str> = RULES.iter().map(|broken| broken.rule).chain(ALONE).collect();
    assert_eq!(listed, tried);
}
