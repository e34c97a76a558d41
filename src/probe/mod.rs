//! Does this kernel answer malformed and well-formed requests exactly as it should, and lose nothing?
//!
//! One table, [`cases::GROUPS`], says what is sent and what has to come back. Each case is run in a
//! child of its own ([`child`]), which sends the request ([`mod@send`]) into guarded memory and looks at
//! everything that changed: the answer, the struct, the bytes around it, the open descriptors.
//! [`fuzz`] sends random requests and compares them with [`model`](crate::model) instead.
//!
//! What must never be sent cannot be made: `Number` has no value for it.

pub(crate) mod act;
pub(crate) mod case;
pub(crate) mod cases;
mod census;
pub(crate) mod child;
pub(crate) mod expect;
pub(crate) mod facts;
pub(crate) mod finding;
pub(crate) mod fuzz;
pub(crate) mod ground;
mod number;
pub(crate) mod outcome;
pub(crate) mod own;
pub(crate) mod predict;
pub(crate) mod race;
pub(crate) mod run;
pub(crate) mod scene;
mod select;
mod send;
pub(crate) mod shot;
pub(crate) mod trial;

pub(crate) use case::Case;
pub(crate) use expect::Expectations;
pub(crate) use facts::Facts;
pub(crate) use finding::{Finding, Verdict};
pub(crate) use run::{Probed, Summary};
pub(crate) use select::Selection;
