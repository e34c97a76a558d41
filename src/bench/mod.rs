//! How fast a heap is: the latency of each step in a buffer's life, and the bandwidth of its memory beside
//! that of anonymous memory.
//!
//! A run goes through its cases (a heap and a size each) in turns, round after round, so what disturbs the machine for
//! a while disturbs all cases, and shows as the spread of a case's rounds. Between two stamps stands nothing but what
//! is measured ([`crate::sys::bench`]); what is kept has its room before.

mod bandwidth;
mod case;
pub(crate) mod clock;
pub(crate) mod compare;
pub(crate) mod cycle;
mod figures;
mod plan;
mod prepare;
mod run;
pub(crate) mod slot;
pub(crate) mod statistics;

pub(crate) use compare::{FigureChange, Verdict};
pub(crate) use figures::{Bandwidth, BenchStep, Figure};
pub(crate) use plan::{Amount, BenchPlan};
pub(crate) use run::{BenchOutcome, PreparedBench, Watcher};
