//! How far a long operation is: one line on stderr, for people only.

use super::escape::escaped;
use crate::sys::fd::terminal;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle, TermLike};
use std::io::{self, IsTerminal, Write};
use std::os::fd::AsFd;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum When {
    Never,
    /// Where somebody looks at it and a serial line survives it: stderr is a terminal, TERM is set and
    /// not dumb, CI is not set.
    #[default]
    Auto,
    Always,
}

/// Updates a second, for lines of 115200 baud.
const RATE: u8 = 4;

/// A line that tells how much of a number of bytes, or of steps, is done. Erased at the end.
#[derive(Debug)]
pub(crate) struct Progress {
    bar: Option<ProgressBar>,
}

impl Progress {
    /// Begins: nothing of `bytes` is done yet.
    #[must_use]
    pub(crate) fn new(when: When, bytes: u64) -> Self {
        Self { bar: is_shown(when).then(|| bar(bytes, "{bytes}/{total_bytes} {bytes_per_sec}")) }
    }

    /// Begins: none of `steps` is done yet.
    #[must_use]
    pub(crate) fn of_steps(when: When, steps: u64) -> Self {
        Self { bar: is_shown(when).then(|| bar(steps, "{pos}/{len} {wide_msg}")) }
    }

    /// One more is begun, which is called `name`; all before it are done.
    pub(crate) fn step(&self, number: u64, name: &str) {
        if let Some(bar) = &self.bar {
            bar.set_message(escaped(name).into_owned());
            bar.set_position(number);
        }
    }

    #[must_use]
    pub(crate) fn is_shown(&self) -> bool {
        self.bar.is_some()
    }

    /// That many bytes more are done. Any thread may call it.
    pub(crate) fn add(&self, bytes: u64) {
        if let Some(bar) = &self.bar {
            bar.inc(bytes);
        }
    }
}

impl Drop for Progress {
    /// Whatever is written next finds an empty line.
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

fn is_watched() -> bool {
    io::stderr().is_terminal() && !super::output::is_dumb() && std::env::var_os("CI").is_none()
}

fn is_shown(when: When) -> bool {
    match when {
        When::Never => false,
        When::Auto => is_watched(),
        When::Always => true,
    }
}

fn bar(length: u64, figures: &str) -> ProgressBar {
    let target = ProgressDrawTarget::term_like_with_hz(Box::new(Stderr), RATE);
    // Plain characters: a serial line may know no others.
    let style = ProgressStyle::with_template(&template(Stderr.width(), figures))
        .unwrap_or_else(|_| ProgressStyle::default_bar())
        .progress_chars("=> ");
    ProgressBar::with_draw_target(Some(length), target).with_style(style)
}

/// The line for a terminal of so many columns: what is told matters more than the bar.
fn template(columns: u16, figures: &str) -> String {
    /// What figures and a name take, and below what a bar says nothing.
    const FIGURES: u16 = 45;
    const NARROWEST: u16 = 8;
    const WIDEST: u16 = 30;
    match columns.saturating_sub(FIGURES).min(WIDEST) {
        0..NARROWEST => format!("{{percent:>3}}% {figures}"),
        width => format!("{{percent:>3}}% [{{bar:{width}}}] {figures}"),
    }
}

/// stderr as indicatif wants it. Its own one draws nothing where stderr is no terminal, and believes a
/// serial line that says it has no columns.
#[derive(Debug)]
struct Stderr;

impl Stderr {
    fn send(text: &str) -> io::Result<()> {
        io::stderr().lock().write_all(text.as_bytes())
    }

    fn send_sequence(count: usize, letter: char) -> io::Result<()> {
        if count == 0 { Ok(()) } else { Self::send(&format!("\x1b[{count}{letter}")) }
    }
}

impl TermLike for Stderr {
    fn width(&self) -> u16 {
        terminal::columns(io::stderr().as_fd()).unwrap_or(80)
    }

    fn move_cursor_up(&self, lines: usize) -> io::Result<()> {
        Self::send_sequence(lines, 'A')
    }

    fn move_cursor_down(&self, lines: usize) -> io::Result<()> {
        Self::send_sequence(lines, 'B')
    }

    fn move_cursor_right(&self, columns: usize) -> io::Result<()> {
        Self::send_sequence(columns, 'C')
    }

    fn move_cursor_left(&self, columns: usize) -> io::Result<()> {
        Self::send_sequence(columns, 'D')
    }

    fn write_line(&self, line: &str) -> io::Result<()> {
        Self::send(line)?;
        Self::send("\n")
    }

    fn write_str(&self, text: &str) -> io::Result<()> {
        Self::send(text)
    }

    fn clear_line(&self) -> io::Result<()> {
        Self::send("\r\x1b[2K")
    }

    fn flush(&self) -> io::Result<()> {
        io::stderr().flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_narrow_terminal_has_a_short_bar_or_none() {
        assert_eq!(template(80, "{wide_msg}"), "{percent:>3}% [{bar:30}] {wide_msg}");
        assert_eq!(template(60, "x"), "{percent:>3}% [{bar:15}] x");
        assert_eq!(template(40, "x"), "{percent:>3}% x");
    }
}
