//! Which cases are run.

use super::case::Case;
use super::cases::{self, UNSAFE};
use glob::Pattern;

/// The cases that were asked for.
#[derive(Clone, Debug, Default)]
pub(crate) struct CaseSelection {
    /// Patterns of ids; none is all.
    pub globs: Vec<Pattern>,
    /// Names of groups; none is all.
    pub groups: Vec<String>,
    /// Whether cases may harm the machine.
    pub with_harm: bool,
}

/// Why no case is selected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Unmatched {
    Group(String),
    Pattern(String),
    /// Cases that may harm the machine were not asked for.
    Harmful,
    /// Groups and patterns have no case in common.
    Both,
}

impl CaseSelection {
    /// The cases, in their order.
    pub(crate) fn cases(&self) -> Result<Vec<(&'static str, &'static Case)>, Unmatched> {
        if let Some(name) = self.groups.iter().find(|name| !cases::GROUPS.iter().any(|group| group.name == **name)) {
            return Err(Unmatched::Group(name.clone()));
        }
        if let Some(pattern) = self.globs.iter().find(|pattern| !cases::all().any(|(_, case)| pattern.matches(case.id)))
        {
            return Err(Unmatched::Pattern(pattern.to_string()));
        }
        let chosen = |with_harm: bool| -> Vec<_> {
            let is_chosen = |(group, case): &(&str, &Case)| {
                (with_harm || *group != UNSAFE)
                    && (self.groups.is_empty() || self.groups.iter().any(|name| name == group))
                    && (self.globs.is_empty() || self.globs.iter().any(|pattern| pattern.matches(case.id)))
            };
            cases::all().filter(is_chosen).collect()
        };
        match (chosen(self.with_harm), chosen(true)) {
            (chosen, _) if !chosen.is_empty() => Ok(chosen),
            (_, harmful) if !harmful.is_empty() => Err(Unmatched::Harmful),
            _ => Err(Unmatched::Both),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn selector_without_a_match_is_reported() {
        let of = |globs: &[&str], groups: &[&str]| CaseSelection {
            globs: globs.iter().map(|glob| Pattern::new(glob).expect("a pattern")).collect(),
            groups: groups.iter().map(ToString::to_string).collect(),
            with_harm: false,
        };
        assert!(of(&["nothing*"], &[]).cases().is_err());
        assert!(of(&[], &["nothing"]).cases().is_err());
        assert_eq!(of(&["unsafe*"], &[]).cases().err(), Some(Unmatched::Harmful));
        assert_eq!(of(&["fd_*"], &["len"]).cases().err(), Some(Unmatched::Both));
        let all = of(&[], &[]).cases().expect("all");
        assert!(all.iter().all(|(group, _)| *group != UNSAFE));
        assert_eq!(
            of(&["len_*"], &["len"]).cases().expect("some").len(),
            of(&[], &["len"]).cases().expect("some").len()
        );
    }
}
