//! What a child finds out about a case.

use super::memory::Exchange;
use crate::sys::{Errno, errno_name};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Observation {
    /// The outcome; empty if the case could not be tried.
    pub outcome: String,
    /// Why it could not be tried.
    pub skipped: Option<String>,
    /// The request, and what else is worth knowing, a line each.
    pub notes: Vec<String>,
    /// Numbers of descriptors that were left behind.
    pub lost: Vec<i32>,
    /// Whether a call ended with EMFILE.
    pub is_out_of_files: bool,
}

impl Observation {
    /// An outcome and nothing to add.
    pub(crate) fn of(outcome: impl Into<String>) -> Self {
        Self { outcome: outcome.into(), ..Self::default() }
    }

    /// The outcome of a call that is not a request: its error, or what `show` makes of its value.
    pub(crate) fn of_call<T>(answer: Result<T, Errno>, show: impl FnOnce(T) -> String) -> Self {
        answer.map_or_else(Self::failed, |value| Self::of(show(value)))
    }

    pub(crate) fn failed(errno: Errno) -> Self {
        Self { is_out_of_files: errno == Errno::EMFILE, ..Self::of(errno_name(errno)) }
    }

    /// Describes what a request did, apart from the descriptor that it returned.
    pub(crate) fn of_exchange(exchange: &Exchange) -> Self {
        let is_out_of_files = exchange.effects.error == Some(Errno::EMFILE as i32);
        Self { lost: exchange.lost_numbers(), is_out_of_files, ..Self::of(exchange.effects.to_string()) }
    }

    /// A case that cannot be tried here.
    pub(crate) fn skip(reason: impl Into<String>) -> Self {
        Self { skipped: Some(reason.into()), ..Self::default() }
    }

    /// A case that could not be prepared: the reason is a skip if it is a matter of rights.
    pub(crate) fn unprepared(what: &str, errno: Errno) -> Self {
        match errno {
            Errno::EACCES | Errno::EPERM => Self::skip(format!("{what}: {} to this user", errno_name(errno))),
            Errno::ENOENT | Errno::ENOSYS => Self::skip(format!("{what}: {} here", errno_name(errno))),
            _ => Self { outcome: format!("not_sent {what}: {}", errno_name(errno)), ..Self::failed(errno) },
        }
    }

    /// Something that was left behind: no case is right with it, nor left out.
    pub(super) fn leave(&mut self, effect: &str, note: impl Into<String>) {
        if let Some(reason) = self.skipped.take() {
            self.outcome = "skipped".to_owned();
            self.notes.push(reason);
        }
        self.outcome.push_str(effect);
        self.notes.push(note.into());
    }

    pub(super) fn with_note(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }

    /// Names what the child was about last, if no note does.
    pub(super) fn about(mut self, last: Option<String>) -> Self {
        self.notes.splice(..0, last.filter(|last| !self.notes.contains(last)));
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leftover_with_a_skip_is_not_skipped() {
        let mut observation = Observation::skip("no rights");
        observation.leave("+buffer_left", "one more");
        assert_eq!(
            observation,
            Observation {
                notes: vec!["no rights".into(), "one more".into()],
                ..Observation::of("skipped+buffer_left")
            }
        );
    }
}
