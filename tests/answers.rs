//! What real kernels answered, recorded by `dmaheap probe -J`: the witness that nobody wrote.
//!
//! The files can be read by `probe --expect` as well.

use std::collections::BTreeMap;

/// By file name: what `uname -r` begins with and how the kernel is told from others of that release.
pub const ALL: &[(&str, &str)] = &[
    ("6.12.117+deb12-cloud-amd64.txt", include_str!("answers/6.12.117+deb12-cloud-amd64.txt")),
    ("6.12.117.txt", include_str!("answers/6.12.117.txt")),
];

/// `heap.case=outcome` lines.
pub fn parse(text: &str) -> BTreeMap<String, String> {
    let lines = text.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
    lines
        .map(|line| line.split_once('=').expect("id=outcome"))
        .map(|(id, outcome)| (id.into(), outcome.into()))
        .collect()
}

/// The answers of the kernel that probe calls `release machine`. Of one that was not recorded, those of
/// its flavour: security updates change the last number.
pub fn of(kernel: &str) -> Option<BTreeMap<String, String>> {
    let flavour = if kernel.contains("cloud") { "cloud" } else { "6.12.117.txt" };
    ALL.iter().find(|(file, _)| file.contains(flavour)).map(|(_, text)| parse(text))
}
