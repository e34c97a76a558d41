//! Cargo's build script: how the static binary is linked.
//!
//! A static binary is position-independent and relocates itself when it starts, by a table of 24 bytes for each of its
//! pointers to strings and functions. `-z pack-relative-relocs` (`DT_RELR`) packs them into some bits each, which takes
//! 150 KiB away. The code that reads the table comes from the C library it is linked with, which knows the packed form
//! from glibc 2.36 on; linked with an older one the binary would die at its first pointer. Where that cannot be asked,
//! as in a build for another machine, the table stays as it is.

use std::process::Command;

#[expect(clippy::print_stdout, reason = "it is how a build script tells cargo")]
fn main() {
    println!("cargo::rerun-if-changed=packaging/link.rs");
    let variable = |name: &str| std::env::var(name).unwrap_or_default();
    let is_static = variable("CARGO_CFG_TARGET_FEATURE").split(',').any(|feature| feature == "crt-static");
    if is_static && variable("HOST") == variable("TARGET") && glibc().is_some_and(|version| version >= (2, 36)) {
        println!("cargo::rustc-link-arg-bins=-Wl,-z,pack-relative-relocs");
    }
}

/// The version of this machine's glibc, if that is its C library.
fn glibc() -> Option<(u32, u32)> {
    let output = Command::new("getconf").arg("GNU_LIBC_VERSION").output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    let (major, minor) = text.trim().strip_prefix("glibc ")?.split_once('.')?;
    Some((major.parse().ok()?, minor.parse().ok()?))
}
