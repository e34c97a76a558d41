//! The devices and buffers that options name, and a test of each device with each kind of buffer.

use super::columns::Row;
use super::options::Args;
use crate::cmd::{heaps, message, timeouts};
use crate::dmabuf::DmaBuf;
use crate::dmabuf::mapping::Target;
use crate::dmabuf::range::ByteRange;
use crate::dmabuf::sync::Direction;
use crate::error::Error;
use crate::exit::Exit;
use crate::heap::alloc::BufferPlan;
use crate::heap::area::CmaAreas;
use crate::heap::discover::{HeapEntry, Listing};
use crate::heap::{AllocationRequest, MemoryKind, Place, RequestAbi, nodes};
use crate::host::Root;
use crate::import::answer::{ImportAnswer, ImportStep};
use crate::import::device::{Attachment, DeviceUse, ImportDevice, ImportUse};
use crate::import::node;
use crate::import::stream::StreamPlan;
use crate::import::trial::try_buffers;
use crate::sys::fd::poll::{self, Interest};
use crate::sys::fd::{descriptor, oflags};
use crate::sys::process::signals::Signals;
use std::os::fd::AsFd;
use std::path::PathBuf;
use std::time::Duration;

/// A frame of 1920x1080 pixels of 32 bits.
const FRAME: u64 = 1920 * 1080 * 4;

/// Where buffers come from.
pub(super) enum Buffers<'b> {
    Given(&'b DmaBuf),
    Heaps(Vec<Place>),
}

impl<'b> Buffers<'b> {
    pub(super) fn of(args: &Args, root: &Root, given: Option<&'b DmaBuf>) -> anyhow::Result<Self> {
        if let Some(buffer) = given {
            return Ok(Self::Given(buffer));
        }
        let chosen = heaps::chosen(args.asked.given(), root)?;
        let mut places: Vec<Place> = chosen.iter().map(|selector| Place::of(selector, root)).collect();
        if chosen.is_empty() {
            let entries = Listing::of(root).entries.into_iter().chain(Listing::udmabuf(root));
            places = entries
                .filter(HeapEntry::is_a_heap)
                .map(|entry| Place { name: entry.name, path: entry.path, by_alias: false })
                .collect();
        }
        if places.is_empty() { Err(nodes::none(root).into()) } else { Ok(Self::Heaps(places)) }
    }
}

/// A node that is to be asked.
pub(super) struct Candidate {
    path: PathBuf,
    /// If it is skipped, its driver and why.
    device: Result<ImportDevice, (Option<String>, ImportAnswer)>,
}

pub(super) fn open_all(args: &Args, root: &Root) -> Vec<Candidate> {
    let all = || node::all(root, args.framebuffer.is_some());
    let paths: Vec<PathBuf> = if args.device.is_empty() { all() } else { args.device.clone() };
    let open = |path: PathBuf| {
        let wanted = DeviceUse {
            is_named: !args.device.is_empty(),
            framebuffer: args.framebuffer.as_ref(),
            format: args.format,
            is_camera: args.frames.is_some(),
        };
        let device = ImportDevice::open(root, &path, wanted);
        Candidate { path, device }
    };
    paths.into_iter().map(open).collect()
}

/// Leaves the devices as they were.
///
/// # Errors
/// Of the last that could not be.
pub(super) fn close_all(opened: Vec<Candidate>) -> Result<(), Error> {
    opened.into_iter().filter_map(|candidate| candidate.device.ok()).map(ImportDevice::close).fold(Ok(()), Result::and)
}

/// Rows, and what devices have of it.
#[derive(Default)]
pub(super) struct Tested<'d> {
    pub(super) rows: Vec<Row>,
    pub(super) attached: Vec<(Attachment<'d>, DmaBuf)>,
}

/// Asks every device about every kind of buffer, until one of `signals` comes.
pub(super) fn test_all<'d>(
    args: &Args,
    root: &Root,
    opened: &'d [Candidate],
    buffers: &Buffers<'_>,
    signals: Option<&Signals>,
) -> Tested<'d> {
    let mut tested = Tested::default();
    for Candidate { path, device } in opened {
        match (device, buffers) {
            (Err((driver, answer)), _) => tested.rows.push(Row::skipped(path.clone(), driver.clone(), answer.clone())),
            (Ok(device), Buffers::Given(buffer)) => {
                let duplicate = || {
                    let fd = descriptor::duplicate(buffer.as_fd());
                    fd.map(DmaBuf::from).map_err(|errno| Error::errno("duplicate", "the buffer", errno))
                };
                tested.add(args, device, buffer.fdinfo().exporter, false, signals, duplicate);
            }
            (Ok(device), Buffers::Heaps(places)) => {
                let areas = CmaAreas::of(root, None);
                for place in places {
                    let kind = areas.kind(&place.name);
                    let is_contiguous = kind.value == MemoryKind::Cma && !kind.inferred;
                    let plan = plan(args, place, device.wanted_size());
                    let allocate = || one(&plan, root).and_then(|buffer| marked(args, buffer));
                    tested.add(args, device, Some(place.name.clone()), is_contiguous, signals, allocate);
                }
            }
        }
    }
    tested
}

impl<'d> Tested<'d> {
    fn add(
        &mut self,
        args: &Args,
        device: &'d ImportDevice,
        heap: Option<String>,
        is_contiguous: bool,
        signals: Option<&Signals>,
        mut allocate: impl FnMut() -> Result<DmaBuf, Error>,
    ) {
        let stop = signals.map(AsFd::as_fd);
        let is_stopped =
            |stop| poll::wait_at_most(&[(stop, Interest::Read)], Some(Duration::ZERO)).is_ok_and(|came| came == [true]);
        if stop.is_some_and(is_stopped) {
            return;
        }
        let how = ImportUse { framebuffer: args.framebuffer.as_ref(), is_contiguous, force: args.force };
        // A buffer that was given is one.
        let tries = if is_contiguous || args.asks_about_one() { 1 } else { args.tries };
        let mut result = try_buffers(device, how, tries, &mut allocate);
        let mut streamed = None;
        if let (Some(frames), Some(stop), true) = (args.frames, stop, result.accepted > 0) {
            // The queue is needed.
            result.attached = None;
            let wait_for = |what: String| timeouts::go_on(&args.source.timeouts, "wait for", what, Exit::Failure);
            wait_for(format!("{frames} frames of {}", device.path.display()));
            match device.stream(StreamPlan { frames, stop, is_contiguous }, allocate) {
                Ok(stream) => {
                    wait_for(format!("{frames} frames of {}, after {}", device.path.display(), stream.frames));
                    result.answer.step = ImportStep::Stream;
                    streamed = Some(stream);
                }
                Err(answer) => result.answer = answer,
            }
        }
        self.rows.push(Row {
            device: device.path.clone(),
            driver: device.driver().map(str::to_owned),
            heap,
            size: result.size,
            tried: result.tried,
            accepted: result.accepted,
            kept: result.kept,
            format: device.format(),
            streamed,
            answer: result.answer,
        });
        if args.hold || !args.command.is_empty() {
            self.attached.extend(result.attached);
        }
    }
}

fn plan(args: &Args, place: &Place, wanted: Option<u64>) -> BufferPlan {
    let of_framebuffer = args.framebuffer.as_ref().map(|framebuffer| framebuffer.size);
    let len = args.size.or(wanted).or(of_framebuffer).unwrap_or(FRAME);
    let fd_flags = oflags::RDWR | oflags::CLOEXEC;
    BufferPlan {
        places: vec![place.clone()],
        request: AllocationRequest { len, fd_flags, heap_flags: 0, abi: RequestAbi::Auto },
        count: 1,
        name: None,
        force: args.force,
        warn: message::print_error,
    }
}

/// Where frames are to come, no byte of a buffer is likely to be that of a frame already.
fn marked(args: &Args, buffer: DmaBuf) -> Result<DmaBuf, Error> {
    const MARK: u8 = 0xa5;
    if args.frames.is_some() {
        let size = buffer.size().map_err(|errno| Error::errno("measure", "a buffer", errno))?;
        let range = ByteRange::from_parts(0, size);
        let target = Target::new(buffer.as_fd(), "a buffer");
        let mapped = target.begin(Direction::Write, range)?;
        mapped.set(range, MARK);
        mapped.finish()?;
    }
    Ok(buffer)
}

/// Each buffer is a request of its own: what is free is looked at before it.
fn one(plan: &BufferPlan, root: &Root) -> Result<DmaBuf, Error> {
    let mut outcome = plan.carry_out(root)?;
    match (outcome.held.pop(), outcome.failure) {
        (Some(held), _) => Ok(held.buffer),
        (None, Some(error)) => Err(error),
        (None, None) => Err(Error::refused("allocate", "a buffer", "the plan has no heap")),
    }
}
