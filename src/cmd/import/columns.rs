//! A row for each device and heap.

use crate::import::answer::{ImportAnswer, ImportVerdict};
use crate::import::format::FrameFormat;
use crate::import::stream::Streamed;
use crate::sys::errno_name;
use crate::ui::{Cell, Column, column};
use std::path::PathBuf;

#[derive(Debug)]
pub(crate) struct Row {
    pub(super) device: PathBuf,
    pub(super) driver: Option<String>,
    /// The heap, or the exporter of a buffer that was there.
    pub(super) heap: Option<String>,
    pub(super) size: Option<u64>,
    pub(super) tried: u64,
    pub(super) accepted: u64,
    /// References that the kernel kept of refused buffers.
    pub(super) kept: u64,
    pub(super) format: Option<FrameFormat>,
    pub(super) streamed: Option<Streamed>,
    pub(super) answer: ImportAnswer,
}

impl Row {
    /// Makes the row of a device that no buffer was given to.
    pub(super) fn skipped(device: PathBuf, driver: Option<String>, answer: ImportAnswer) -> Self {
        let (heap, size, format, streamed) = (None, None, None, None);
        Self { device, driver, heap, size, tried: 0, accepted: 0, kept: 0, format, streamed, answer }
    }

    pub(super) fn is(&self, verdict: ImportVerdict) -> bool {
        self.answer.verdict == verdict
    }
}

pub(crate) const DEFAULT: &str = "DEVICE,DRIVER,HEAP,SIZE,VERDICT,STEP,ERROR,REASON";
/// With `--frames`.
pub(super) const OF_FRAMES: &str = "DEVICE,HEAP,FORMAT,FRAMES,LOST,PERIOD,BYTES,CHANGED,VERDICT,ERROR,REASON";

pub(crate) const COLUMNS: &[Column<Row>] = &[
    column("DEVICE", "device", "path of the node").text(|row| row.device.display().to_string().into()),
    column("DRIVER", "driver", "name of the driver").text(|row| row.driver.clone().into()),
    column("HEAP", "heap", "heap of the buffers, or exporter of the given buffer").text(|row| row.heap.clone().into()),
    column("SIZE", "size", "size of each buffer, bytes").number(|row| Cell::bytes(row.size)),
    column("VERDICT", "verdict", "accepted, sometimes (some of several buffers were), refused, or skipped (not asked)")
        .text(|row| row.answer.verdict.word().into()),
    column(
        "STEP",
        "step",
        "the last thing that was answered: open, capability, format, allocate, request, import (attached, perhaps not mapped), map, framebuffer, stream",
    )
    .text(|row| row.answer.step.word().into()),
    column("ERROR", "errno", "error of that request").text(|row| row.answer.errno.map(errno_name).into()),
    column("REASON", "reason", "what the error means there; inferred unless the kernel or a comparison says it")
        .text(reason),
    column("TRIED", "tried", "number of buffers that were tried").number(|row| Cell::Number(row.tried)),
    column("ACCEPTED", "accepted", "number of them that were accepted").number(|row| Cell::Number(row.accepted)),
    column("FORMAT", "format", "width, height and code of the frames of a V4L2 device")
        .text(|row| row.format.map(|format| format.to_string()).into()),
    column("FRAMES", "frames", "with --frames, number of frames that came whole")
        .number(|row| of_stream(row, |streamed| Cell::Number(streamed.frames))),
    column("LOST", "lost", "number of frames in between that were dropped or damaged")
        .number(|row| of_stream(row, |streamed| Cell::Number(streamed.lost))),
    column("PERIOD", "period_ns", "time from one frame to the next on average, nanoseconds")
        .number(|row| of_stream(row, |streamed| streamed.period.map(Cell::Time).into())),
    column("BYTES", "bytes", "bytes of the last frame").number(|row| of_stream(row, |streamed| Cell::bytes(Some(streamed.bytes)))),
    column("CHANGED", "changed", "bytes of its buffer that differ from what was there before the first frame")
        .number(|row| of_stream(row, |streamed| Cell::bytes(Some(streamed.changed)))),
];

fn of_stream(row: &Row, cell: fn(&Streamed) -> Cell) -> Cell {
    row.streamed.as_ref().map(cell).into()
}

fn reason(row: &Row) -> Cell {
    let cell =
        |reason: &crate::import::answer::Reason| Cell::Inferred(Box::new(reason.text.as_str().into()), reason.inferred);
    row.answer.reason.as_ref().map(cell).into()
}
