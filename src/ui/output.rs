//! stdout is for data, stderr for messages. Everything that the tool writes goes through here.

use super::escape::{disarmed, escaped};
use super::fold;
use crate::error::Error;
use crate::sys::Errno;
use crate::sys::fd::terminal;
use crate::sys::fd::{blocking, descriptor, file, poll};
use crate::sys::process::rlimit;
use crate::sys::process::signals::{self, Signals};
use crate::sys::process::startup;
use std::borrow::Cow;
use std::io::{self, IsTerminal, Write};
use std::os::fd::AsFd;
use std::sync::atomic::{AtomicBool, Ordering};

/// Whether stderr has a line that [`draw`] wrote.
static IS_DRAWN: AtomicBool = AtomicBool::new(false);
const ERASE: &str = "\r\x1b[2K";

/// Writes a line to stderr, a terminal, that stays until anything else is written there.
pub(super) fn draw(line: &str) {
    control(&format!("{ERASE}{line}"));
    IS_DRAWN.store(true, Ordering::Relaxed);
}

/// Removes the line that was drawn, if one was: whatever is written next finds an empty line.
pub(crate) fn erase() {
    if IS_DRAWN.swap(false, Ordering::Relaxed) {
        control(ERASE);
    }
}

/// Writes data to stdout, all of it or an error.
pub(crate) fn data(bytes: &[u8]) -> Result<(), Error> {
    ready_for_data()?;
    file::write_all(io::stdout().as_fd(), bytes).map_err(not_written)
}

/// Writes lines of text to stdout, folded where it is a terminal.
pub(crate) fn text(text: &str) -> Result<(), Error> {
    data(folded(text).as_bytes())
}

/// Lines as they go to stdout, folded where it is a terminal.
pub(crate) fn folded(text: &str) -> Cow<'_, str> {
    width().map_or(text.into(), |width| fold::paragraphs(text, width).into())
}

/// Hands lines to `write` in parts of some KiB, which bounds the memory for many of them. `write` is called even
/// where there are none: even empty output must report that it could not be written.
pub(crate) fn in_parts(
    lines: impl Iterator<Item = String>,
    write: &mut dyn FnMut(&[u8]) -> Result<(), Error>,
) -> Result<(), Error> {
    const ENOUGH: usize = 16 << 10;
    let mut part = String::new();
    for line in lines {
        part.push_str(&line);
        if part.len() >= ENOUGH {
            write(part.as_bytes())?;
            part.clear();
        }
    }
    write(part.as_bytes())
}

/// Writes as [`data`] does, unless one of `signals` comes first, which is then returned. A reader that is gone is
/// SIGPIPE, unless the caller ignores that.
pub(crate) fn data_unless(signals: &Signals, bytes: &[u8]) -> Result<Option<i32>, Error> {
    ready_for_data()?;
    match blocking::write_all_unless(signals, io::stdout().as_fd(), bytes) {
        Err(Errno::EPIPE) if !startup::sigpipe_was_ignored() => Ok(Some(signals::PIPE)),
        other => other.map_err(not_written),
    }
}

/// Writes as [`data`] does up to the moment in which one of `signals` comes, which is not taken. Returns how many bytes
/// are written.
pub(crate) fn data_until(signals: &Signals, bytes: &[u8]) -> Result<usize, Error> {
    ready_for_data()?;
    blocking::write_until(signals, io::stdout().as_fd(), bytes).map_err(not_written)
}

fn ready_for_data() -> Result<(), Error> {
    if IS_DRAWN.load(Ordering::Relaxed) && is_terminal() {
        erase();
    }
    stdout_is_open()
}

fn stdout_is_open() -> Result<(), Error> {
    if startup::was_closed(1) { Err(not_written(Errno::EBADF)) } else { Ok(()) }
}

fn not_written(errno: Errno) -> Error {
    let error = Error::errno("write to", "stdout", errno);
    match rlimit::file_size() {
        Ok(Some(limit)) if errno == Errno::EFBIG => {
            error.with_hint(format!("RLIMIT_FSIZE is {limit} bytes: raise it with `ulimit -f`"))
        }
        _ => error,
    }
}

/// stdout itself, without a buffer in between, for data that is too much to hold.
pub(crate) fn stream() -> Result<std::fs::File, Error> {
    stdout_is_open()?;
    descriptor::duplicate(io::stdout().as_fd()).map(std::fs::File::from).map_err(not_written)
}

/// Returns what [`data`] writes to, to wait until it takes something.
pub(crate) fn outlet() -> io::Stdout {
    io::stdout()
}

/// Writes a line to stderr. A closed stderr is not an error: there is nobody to tell.
pub(crate) fn info(line: &str) {
    // In one write(2): other processes may write to the same stderr.
    lines(&format!("dmaheap: {line}\n"));
}

/// The line that [`error()`] writes, for one who may come to write it at any moment.
pub(crate) fn line_of(error: &Error) -> String {
    format!("dmaheap: {}\n", escaped(&error.to_string()))
}

/// Writes lines to stderr, folded where it is a terminal.
pub(crate) fn lines(text: &str) {
    erase();
    let stderr = io::stderr();
    if stderr.is_terminal() {
        return control(&fold::paragraphs(text, columns(&stderr)));
    }
    control(text);
}

/// Writes to stderr as it is.
fn control(text: &str) {
    let _ = io::stderr().lock().write_all(text.as_bytes());
}

/// Writes as [`lines`] does, unless one of `signals` comes first, which is then returned.
pub(crate) fn lines_unless(signals: &Signals, text: &str) -> Option<i32> {
    blocking::write_all_unless(signals, io::stderr().as_fd(), text.as_bytes()).unwrap_or_default()
}

/// Whether stderr takes a line now.
pub(crate) fn takes_messages() -> bool {
    poll::is_writable(io::stderr().as_fd())
}

/// Writes an error to stderr, without what would help.
pub(crate) fn error(error: &Error) {
    info(&escaped(&error.to_string()));
}

/// Writes a hint to stderr, on a line of its own below what it belongs to.
pub(crate) fn hint(line: &str) {
    lines(&format!("hint: {}\n", disarmed(line)));
}

/// Whether stdout is a terminal.
pub(crate) fn is_terminal() -> bool {
    io::stdout().is_terminal()
}

/// Whether the terminal is one that moves no cursor.
pub(crate) fn is_dumb() -> bool {
    std::env::var_os("TERM").is_none_or(|term| term.is_empty() || term == "dumb")
}

/// How much a terminal shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TerminalSize {
    pub rows: usize,
    pub columns: usize,
}

/// The size of the terminal that stdout is; `None` for one that says 0, as a serial line does.
pub(crate) fn terminal_size() -> Option<TerminalSize> {
    let (rows, columns) = terminal::size(io::stdout().as_fd())?;
    (rows > 0 && columns > 0).then(|| TerminalSize { rows: rows.into(), columns: columns.into() })
}

/// The columns that lines must fit into: `COLUMNS`, else those of the terminal, 80 on a line that says 0 as a serial
/// line does. `None` where stdout is not a terminal and `COLUMNS` is not set.
pub(crate) fn width() -> Option<usize> {
    let stdout = io::stdout();
    (stdout.is_terminal() || chosen_columns().is_some()).then(|| columns(&stdout))
}

/// The columns of a terminal: `COLUMNS`, else what it says, 80 if it says 0.
pub(super) fn columns(of: &impl AsFd) -> usize {
    chosen_columns().or_else(|| terminal::columns(of.as_fd()).map(usize::from)).unwrap_or(80)
}

fn chosen_columns() -> Option<usize> {
    std::env::var("COLUMNS").ok()?.parse().ok().filter(|columns| *columns > 0)
}
