//! `dmaheap sim`: programs that know nothing of it, and what it promises about their end.
//!
//! Everything here runs the simulator itself, on every ground. `host` needs a C compiler, Python or
//! strace and does not run in the virtual machine.

mod answers;
mod areas;
mod faults;
mod host;
mod lifecycle;
mod memory;
mod permissions;
mod places;
mod processes;
mod programs;
mod refusals;

use crate::support::{Outcome, bare, binary};
use std::io::BufRead;

/// `dmaheap sim OPTIONS -- COMMAND`.
fn sim(options: &[&str], command: &[&str]) -> Outcome {
    let mut args = vec!["sim"];
    args.extend(options);
    args.push("--");
    args.extend(command);
    bare(args).run()
}

/// A shell script under the simulator; `$DMAHEAP` is the tool.
fn script(options: &[&str], text: &str) -> Outcome {
    sim(options, &["/bin/sh", "-c", text])
}

/// `dmaheap` under the simulator; its notice on stderr is expected and taken away.
#[track_caller]
fn dmaheap(options: &[&str], args: &[&str]) -> Outcome {
    const NOTICE: &str = "dmaheap: simulated: ";
    let tool = binary();
    let mut command = vec![tool.to_str().expect("the tool's path is text")];
    command.extend(args);
    let mut outcome = sim(options, &command);
    outcome.stderr = outcome.stderr.split_inclusive('\n').filter(|line| !line.starts_with(NOTICE)).collect();
    outcome
}

/// The next line that a child says.
fn next_line(lines: &mut impl BufRead) -> String {
    let mut line = String::new();
    lines.read_line(&mut line).expect("a line of text");
    line
}
