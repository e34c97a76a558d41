//! `dmaheap send`

use super::{Manual, allocate, source, timeouts};
use crate::args::allocation::Allocation;
use crate::args::passing::socket;
use crate::args::source::BufferSource;
use crate::dmabuf::DmaBuf;
use crate::exit::Exit;
use crate::host::Root;
use crate::pass::socket::{self, Address, Description, Offer};
use std::os::fd::AsFd;

/// Send buffers to a process that waits for them
///
/// send allocates the buffers, or sends an existing one (--fd, --from-socket). The other end is dmaheap-recv(1)
/// with --listen. The status is 0 once the receiver has confirmed receipt; with --plain, nothing is confirmed.
#[derive(clap::Args, Clone, Debug)]
#[command(
    override_usage = "dmaheap send [OPTIONS] <-s <SIZE>|-f <N>|--from-socket <SOCKET>> <SOCKET>",
    mut_arg("size", |size| size.required_unless_present_any(["fd", "from_socket"])),
    mut_arg("fd", |fd| fd.conflicts_with_all(ALLOCATION)),
    mut_arg("from_socket", |socket| socket.conflicts_with_all(ALLOCATION)),
)]
pub(crate) struct Args {
    /// Connect to this address: a path, or @NAME
    ///
    /// Example: dmaheap send /run/camera.sock -s 4M
    #[arg(value_name = "SOCKET", value_parser = socket())]
    pub socket: Address,

    /// Also send descriptors that are not dma-bufs
    ///
    /// Example: dmaheap send @files -f 0 --any-fd <file
    #[arg(long, requires = "fd", conflicts_with = "size")]
    pub any_fd: bool,

    /// Send one message with at most 253 descriptors
    ///
    /// For programs that do not speak dmaheap's protocol. The message has one byte of data, and the status
    /// is 0 once it is sent.
    ///
    /// Example: dmaheap send --plain /run/viewer.sock -s 4M
    #[arg(long)]
    pub plain: bool,

    #[command(flatten)]
    pub allocation: Allocation,

    #[command(flatten)]
    pub source: BufferSource,
}

/// Options of [`Allocation`], which mean nothing for a buffer that is there already.
const ALLOCATION: [&str; 11] =
    ["heap", "size", "count", "access", "no_cloexec", "fd_flags", "heap_flags", "name", "abi", "force", "verbose"];

pub(crate) const MANUAL: Manual = Manual { verb: "send", columns: Vec::new, prose: || include_str!("send.md").into() };

pub(crate) fn run(args: &Args) -> anyhow::Result<Exit> {
    let BufferSource { fd, from_socket, timeouts, .. } = &args.source;
    if fd.is_some() || from_socket.is_some() {
        let opened = source::open(&args.source, "send")?;
        if !args.any_fd {
            opened.identity.check("send", &opened.object)?;
        }
        let buffer = DmaBuf::from(opened.fd);
        let description = Description { heap: None, name: buffer.fdinfo().name };
        timeouts::go_on(timeouts, "send to", &args.socket, Exit::Failure);
        let offer = Offer::new([(buffer.as_fd(), description)]);
        socket::send(&args.socket, &offer, args.plain, timeouts.peer_timeout)?;
        return Ok(Exit::Success);
    }
    timeouts::begin(timeouts, "send to", &args.socket, Exit::Failure)?;
    let root = Root::machine();
    let held = allocate::all(allocate::plan(&args.allocation, &root)?, &root)?;
    let offered = held.iter().map(|held| (held.buffer.as_fd(), allocate::description(held, &args.allocation)));
    socket::send(&args.socket, &Offer::new(offered), args.plain, timeouts.peer_timeout)?;
    Ok(Exit::Success)
}
