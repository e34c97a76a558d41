//! Whether to show how far a long operation is.

use clap::{Args, ValueEnum};

#[derive(Args, Clone, Copy, Debug)]
pub(crate) struct ProgressChoice {
    /// Show progress: auto, always, never
    ///
    /// It is shown on stderr. auto shows it if that is a terminal, TERM is set and not dumb, and CI is not set.
    ///
    /// Example: --progress never
    #[arg(long, value_name = "WHEN", value_enum, default_value = "auto", hide_possible_values = true)]
    pub progress: ProgressWhen,
}

/// When progress is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ProgressWhen {
    /// If stderr is a terminal
    Auto,
    /// Wherever stderr goes
    Always,
    /// Not at all
    Never,
}
