//! What dmaheap-sim(1) lists as not imitated, as far as the questions meet it.

/// An answer that the simulator gives in another way, and how.
#[derive(Debug)]
pub struct Difference {
    /// The item of the manual page.
    pub item: &'static str,
    /// How the question begins, up to a `*`, and ends after it.
    question: &'static str,
    /// What every kernel says, if it is one thing.
    pub kernel: Option<&'static str>,
    pub simulator: &'static str,
    /// The only kernel that differs, if there is one.
    release: Option<&'static str>,
}

impl Difference {
    pub fn is_about(&self, question: &str) -> bool {
        match self.question.split_once('*') {
            Some((begin, end)) => question.starts_with(begin) && question.ends_with(end),
            None => question == self.question,
        }
    }
}

const fn differs(
    item: &'static str,
    question: &'static str,
    kernel: &'static str,
    simulator: &'static str,
) -> Difference {
    Difference { item, question, kernel: Some(kernel), simulator, release: None }
}

pub const ALL: &[Difference] = &[differs("owner and mode of a heap", "node * fstat mode", "0o20600", "0o20666")];

/// Those that a kernel shows.
pub fn of(release: &str) -> Vec<&'static Difference> {
    ALL.iter().filter(|difference| difference.release.is_none_or(|only| only == release)).collect()
}
