//! What a child tells its parent about a case, and how it travels.

use crate::sys::{Errno, errno_name};

/// What came of a case.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trial {
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

impl Trial {
    /// An outcome and nothing to add.
    #[must_use]
    pub fn of(outcome: impl Into<String>) -> Self {
        Self { outcome: outcome.into(), ..Self::default() }
    }

    /// A case that cannot be tried here.
    #[must_use]
    pub fn skip(reason: impl Into<String>) -> Self {
        Self { skipped: Some(reason.into()), ..Self::default() }
    }

    /// A case that could not be prepared: the reason is a skip if it is a matter of rights.
    #[must_use]
    pub fn unprepared(what: &str, errno: Errno) -> Self {
        match errno {
            Errno::EACCES | Errno::EPERM => Self::skip(format!("{what}: {} to this user", errno_name(errno))),
            Errno::ENOENT | Errno::ENOSYS => Self::skip(format!("{what}: {} here", errno_name(errno))),
            _ => Self::of(format!("not_sent {what}: {}", errno_name(errno))),
        }
    }

    pub(super) fn with_note(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }

    /// As lines.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut text = String::new();
        let mut line = |key: &str, value: &str| text.push_str(&format!("{key} {}\n", value.replace('\n', " ")));
        line("outcome", &self.outcome);
        self.skipped.iter().for_each(|reason| line("skipped", reason));
        self.notes.iter().for_each(|note| line("note", note));
        self.lost.iter().for_each(|fd| line("lost", &fd.to_string()));
        text.push_str(END);
        text.push('\n');
        text.into_bytes()
    }

    /// From lines; `None` if they do not end as they should.
    #[must_use]
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        let text = String::from_utf8_lossy(bytes);
        let body = text.strip_suffix(&format!("{END}\n"))?;
        let mut trial = Self::default();
        for line in body.lines() {
            match line.split_once(' ')? {
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
        let back = Trial::decode(&trial.encode()).expect("complete");
        assert_eq!(back, Trial { notes: vec!["a".into(), "b c".into()], ..trial });
        let skipped = Trial::skip("no rights");
        assert_eq!(Trial::decode(&skipped.encode()), Some(skipped));
    }

    #[test]
    fn half_a_story_is_none() {
        assert_eq!(Trial::decode(b"outcome ok\n"), None);
        assert_eq!(Trial::decode(b""), None);
        assert_eq!(Trial::decode(b"what is this\nend\n"), None);
    }
}
