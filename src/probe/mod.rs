//! Does this kernel answer malformed and well-formed requests exactly as it should, and lose nothing?
//!
//! One table, [`cases::GROUPS`], says what is sent and what must come back. Each case is run in a child of its own
//! ([`child`]), which sends the request ([`exchange`]) into guarded memory ([`memory`]) and looks at everything that
//! changed: the answer, the struct, the bytes around it, the open descriptors. [`fuzz`] sends random requests and
//! compares them with [`model`](crate::model) instead.
//!
//! What must never be sent cannot be made: `SafeNumber` has no value for it.

pub(crate) mod action;
pub(crate) mod case;
pub(crate) mod cases;
pub(crate) mod child;
pub(crate) mod context;
pub(crate) mod custom;
mod describe;
mod detection;
mod exchange;
pub(crate) mod expectations;
pub(crate) mod facts;
mod field;
pub(crate) mod fuzz;
pub(crate) mod heaps;
mod leaks;
mod memfd;
pub(crate) mod memory;
mod notation;
mod number;
pub(crate) mod observation;
pub(crate) mod oracle;
pub(crate) mod outcome;
pub(crate) mod race;
pub(crate) mod request;
pub(crate) mod result;
mod selection;
mod shortage;

pub(crate) use case::Case;
pub(crate) use child::INTERRUPTED;
pub(crate) use expectations::Expectations;
pub(crate) use facts::Facts;
pub(crate) use heaps::{Probed, VerdictCounts};
pub(crate) use result::{AnswerChange, CaseResult, CaseVerdict};
pub(crate) use selection::{CaseSelection, Unmatched};
