//! What `buffers` is asked for.

use crate::args::duration::duration;
use crate::args::table::Table;
use crate::holders::Buffer;
use std::path::PathBuf;
use std::time::Duration;

/// Show every dma-buf of this machine and who holds it
///
/// Descriptors and mappings from /proc are combined with the kernel's own lists (bufinfo in debugfs,
/// statistics in sysfs), which also show buffers held only by the kernel. One line on
/// stderr has the totals; -v adds what could be read and what may be missing. Root sees everything; other
/// users see their own processes.
///
/// The status is 0 even if there are no buffers.
#[derive(clap::Args, Clone, Debug)]
pub(crate) struct Args {
    /// Choose what a row is
    ///
    /// A buffer, a process that holds any, its cgroup, an exporter, or a total. Each kind of row has its own columns,
    /// which `--by process --list-columns` lists.
    ///
    /// Example: --by process --sort -SHARED
    #[arg(long, value_name = "WHAT", value_enum, default_value = "buffer")]
    pub by: By,

    /// Show only buffers that this process holds (can be repeated)
    ///
    /// Example: --pid 1234
    #[arg(short, long, value_name = "PID", help_heading = "Filter")]
    pub pid: Vec<u32>,

    /// Show only buffers of this exporter (can be repeated)
    ///
    /// A heap, or a driver.
    ///
    /// Example: --exporter system
    #[arg(long, value_name = "NAME", help_heading = "Filter")]
    pub exporter: Vec<String>,

    /// Show only the buffer with this inode (can be repeated)
    ///
    /// Example: --inode 7
    #[arg(long, value_name = "N", help_heading = "Filter")]
    pub inode: Vec<u64>,

    /// Show only buffers whose name matches (can be repeated)
    ///
    /// Example: --name 'camera*'
    #[arg(long, value_name = "GLOB", help_heading = "Filter")]
    pub name: Vec<glob::Pattern>,

    /// Show only buffers that no process holds
    ///
    /// A driver may have leaked them, or they are in flight on a socket. A process that could not be read may
    /// hold them.
    ///
    /// Example: --orphans -o INODE,SIZE,DEVICES
    #[arg(long, help_heading = "Filter")]
    pub orphans: bool,

    /// Sort by a column; -COL puts the largest first
    ///
    /// Example: --sort -SIZE
    #[arg(long, value_name = "COL", allow_hyphen_values = true)]
    pub sort: Option<String>,

    /// Fail with status 1 if something could not be read
    ///
    /// A buffer or holder may then be missing.
    ///
    /// Example: --strict
    #[arg(long)]
    pub strict: bool,

    /// Report what could be read and what may be missing
    ///
    /// Example: -v
    #[arg(short, long)]
    pub verbose: bool,

    /// Read the files of the machine below DIR
    ///
    /// Every path and link is resolved inside DIR.
    ///
    /// Example: --sysroot /mnt/board
    #[arg(long, value_name = "DIR")]
    pub sysroot: Option<PathBuf>,

    /// Repeat every SECONDS
    ///
    /// A terminal is redrawn; otherwise one JSON object per line is printed. Ctrl-C ends it.
    ///
    /// Example: --watch 2
    #[arg(long, value_name = "SECONDS", value_parser = pace, help_heading = "Repeat")]
    pub watch: Option<Duration>,

    /// With --watch, add a column CHANGE since the start
    ///
    /// It says which rows came, went or grew.
    ///
    /// Example: --watch 1 --diff --exporter system
    #[arg(long, requires = "watch", help_heading = "Repeat")]
    pub diff: bool,

    /// Wait until there are exactly N rows, then print them
    ///
    /// Rows that went do not count.
    ///
    /// Example: --name test --until-count 0 --timeout 5s
    #[arg(long, value_name = "N", help_heading = "Repeat")]
    pub until_count: Option<usize>,

    /// Stop --watch or --until-count after this time
    ///
    /// The status is 1 if N was not reached.
    ///
    /// Seconds, or with a unit: 250ms, 10s, 5m.
    ///
    /// Example: --watch 1 --timeout 1m
    #[arg(long, value_name = "TIME", value_parser = duration, help_heading = "Repeat")]
    pub timeout: Option<Duration>,

    #[command(flatten)]
    pub table: Table,
}

/// What a row is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum By {
    /// A buffer
    Buffer,
    /// A process
    Process,
    /// A memory cgroup with processes that hold any
    Cgroup,
    /// An exporter
    Exporter,
    /// All buffers, those held by processes, and those held only by the kernel
    Total,
}

/// The time between two looks; a shorter one would be nothing but load.
fn pace(text: &str) -> Result<Duration, String> {
    const SHORTEST: Duration = Duration::from_millis(100);
    duration(text)
        .and_then(|pace| if pace < SHORTEST { Err("the shortest interval is 0.1".to_owned()) } else { Ok(pace) })
}

impl Args {
    /// Whether every kind of filter lets a buffer through; of one kind any value suffices.
    pub(super) fn wants(&self, buffer: &Buffer) -> bool {
        let held = |pid: &u32| buffer.holders.iter().any(|holder| holder.pid == *pid);
        let named = |glob: &glob::Pattern| buffer.name.as_deref().is_some_and(|name| glob.matches(name));
        let exported = |exporter: &String| buffer.exporter.as_deref() == Some(exporter.as_str());
        (self.pid.is_empty() || self.pid.iter().any(held))
            && (self.name.is_empty() || self.name.iter().any(named))
            && (self.exporter.is_empty() || self.exporter.iter().any(exported))
            && (self.inode.is_empty() || self.inode.contains(&buffer.inode))
            && (!self.orphans || buffer.is_orphan())
    }
}
