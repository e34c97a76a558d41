//! A row for each device and heap.

use crate::import::answer::{ImportAnswer, ImportVerdict};
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
    pub(super) answer: ImportAnswer,
}

impl Row {
    /// Makes the row of a device that no buffer was given to.
    pub(super) fn skipped(device: PathBuf, driver: Option<String>, answer: ImportAnswer) -> Self {
        Self { device, driver, heap: None, size: None, tried: 0, accepted: 0, kept: 0, answer }
    }

    pub(super) fn is(&self, verdict: ImportVerdict) -> bool {
        self.answer.verdict == verdict
    }
}

pub(crate) const DEFAULT: &str = "DEVICE,DRIVER,HEAP,SIZE,VERDICT,STEP,ERROR,REASON";

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
        "the last thing that was answered: open, capability, format, allocate, request, import (attached, perhaps not mapped), map, framebuffer",
    )
    .text(|row| row.answer.step.word().into()),
    column("ERROR", "errno", "error of that request").text(|row| row.answer.errno.map(errno_name).into()),
    column("REASON", "reason", "what the error means there; inferred unless the kernel or a comparison says it")
        .text(reason),
    column("TRIED", "tried", "number of buffers that were tried").number(|row| Cell::Number(row.tried)),
    column("ACCEPTED", "accepted", "number of them that were accepted").number(|row| Cell::Number(row.accepted)),
];

fn reason(row: &Row) -> Cell {
    let cell =
        |reason: &crate::import::answer::Reason| Cell::Inferred(Box::new(reason.text.as_str().into()), reason.inferred);
    row.answer.reason.as_ref().map(cell).into()
}
