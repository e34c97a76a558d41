//! What `hold` is asked for, and its columns.

use crate::args::allocation::Allocation;
use crate::args::duration::{duration, some_time};
use crate::args::filling::Filling;
use crate::args::passing::{descriptor, socket};
use crate::args::table::Table;
use crate::cmd::buffer_row::{self as columns, Row};
use crate::pass::socket::Address;
use crate::ui::Column;
use std::time::Duration;

/// Allocate buffers and keep them until a signal, a time or end of input
///
/// When all buffers are allocated, their rows are printed on stdout, and then the line `ready` on stderr. The
/// buffers are kept until SIGHUP, SIGINT, SIGQUIT or SIGTERM arrives, for a given time (--for), or until end
/// of input (--until-eof). A signal that the caller ignores stays ignored.
///
/// With --fill, the buffers are filled with a pattern before they are announced; with --verify, it is verified
/// before they are freed.
///
/// The status is 0, also after a signal; with --for, it is 128 + n if signal n ends it early.
#[derive(clap::Args, Clone, Debug)]
#[command(
    override_usage = "dmaheap hold [OPTIONS] --size <SIZE>",
    mut_arg("size", |size| size.required_unless_present("list_columns")),
)]
pub(crate) struct Args {
    /// Release them after this time, such as 10s
    ///
    /// With --until-eof, whichever comes first.
    ///
    /// Example: --for 10s
    #[arg(long = "for", value_name = "TIME", value_parser = duration, allow_hyphen_values = true)]
    pub duration: Option<Duration>,

    /// Release them at end of input
    ///
    /// Without this option stdin is not read.
    ///
    /// Example: coproc dmaheap hold -s 4M --until-eof
    #[arg(long)]
    pub until_eof: bool,

    /// Write a newline to descriptor N when ready
    ///
    /// READY=1 is also sent to NOTIFY_SOCKET, if the environment has it.
    ///
    /// Example: dmaheap hold -s 4M --ready-fd 4 4>fifo
    #[arg(long, value_name = "N", value_parser = descriptor, allow_hyphen_values = true)]
    pub ready_fd: Option<i32>,

    /// Serve them at this address: a path, or @NAME
    ///
    /// Anyone who connects receives them. The socket file has mode 0600 and is removed afterwards. An abstract @NAME serves processes of the
    /// same user and of root. dmaheap-recv(1) is the other end.
    ///
    /// Example: --listen /run/camera.sock, --listen @camera
    #[arg(long, value_name = "SOCKET", value_parser = socket())]
    pub listen: Option<Address>,

    /// Return when ready, and print the holder's PID
    ///
    /// The holder has a session of its own, works in the root directory, and keeps none of the caller's files
    /// open. Any output option prints the rows instead of the PID.
    ///
    /// Example: pid=$(dmaheap hold -s 4M --detach)
    // Nobody would learn what the process that stays finds with --verify.
    #[arg(long, conflicts_with_all = ["until_eof", "verify"])]
    pub detach: bool,

    /// Limit the time of each client
    ///
    /// The time runs from the connection to its last byte. A client that has not received everything by then is disconnected. Other clients do not wait for it.
    ///
    /// Example: --listen @camera --peer-timeout 1m
    #[arg(long, value_name = "TIME", value_parser = some_time, default_value = "10s", allow_hyphen_values = true, requires = "listen", help_heading = "Time")]
    pub peer_timeout: Duration,

    #[command(flatten)]
    pub allocation: Allocation,

    #[command(flatten)]
    pub filling: Filling,

    #[command(flatten)]
    pub table: Table,
}

pub(crate) const DEFAULT: &str = "PID,FD,HEAP,SIZE,FLAGS,INODE";

pub(crate) const COLUMNS: &[Column<Row>] = &[
    columns::PID,
    columns::FD,
    columns::HEAP,
    columns::REQUESTED,
    columns::SIZE,
    columns::FLAGS,
    columns::INODE,
    columns::EXPORTER,
    columns::NAME,
    columns::TIME,
];
