//! What a verb's page in the manual holds besides its options: the columns and prose of its own.

use crate::ui::column::Heading;

#[derive(Clone, Copy, Debug)]
pub(crate) struct Manual {
    pub verb: &'static str,
    /// The columns of its table, if it prints one.
    pub columns: fn() -> Vec<Heading>,
    /// Further sections, by title.
    pub sections: &'static [(&'static str, &'static [Block])],
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Block {
    Text(&'static str),
    /// A term and what it means.
    Item(&'static str, &'static str),
    /// Lines as they are typed or printed.
    Lines(&'static str),
}
