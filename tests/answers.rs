//! What real kernels answered, recorded by `tests/vm/record` and written by nobody.
//!
//! The files can be read by `probe --expect` as well.

use std::collections::BTreeMap;

/// By file name: what `uname -r` begins with and what distinguishes the kernel from others of that release.
pub const ALL: &[(&str, &str)] = &[
    ("6.12.117+deb12-cloud-amd64.txt", include_str!("answers/6.12.117+deb12-cloud-amd64.txt")),
    ("6.12.117.txt", include_str!("answers/6.12.117.txt")),
    ("7.2.12+deb14-cloud-amd64.txt", include_str!("answers/7.2.12+deb14-cloud-amd64.txt")),
];

/// `heap.case=outcome` lines.
pub fn parse(text: &str) -> BTreeMap<String, String> {
    let lines = text.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
    lines
        .map(|line| line.split_once('=').expect("id=outcome"))
        .map(|(id, outcome)| (id.into(), outcome.into()))
        .collect()
}

/// The two numbers that a release begins with.
pub fn series(release: &str) -> Option<(u16, u16)> {
    let mut numbers = release.split('.').map(str::parse);
    Some((numbers.next()?.ok()?, numbers.next()?.ok()?))
}

/// The answers of the kernel that probe calls `release machine`. Of one that was not recorded, those of
/// its flavour, of its series if there are any: security updates change the last number.
pub fn of(kernel: &str) -> Option<BTreeMap<String, String>> {
    let mut flavour: Vec<_> =
        ALL.iter().filter(|(file, _)| file.contains("cloud") == kernel.contains("cloud")).collect();
    flavour.sort_by_key(|(file, _)| series(file) != series(kernel));
    flavour.first().map(|(_, text)| parse(text))
}
