//! How far a long operation is: one line on stderr, for a terminal only.

use super::escape::escaped;
use super::output;
use crate::size::{self, Human};
use std::io::{self, IsTerminal};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// A line that says how much of a number of bytes, or of steps, is done. Erased at the end.
#[derive(Debug)]
pub(crate) struct ProgressLine(Option<Line>);

#[derive(Debug)]
struct Line {
    total: u64,
    done: AtomicU64,
    begun: Instant,
    /// When it is drawn next, at the earliest.
    next: Mutex<Instant>,
}

impl ProgressLine {
    /// Begins: nothing of `total` bytes or steps is done yet.
    /// Nothing is drawn before `delay` is over.
    pub(crate) fn new(is_shown: bool, total: u64, delay: Duration) -> Self {
        let begun = Instant::now();
        Self(is_shown.then(|| Line { total, done: AtomicU64::new(0), begun, next: Mutex::new(begun + delay) }))
    }

    pub(crate) fn is_shown(&self) -> bool {
        self.0.is_some()
    }

    /// Counts `bytes` more bytes as done. Any thread may call it.
    pub(crate) fn add(&self, bytes: u64) {
        let Some(line) = &self.0 else { return };
        let done = line.done.fetch_add(bytes, Ordering::Relaxed) + bytes;
        let rate = || size::rate((done as f64 / line.begun.elapsed().as_secs_f64()) as u64);
        line.draw(done, || format!("{}/{} {}", Human(done), Human(line.total), rate()));
    }

    /// Step `number`, counted from 0, begins and is called `name`.
    pub(crate) fn step(&self, number: u64, name: &str) {
        let Some(line) = &self.0 else { return };
        line.draw(number, || format!("{number}/{} {}", line.total, escaped(name)));
    }
}

impl Drop for ProgressLine {
    fn drop(&mut self) {
        output::erase();
    }
}

impl Line {
    fn draw(&self, done: u64, figures: impl FnOnce() -> String) {
        /// For lines of 115200 baud.
        const PACE: Duration = Duration::from_millis(250);
        let Ok(mut next) = self.next.lock() else { return };
        if Instant::now() < *next {
            return;
        }
        let columns = output::columns(&io::stderr());
        output::draw(&text(columns, done, self.total, &figures()));
        *next = Instant::now() + PACE;
    }
}

/// Returns the line for a terminal of `columns` columns: the figures matter more than the bar.
fn text(columns: usize, done: u64, total: u64, figures: &str) -> String {
    /// Columns that the figures and a name take; a narrower bar says nothing.
    const FIGURES: usize = 45;
    const NARROWEST: usize = 8;
    const WIDEST: usize = 30;
    let share = if total == 0 { 1.0 } else { done as f64 / total as f64 };
    let bar = match columns.saturating_sub(FIGURES).min(WIDEST) {
        0..NARROWEST => String::new(),
        // Plain characters: a serial line may know no others.
        width => match (width as f64 * share) as usize {
            whole if whole >= width => format!("[{}] ", "=".repeat(width)),
            part => format!("[{:<width$}] ", "=".repeat(part) + ">"),
        },
    };
    format!("{:.0}% {bar}{figures}", (share * 100.0).floor()).chars().take(columns.saturating_sub(1)).collect()
}

/// Whether a person looks at stderr and a serial line survives it: it is a terminal, TERM is set and not dumb, CI is
/// not set.
pub(crate) fn is_watched() -> bool {
    io::stderr().is_terminal() && !output::is_dumb() && std::env::var_os("CI").is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_narrow_terminal_has_a_short_bar_or_none() {
        assert_eq!(text(80, 1, 2, "1/2 x"), "50% [===============>              ] 1/2 x");
        assert_eq!(text(60, 2, 2, "x"), "100% [===============] x");
        assert_eq!(text(40, 0, 0, "x"), "100% x");
        assert_eq!(text(8, 0, 3, "0/3 system"), "0% 0/3 ");
    }
}
