//! What `dmaheap --version -v` says of the build: the target and, of a release from a checkout, the commit.

use std::env;
use std::path::Path;
use std::process::Command;

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rustc-env=DMAHEAP_TARGET={}", env::var("TARGET").unwrap_or_default());
    let is_release = env::var("PROFILE").is_ok_and(|profile| profile == "release");
    // A static executable is position-independent and relocates itself: a twentieth of its size is the list of where. glibc
    // reads the short form of it since 2.36. Whoever loads a dynamic one may be older.
    let is_static = env::var("CARGO_CFG_TARGET_FEATURE").is_ok_and(|features| features.contains("crt-static"));
    if is_static && env::var("CARGO_CFG_TARGET_ENV").is_ok_and(|name| name == "gnu") {
        println!("cargo:rustc-link-arg-bins=-Wl,-z,pack-relative-relocs");
    }
    // Each commit would compile a build for development again.
    if is_release {
        if let Some(commit) = commit() {
            println!("cargo:rustc-env=DMAHEAP_COMMIT={commit}");
        }
    }
}

/// The commit, if this package is a checkout and does not only lie in one.
fn commit() -> Option<String> {
    let package = env::var("CARGO_MANIFEST_DIR").ok()?;
    if Path::new(&git(&["rev-parse", "--show-toplevel"])?).canonicalize().ok()?
        != Path::new(&package).canonicalize().ok()?
    {
        return None;
    }
    for file in ["HEAD", "logs/HEAD"] {
        println!("cargo:rerun-if-changed={}", git(&["rev-parse", "--git-path", file])?);
    }
    git(&["rev-parse", "HEAD"])
}

fn git(args: &[&str]) -> Option<String> {
    let output = Command::new("git").args(args).output().ok().filter(|output| output.status.success())?;
    Some(String::from_utf8(output.stdout).ok()?.trim().to_owned())
}
