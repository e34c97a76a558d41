//! What a child tells its parent about a case, and how it travels.

use crate::sys::{Errno, errno_name};

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Trial {
    /// The outcome; empty if the case could not be tried.
    pub outcome: String,
    /// Why it could not be tried.
    pub skipped: Option<String>,
    /// The request, and what else is worth knowing, a line each.
    pub notes: Vec<String>,
    /// Numbers of descriptors that were left behind.
    pub lost: Vec<i32>,
}

/// Ends a trial: without it the child did not get so far.
const END: &str = "end";

/// What a child has told until it ended, however it did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Told {
    /// What it was about to do last.
    pub last: Option<String>,
    /// What came of it, if it came so far.
    pub trial: Option<Trial>,
}

impl Told {
    /// A line that says what is going to be done.
    #[must_use]
    pub(crate) fn announcement(what: &str) -> Vec<u8> {
        line("doing", what).into_bytes()
    }

    /// Reads announcements, and the trial behind them.
    #[must_use]
    pub(crate) fn decode(bytes: &[u8]) -> Self {
        let text = String::from_utf8_lossy(bytes);
        // A child that is killed may leave half a line.
        let whole = text.rfind('\n').map_or("", |at| &text[..=at]);
        let last = whole.split('\n').rev().find_map(|line| line.strip_prefix("doing "));
        Self { last: last.map(str::to_owned), trial: Trial::decode(whole) }
    }

    /// The trial, or what the child's end stands for; either names what it was about last.
    #[must_use]
    pub(crate) fn trial_or(self, end: impl FnOnce() -> Trial) -> Trial {
        let mut trial = self.trial.unwrap_or_else(end);
        if let Some(last) = self.last.filter(|last| !trial.notes.contains(last)) {
            trial.notes.insert(0, last);
        }
        trial
    }
}

fn line(key: &str, value: &str) -> String {
    format!("{key} {}\n", value.replace('\n', " "))
}

impl Trial {
    /// An outcome and nothing to add.
    #[must_use]
    pub(crate) fn of(outcome: impl Into<String>) -> Self {
        Self { outcome: outcome.into(), ..Self::default() }
    }

    /// A case that cannot be tried here.
    #[must_use]
    pub(crate) fn skip(reason: impl Into<String>) -> Self {
        Self { skipped: Some(reason.into()), ..Self::default() }
    }

    /// A case that could not be prepared: the reason is a skip if it is a matter of rights.
    #[must_use]
    pub(crate) fn unprepared(what: &str, errno: Errno) -> Self {
        match errno {
            Errno::EACCES | Errno::EPERM => Self::skip(format!("{what}: {} to this user", errno_name(errno))),
            Errno::ENOENT | Errno::ENOSYS => Self::skip(format!("{what}: {} here", errno_name(errno))),
            _ => Self::of(format!("not_sent {what}: {}", errno_name(errno))),
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

    #[must_use]
    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut text = line("outcome", &self.outcome);
        text.extend(self.skipped.iter().map(|reason| line("skipped", reason)));
        text.extend(self.notes.iter().map(|note| line("note", note)));
        text.extend(self.lost.iter().map(|fd| line("lost", &fd.to_string())));
        text.push_str(END);
        text.push('\n');
        text.into_bytes()
    }

    /// From lines; `None` if they do not end as they should.
    fn decode(text: &str) -> Option<Self> {
        let body = text.strip_suffix(&format!("{END}\n"))?;
        let mut trial = Self::default();
        // A value may end with a carriage return, and its line with the word.
        for line in body.strip_suffix('\n')?.split('\n') {
            match line.split_once(' ')? {
                ("doing", _) => {}
                ("outcome", value) => trial.outcome = value.to_owned(),
                ("skipped", value) => trial.skipped = Some(value.to_owned()),
                ("note", value) => trial.notes.push(value.to_owned()),
                ("lost", value) => trial.lost.push(value.parse().ok()?),
                _ => return None,
            }
        }
        Some(trial)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_told_arrives() {
        let trial =
            Trial { outcome: "EINVAL".into(), skipped: None, notes: vec!["a".into(), "b\nc".into()], lost: vec![7] };
        let back = Told::decode(&trial.encode()).trial.expect("complete");
        assert_eq!(back, Trial { notes: vec!["a".into(), "b c".into()], ..trial });
        let skipped = Trial::skip("no rights");
        assert_eq!(Told::decode(&skipped.encode()), Told { last: None, trial: Some(skipped) });
    }

    #[test]
    fn a_carriage_return_is_part_of_a_text() {
        let trial = Trial::of("a\rb\r").with_note("\r");
        let told = [Told::announcement("c\r"), trial.encode()].concat();
        assert_eq!(Told::decode(&told), Told { last: Some("c\r".into()), trial: Some(trial) });
    }

    #[test]
    fn half_a_story_is_none() {
        for bytes in [&b"outcome ok\n"[..], b"", b"what is this\nend\n", b"outcome ok\nnote the end\n", b"end\n"] {
            assert_eq!(Told::decode(bytes), Told::default());
        }
    }

    #[test]
    fn of_half_a_story_what_was_about_to_be_done_is_left() {
        let bytes = [Told::announcement("ioctl 1"), Told::announcement("ioctl\n2"), b"doing ioctl 3".to_vec()].concat();
        let told = Told::decode(&bytes);
        assert_eq!(told.last.as_deref(), Some("ioctl 2"));
        assert_eq!(told.trial_or(|| Trial::of("timeout")), Trial::of("timeout").with_note("ioctl 2"));
        let whole = [bytes, b"\n".to_vec(), Trial::of("EINVAL").encode()].concat();
        assert_eq!(Told::decode(&whole).trial_or(Trial::default), Trial::of("EINVAL").with_note("ioctl 3"));
    }

    #[test]
    fn what_was_left_behind_is_no_reason_to_skip() {
        let mut trial = Trial::skip("no rights");
        trial.leave("+buffer_left", "one more");
        assert_eq!(
            trial,
            Trial { notes: vec!["no rights".into(), "one more".into()], ..Trial::of("skipped+buffer_left") }
        );
    }
}
