//! `dmaheap verify`

use super::region::Region;
use super::{Manual, UsageError};
use crate::args::bytes::Bytes;
use crate::args::pattern::PatternChoice;
use crate::args::table::{self, Columns, Table};
use crate::dmabuf::sync::Direction;
use crate::exit::Exit;
use crate::holders::Attached;
use crate::host::{Root, simulation};
use crate::pattern;
use crate::ui::mismatch::{COLUMNS, Comparison, DEFAULT};
use crate::ui::{headings, output};

/// Compare a buffer, or a part of it, with a pattern, and report what differs
///
/// The buffer is mapped and read between DMA_BUF_IOCTL_SYNC start and end. The status is 3 if a byte
/// differs.
#[derive(clap::Args, Clone, Debug)]
#[command(
    override_usage = "dmaheap verify [OPTIONS] -P <PATTERN> <-f <N>|--from-socket <SOCKET>>",
    mut_args(table::of_one_thing),
    mut_group("buffer", |group| group.arg("list_columns"))
)]
pub(crate) struct Args {
    /// List at most N differing runs
    ///
    /// They are runs of differing words; N is at most 4096.
    ///
    /// Example: --extents 100
    #[arg(long, value_name = "N", value_parser = extents, default_value = "16", allow_hyphen_values = true)]
    pub extents: usize,

    /// Omit the last line, which says that all was well
    ///
    /// Example: -q
    #[arg(short, long, help_heading = "Output")]
    pub quiet: bool,

    #[command(flatten)]
    pub pattern: PatternChoice,

    #[command(flatten)]
    pub bytes: Bytes,

    #[command(flatten)]
    pub columns: Columns,
}

pub(crate) const MANUAL: Manual = Manual {
    verb: "verify",
    columns: || headings(COLUMNS),
    prose: || concat!(include_str!("patterns.md"), "\n", include_str!("verify.md")).into(),
};

/// Parses a number of extents. Each of [`MAX_JOBS`](crate::pattern) threads may find that many, and all of them
/// together stay within a few MiB.
fn extents(text: &str) -> Result<usize, String> {
    const MOST: usize = 4096;
    let number = text.parse().ok().filter(|number| *number <= MOST);
    number.ok_or_else(|| format!("'{text}' is not a number of extents; expected 0 to {MOST}"))
}

pub(crate) fn run(args: &Args) -> anyhow::Result<Exit> {
    let table = Table::vertical(&args.columns);
    let Some(selection) = super::selected(&table, COLUMNS, DEFAULT)? else { return Ok(Exit::Success) };
    let seeded = args.pattern.seeded().map_err(UsageError)?;
    let region = Region::open(&args.bytes, "verify", Direction::Read)?;
    let report = region
        .work(&seeded, args.pattern.jobs, |target, source, work| pattern::verify(target, source, work, args.extents))?;

    let attached = match region.inode() {
        Some(inode) => Attached::to(&Root::machine(), inode),
        None => Attached::Unknown("its inode number is not known".to_owned()),
    };
    let is_equal = report.is_equal();
    let comparison = Comparison {
        pattern: seeded.pattern.to_string(),
        seed: seeded.seed,
        report,
        devices: attached.devices().cloned(),
    };
    table.print(&selection, &[comparison], simulation::is_simulated())?;
    if let Some(caveat) = attached.caveat() {
        output::info(&caveat);
    }
    if !is_equal {
        return Ok(Exit::Differs);
    }
    table.print_success(args.quiet, "no byte differs")?;
    Ok(Exit::Success)
}
