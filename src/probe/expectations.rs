//! A platform's known deviations: lines of `id=outcome`.

use super::cases;
use std::collections::BTreeSet;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Expectations(Vec<(String, String)>);

impl Expectations {
    /// Reads lines of `case=outcome` or `heap.case=outcome`. Empty lines and those that begin with # are
    /// left out. An outcome is as [`outcome`](super::outcome) writes it; `a|b` allows two.
    ///
    /// # Errors
    /// Names the line that cannot be read, or whose case there is not.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let mut all = Vec::new();
        for (index, line) in text.lines().enumerate() {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let number = index + 1;
            let (id, outcome) =
                line.split_once('=').ok_or_else(|| format!("line {number}: '{line}' is not id=outcome"))?;
            let (id, outcome) = (id.trim(), outcome.trim());
            let case = id.rsplit_once('.').map_or(id, |(_, case)| case);
            if !cases::all().any(|(_, known)| known.id == case) {
                return Err(format!("line {number}: there is no case '{case}'"));
            }
            if outcome.is_empty() {
                return Err(format!("line {number}: no outcome for '{id}'"));
            }
            all.push((id.to_owned(), outcome.to_owned()));
        }
        Ok(Self(all))
    }

    /// The heaps that lines name, each once.
    pub(crate) fn heaps(&self) -> BTreeSet<&str> {
        self.0.iter().filter_map(|(id, _)| id.rsplit_once('.')).map(|(heap, _)| heap).collect()
    }

    /// Returns the outcome that is announced for a case on a heap; the last line wins, one that names the heap over
    /// others.
    pub(crate) fn find(&self, heap: &str, case: &str) -> Option<&str> {
        let of_heap = format!("{heap}.{case}");
        let last = |id: &str| self.0.iter().rev().find(|(known, _)| known == id).map(|(_, outcome)| outcome.as_str());
        last(&of_heap).or_else(|| last(case))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_read_and_the_heap_goes_first() {
        let text = "# a comment\n\nlen_zero=ENOMEM\nlinux,cma.len_zero = EIO\nlen_one=ok 2p|ok 3p\n";
        let all = Expectations::parse(text).expect("well-formed");
        assert_eq!(all.find("system", "len_zero"), Some("ENOMEM"));
        assert_eq!(all.find("linux,cma", "len_zero"), Some("EIO"));
        assert_eq!(all.find("system", "len_one"), Some("ok 2p|ok 3p"));
        assert_eq!(all.find("system", "len_two_pages"), None);
    }

    #[test]
    fn a_line_that_means_nothing_is_named() {
        assert_eq!(Expectations::parse("\nlen_zero"), Err("line 2: 'len_zero' is not id=outcome".to_owned()));
        assert_eq!(Expectations::parse("len_zerro=ok"), Err("line 1: there is no case 'len_zerro'".to_owned()));
        assert!(Expectations::parse("len_zero=").is_err());
    }
}
