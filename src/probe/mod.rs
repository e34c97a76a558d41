//! Does this kernel answer malformed and well-formed requests exactly as it should, and lose nothing?
//!
//! One table, [`cases::GROUPS`], says what is sent and what has to come back. Each case is run in a
//! child of its own ([`child`]), which sends the request ([`send()`]) into guarded memory and looks at
//! everything that changed: the answer, the struct, the bytes around it, the open descriptors.
//! [`fuzz`] sends random requests and compares them with [`model`](crate::model) instead.
//!
//! What must never be sent cannot be made: [`Number`] has no value for it.

pub mod act;
pub mod case;
pub mod cases;
mod census;
pub mod child;
pub mod expect;
pub mod facts;
pub mod finding;
pub mod fuzz;
pub mod ground;
mod number;
pub mod outcome;
pub mod own;
pub mod predict;
pub mod race;
pub mod run;
pub mod scene;
mod select;
mod send;
pub mod shot;
pub mod trial;

pub use case::{Case, Expected, Group};
pub use expect::Expectations;
pub use facts::Facts;
pub use finding::{Finding, Verdict};
pub use number::Number;
pub use run::{Probed, Summary};
pub use select::{Selection, Unmatched};
pub use send::{Observed, send};
