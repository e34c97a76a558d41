//! A directory with the files of some board, for `--sysroot`.

use super::{Outcome, bare};
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

pub struct Board(tempfile::TempDir);

impl Board {
    pub fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    /// The path on this machine of a path of the board; its directory is made.
    fn place(&self, path: &str) -> PathBuf {
        let path = self.0.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        path
    }

    pub fn file(self, path: &str, text: &str) -> Self {
        self.bytes(path, text.as_bytes())
    }

    pub fn bytes(self, path: &str, bytes: &[u8]) -> Self {
        fs::write(self.place(path), bytes).unwrap();
        self
    }

    pub fn link(self, path: &str, target: &str) -> Self {
        symlink(target, self.place(path)).unwrap();
        self
    }

    pub fn path(&self) -> &Path {
        self.0.path()
    }

    /// `dmaheap VERB --sysroot BOARD ARGS`
    #[track_caller]
    pub fn run(&self, verb: &str, args: &[&str]) -> Outcome {
        bare([verb, "--sysroot", self.0.path().to_str().unwrap()].iter().chain(args)).run()
    }
}
