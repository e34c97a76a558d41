//! Runs the tool (`DMAHEAP_BIN`, else the one that cargo built) and states everything it did.

use serde_json::{Map, Value};
use std::ffi::OsStr;
use std::io::Write;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

pub mod board;
pub mod ground;
pub mod held;
mod terminal;

pub use board::Board;
pub use ground::Ground;
pub use held::Held;
pub use terminal::{run_on_terminal, terminal};

/// Where the tool is.
pub fn binary() -> PathBuf {
    std::env::var_os("DMAHEAP_BIN").map_or_else(|| PathBuf::from(env!("CARGO_BIN_EXE_dmaheap")), PathBuf::from)
}

/// A run of the tool in a clean environment.
#[must_use = "a run that is not started proves nothing"]
pub struct Run {
    command: Command,
    stdin: Vec<u8>,
    simulated: bool,
    may_leave: bool,
}

/// `dmaheap ARGS` where there are heaps: on the kernel, or under `dmaheap sim`.
pub fn dmaheap<S: AsRef<OsStr>>(args: impl IntoIterator<Item = S>) -> Run {
    Ground::current().run(&[], &binary(), args)
}

/// `dmaheap ARGS` as it is, for what needs no heap.
pub fn bare<S: AsRef<OsStr>>(args: impl IntoIterator<Item = S>) -> Run {
    Run::new(&binary(), args, false)
}

/// A shell script where there are heaps. `$DMAHEAP` is the tool.
pub fn script(text: &str) -> Run {
    Ground::current().run(&[], Path::new("/bin/sh"), ["-c", text])
}

/// As [`script`]; `$0` is `argument`.
pub fn script_with(text: &str, argument: &str) -> Run {
    Ground::current().run(&[], Path::new("/bin/sh"), ["-c", text, argument])
}

/// The shells that a script must work in. The virtual machine has them all.
pub fn shells() -> Vec<&'static str> {
    let all = ["dash", "bash", "busybox ash"];
    let exists = |shell: &&str| {
        let program = shell.split(' ').next().unwrap_or_default();
        std::env::var_os("PATH")
            .is_some_and(|path| std::env::split_paths(&path).any(|path| path.join(program).exists()))
    };
    let found: Vec<&str> = all.into_iter().filter(exists).collect();
    assert!(!found.is_empty() && (Ground::current() == Ground::Simulator || found.len() == all.len()), "{found:?}");
    found
}

/// The words of each line.
pub fn words(text: &str) -> Vec<Vec<&str>> {
    text.lines().map(|line| line.split_whitespace().collect()).collect()
}

impl Run {
    fn new<S: AsRef<OsStr>>(program: &Path, args: impl IntoIterator<Item = S>, simulated: bool) -> Self {
        let mut command = Command::new(program);
        command.args(args).env_clear();
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default()).env("DMAHEAP", binary()).env("LC_ALL", "C");
        Self { command, stdin: Vec::new(), simulated, may_leave: false }
    }

    /// Runs while the test itself holds buffers.
    pub fn among_others(mut self) -> Self {
        self.may_leave = true;
        self
    }

    /// Runs with the signals of a terminal's keys as they are for an interactive shell's commands; a test that runs
    /// in the background may have inherited them ignored.
    pub fn with_keys(mut self) -> Self {
        use nix::sys::signal::{SigHandler, Signal, signal};
        use std::os::unix::process::CommandExt;
        let restore = || {
            for key in [Signal::SIGINT, Signal::SIGQUIT] {
                // SAFETY: the default disposition runs no code of ours, and signal(2) may be called after fork(2).
                unsafe { signal(key, SigHandler::SigDfl) }?;
            }
            Ok(())
        };
        // SAFETY: `restore` makes two system calls and touches no memory that is shared.
        unsafe { self.command.pre_exec(restore) };
        self
    }

    /// Runs with SIGCHLD ignored, as some programs start others.
    pub fn ignoring_children(mut self) -> Self {
        use nix::sys::signal::{SigHandler, Signal, signal};
        use std::os::unix::process::CommandExt;
        // SAFETY: to ignore a signal runs no code of ours, and signal(2) may be called after fork(2).
        let ignore = || unsafe { signal(Signal::SIGCHLD, SigHandler::SigIgn) }.map(drop).map_err(Into::into);
        // SAFETY: `ignore` makes a system call and touches no memory that is shared.
        unsafe { self.command.pre_exec(ignore) };
        self
    }

    /// Runs as another user, which needs root.
    pub fn by_user(self, uid: u32) -> Self {
        self.by_user_in(uid, uid)
    }

    /// Runs as another user in that group only.
    pub fn by_user_in(mut self, uid: u32, gid: u32) -> Self {
        use std::os::unix::process::CommandExt;
        self.command.uid(uid).gid(gid);
        self
    }

    /// Runs without capabilities (their numbers in linux/capability.h) that root would have.
    pub fn without_capabilities(mut self, numbers: &'static [libc::c_ulong]) -> Self {
        use std::os::unix::process::CommandExt;
        let drop = move || {
            for number in numbers {
                // SAFETY: prctl(2) of this kind takes a number and touches no memory.
                nix::errno::Errno::result(unsafe { libc::prctl(libc::PR_CAPBSET_DROP, *number, 0, 0, 0) })?;
            }
            Ok(())
        };
        // SAFETY: `drop` makes system calls and touches no memory that is shared.
        unsafe { self.command.pre_exec(drop) };
        self
    }

    /// What it shows on a terminal with this many columns.
    pub fn shown(mut self, columns: u16) -> String {
        self.command.env("TERM", "dumb").stdin(Stdio::null());
        let (_, shown) = run_on_terminal(self.command, columns);
        shown.replace("\r\n", "\n")
    }

    #[track_caller]
    pub fn run(mut self) -> Outcome {
        let shown = format!("{:?}", self.command);
        let mut child = self
            .command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("{shown} should start: {error}"));
        // A program that does not read its stdin may close it first.
        let _ = child.stdin.take().expect("stdin is a pipe").write_all(&self.stdin);
        let output = child.wait_with_output().expect("the output should be readable");
        if !self.may_leave {
            Ground::current().assert_nothing_left(&shown);
        }
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("the output should be UTF-8");
        let stderr = text(output.stderr);
        Outcome {
            stdout: text(output.stdout),
            stderr: if self.simulated { without_notice(&stderr) } else { stderr },
            status: output.status.code().unwrap_or_else(|| 128 + output.status.signal().expect("exited or killed")),
            shown,
        }
    }
}

/// Tables of simulated answers say so on stderr; that line is checked once, in `sim`'s own tests.
fn without_notice(stderr: &str) -> String {
    const NOTICE: &str = "dmaheap: simulated: answers come from dmaheap sim, not from a kernel";
    stderr.split_inclusive('\n').filter(|line| !line.starts_with(NOTICE)).collect()
}

/// What a run did.
#[must_use = "look at all of it: status, stdout and stderr"]
pub struct Outcome {
    pub stdout: String,
    pub stderr: String,
    pub status: i32,
    shown: String,
}

impl Outcome {
    /// Everything at once, for a snapshot: stdout, then stderr and a status that is not 0, marked.
    pub fn transcript(&self) -> String {
        let mut text = self.stdout.clone();
        if !self.stderr.is_empty() {
            text.push_str("--- stderr\n");
            text.push_str(&self.stderr);
        }
        if self.status != 0 {
            text.push_str(&format!("--- status {}\n", self.status));
        }
        text
    }

    /// Status 0 and nothing on stderr; answers stdout.
    #[track_caller]
    pub fn success(self) -> String {
        assert!(self.status == 0 && self.stderr.is_empty(), "{}\n{}", self.shown, self.transcript());
        self.stdout
    }

    /// This status and nothing on stdout; answers stderr.
    #[track_caller]
    pub fn failure(self, status: i32) -> String {
        assert!(self.status == status && self.stdout.is_empty(), "{}\n{}", self.shown, self.transcript());
        self.stderr
    }

    /// Status 0, nothing on stderr, and JSON on stdout; answers its rows.
    #[track_caller]
    pub fn rows(self) -> Vec<serde_json::Value> {
        rows(&self.success())
    }
}

/// Fails unless `row` has these fields with these values.
#[track_caller]
pub fn assert_fields(row: &Value, expected: &Value) {
    let keys = expected.as_object().expect("an object").keys();
    let found: Map<String, Value> = keys.map(|key| (key.clone(), row[key].clone())).collect();
    assert_eq!(Value::Object(found), *expected, "{row}");
}

/// The rows of a JSON document, whose other members are checked.
#[track_caller]
pub fn rows(text: &str) -> Vec<serde_json::Value> {
    let document: serde_json::Value = serde_json::from_str(text).unwrap_or_else(|error| panic!("{error} in {text}"));
    assert_eq!(document["version"], 1);
    assert_eq!(document["simulated"], Ground::current() == Ground::Simulator);
    // Only what was searched for may have been missed.
    let known = ["version", "simulated", "rows", "unread"];
    assert!(document.as_object().expect("an object").keys().all(|key| known.contains(&key.as_str())), "{text}");
    document["rows"].as_array().expect("rows are an array").clone()
}
