//! Tests of the source tree itself; they need no heap and do not run in the virtual machine.

mod architecture;
mod clients;
mod completions;
mod generated;
mod headings;
mod words;
