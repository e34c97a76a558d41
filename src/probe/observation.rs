//! What a child tells its parent about a case, and how it travels.

use crate::sys::{Errno, errno_name};

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Observation {
    /// The outcome; empty if the case could not be tried.
    pub outcome: String,
    /// Why it could not be tried.
    pub skipped: Option<String>,
    /// The request, and what else is worth knowing, a line each.
    pub notes: Vec<String>,
    /// Numbers of descriptors that were left behind.
    pub lost: Vec<i32>,
}

/// Ends an observation: without it the child did not get so far.
const END: &str = "end";

/// What a child has told until it ended, however it did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ChildReport {
    /// What it was about to do last.
    pub last: Option<String>,
    /// What came of it, if it came so far.
    pub observation: Option<Observation>,
}

impl ChildReport {
    /// A line that says what is going to be done.
    #[must_use]
    pub(crate) fn announcement(what: &str) -> Vec<u8> {
        line("doing", what).into_bytes()
    }

    /// Reads announcements, and the observation behind them.
    #[must_use]
    pub(crate) fn decode(bytes: &[u8]) -> Self {
        let text = String::from_utf8_lossy(bytes);
        // A child that is killed may leave half a line.
        let whole = text.rfind('\n').map_or("", |at| &text[..=at]);
        let last = whole.split('\n').rev().find_map(|line| line.strip_prefix("doing "));
        Self { last: last.map(str::to_owned), observation: Observation::decode(whole) }
    }

    /// The observation, or what the child's end stands for; either names what it was about last.
    #[must_use]
    pub(crate) fn observation_or(self, end: impl FnOnce() -> Observation) -> Observation {
        let mut observation = self.observation.unwrap_or_else(end);
        if let Some(last) = self.last.filter(|last| !observation.notes.contains(last)) {
            observation.notes.insert(0, last);
        }
        observation
    }
}

fn line(key: &str, value: &str) -> String {
    format!("{key} {}\n", value.replace('\n', " "))
}

impl Observation {
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
        let mut observation = Self::default();
        // A value may end with a carriage return, and its line with the word.
        for line in body.strip_suffix('\n')?.split('\n') {
            match line.split_once(' ')? {
                ("doing", _) => {}
                ("outcome", value) => observation.outcome = value.to_owned(),
                ("skipped", value) => observation.skipped = Some(value.to_owned()),
                ("note", value) => observation.notes.push(value.to_owned()),
                ("lost", value) => observation.lost.push(value.parse().ok()?),
                _ => return None,
            }
        }
        Some(observation)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_told_arrives() {
        let observation = Observation {
            outcome: "EINVAL".into(),
            skipped: None,
            notes: vec!["a".into(), "b\nc".into()],
            lost: vec![7],
        };
        let back = ChildReport::decode(&observation.encode()).observation.expect("complete");
        assert_eq!(back, Observation { notes: vec!["a".into(), "b c".into()], ..observation });
        let skipped = Observation::skip("no rights");
        assert_eq!(ChildReport::decode(&skipped.encode()), ChildReport { last: None, observation: Some(skipped) });
    }

    #[test]
    fn a_carriage_return_is_part_of_a_text() {
        let observation = Observation::of("a\rb\r").with_note("\r");
        let told = [ChildReport::announcement("c\r"), observation.encode()].concat();
        assert_eq!(
            ChildReport::decode(&told),
            ChildReport { last: Some("c\r".into()), observation: Some(observation) }
        );
    }

    #[test]
    fn half_a_story_is_none() {
        for bytes in [&b"outcome ok\n"[..], b"", b"what is this\nend\n", b"outcome ok\nnote the end\n", b"end\n"] {
            assert_eq!(ChildReport::decode(bytes), ChildReport::default());
        }
    }

    #[test]
    fn of_half_a_story_what_was_about_to_be_done_is_left() {
        let bytes =
            [ChildReport::announcement("ioctl 1"), ChildReport::announcement("ioctl\n2"), b"doing ioctl 3".to_vec()]
                .concat();
        let told = ChildReport::decode(&bytes);
        assert_eq!(told.last.as_deref(), Some("ioctl 2"));
        assert_eq!(told.observation_or(|| Observation::of("timeout")), Observation::of("timeout").with_note("ioctl 2"));
        let whole = [bytes, b"\n".to_vec(), Observation::of("EINVAL").encode()].concat();
        assert_eq!(
            ChildReport::decode(&whole).observation_or(Observation::default),
            Observation::of("EINVAL").with_note("ioctl 3")
        );
    }

    #[test]
    fn what_was_left_behind_is_no_reason_to_skip() {
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
