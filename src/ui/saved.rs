//! A run of `dmaheap bench` in a file: a line a figure, so that people and diff(1) can read it too.

use crate::bench::statistics::MOST_ROUNDS;
use crate::bench::{QUANTILES, Run};
use crate::error::Error;
use crate::sys::Errno;
use crate::sys::fd::file::errno_of;
use serde_json::{Value, json};
use std::fs::{self, File};
use std::io::Read;
use std::path::Path;

/// The version of the format. A change of it is one of the figures' meaning or of a member that is needed.
pub(crate) const FORMAT: u64 = 1;

/// The member that says that it is one, and the format.
const MARK: &str = "dmaheap-bench";

const LIMIT: u64 = 64 << 20;

#[must_use]
pub(crate) fn document(run: &Run) -> Vec<u8> {
    let mut value = json!(run);
    let figures = value.as_object_mut().and_then(|run| run.remove("figures"));
    let lines: Vec<String> =
        figures.as_ref().and_then(Value::as_array).into_iter().flatten().map(|figure| format!("\n{figure}")).collect();
    format!("{{\"{MARK}\":{FORMAT},\"run\":{value},\"figures\":[{}\n]}}\n", lines.join(",")).into_bytes()
}

/// Reads a run.
pub(crate) fn read(path: &Path) -> Result<Run, Error> {
    let name = path.display();
    let fail = |error: std::io::Error| Error::errno("read", &name, errno_of(&error));
    let kind = fs::metadata(path).map_err(fail)?.file_type();
    if kind.is_dir() {
        return Err(Error::errno("read", &name, Errno::EISDIR));
    }
    // To open a device can do harm.
    if !kind.is_file() && !std::os::unix::fs::FileTypeExt::is_fifo(&kind) {
        return Err(Error::refused("read", &name, "neither a regular file nor a pipe"));
    }
    let mut bytes = Vec::new();
    File::open(path).and_then(|file| file.take(LIMIT).read_to_end(&mut bytes)).map_err(fail)?;
    parse(&bytes).map_err(|reason| {
        Error::refused("read", &name, reason).with_hint("`dmaheap bench --save FILE` writes such a file")
    })
}

/// The run in `bytes`.
pub(crate) fn parse(bytes: &[u8]) -> Result<Run, String> {
    let foreign = || "not a file of dmaheap bench".to_owned();
    let mut document: Value = serde_json::from_slice(bytes).map_err(|_| foreign())?;
    match document.get(MARK).ok_or_else(foreign)?.as_u64() {
        Some(FORMAT) => {}
        Some(newer) if newer > FORMAT => {
            return Err(format!("its format is {newer}; this dmaheap knows {FORMAT}: it was written by a newer one"));
        }
        Some(older) => return Err(format!("its format is {older}; this dmaheap knows only {FORMAT}")),
        None => return Err(foreign()),
    }
    let damaged = |what: &str| format!("damaged: {what}");
    let figures = document.get_mut("figures").map(Value::take).ok_or_else(|| damaged("no figures"))?;
    let mut run = document.get_mut("run").map(Value::take).ok_or_else(|| damaged("no run"))?;
    run.as_object_mut().ok_or_else(|| damaged("no run"))?.insert("figures".to_owned(), figures);
    let run: Run = serde_json::from_value(run).map_err(|error| damaged(&error.to_string()))?;
    match run.figures.iter().all(|figure| {
        figure.curve.len() == QUANTILES.len() && figure.curve.is_sorted() && figure.rounds.len() <= MOST_ROUNDS
    }) {
        true if run.figures.is_empty() => Err("it holds no figures".to_owned()),
        true => Ok(run),
        false => Err(damaged("a figure whose curve or rounds cannot be")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::clock::Clock;
    use crate::bench::{Bandwidth, Figure, Step};
    use crate::stats::Latency;
    use proptest::prelude::*;

    pub(in crate::ui) fn run(heap: &str) -> Run {
        let mut latency = Latency::new();
        (1..=100).for_each(|time| latency.record(time * 17));
        let figure = |step: Step| Figure {
            heap: heap.to_owned(),
            size: 4096,
            step,
            times: latency.summary(),
            curve: QUANTILES.iter().map(|quantile| latency.quantile(*quantile)).collect(),
            rounds: vec![1.5, 0.1, 3.25e9],
            bandwidth: Step::BANDWIDTHS.contains(&step).then_some(Bandwidth {
                bytes: 1 << 30,
                rate: 3 << 30,
                baseline: 4 << 30,
                ratio: 0.75,
            }),
        };
        Run {
            kernel: "6.12.0".into(),
            machine: "riscv64".into(),
            simulated: true,
            clock: Clock { source: Some("tsc".into()), stamp_ns: 21, is_system_call: false },
            jobs: 2,
            cpus: vec![0, 3],
            rounds: 3,
            figures: Step::ALL.into_iter().map(figure).collect(),
        }
    }

    #[test]
    fn what_is_written_is_read_back() {
        let run = run("a \"heap\"\nof \u{1b} mine");
        let bytes = document(&run);
        assert_eq!(parse(&bytes), Ok(run));
        assert_eq!(bytes.iter().filter(|byte| **byte == b'\n').count(), Step::ALL.len() + 2);
    }

    #[test]
    fn what_is_something_else_is_told_from_another_format() {
        let foreign = "not a file of dmaheap bench";
        for (text, reason) in [
            ("", foreign),
            ("[]", foreign),
            ("HEAP SIZE", foreign),
            ("{\"version\":1,\"simulated\":false,\"rows\":[]}", foreign),
            ("{\"dmaheap-bench\":\"1\"}", foreign),
            ("{\"dmaheap-bench\":2}", "its format is 2; this dmaheap knows 1: it was written by a newer one"),
            ("{\"dmaheap-bench\":0}", "its format is 0; this dmaheap knows only 1"),
            ("{\"dmaheap-bench\":1}", "damaged: no figures"),
            ("{\"dmaheap-bench\":1,\"figures\":[]}", "damaged: no run"),
        ] {
            assert_eq!(parse(text.as_bytes()).unwrap_err(), reason, "{text}");
        }
        let empty = document(&Run { figures: Vec::new(), ..run("x") });
        assert_eq!(parse(&empty).unwrap_err(), "it holds no figures");
        let short = String::from_utf8(document(&run("x"))).unwrap().replacen("\"curve\":[17,", "\"curve\":[", 1);
        assert_eq!(parse(short.as_bytes()).unwrap_err(), "damaged: a figure whose curve or rounds cannot be");
    }

    proptest! {
        #[test]
        fn no_damage_panics(cut in 0_usize..4000, byte: u8) {
            let mut bytes = document(&run("x"));
            let at = cut % bytes.len();
            bytes[at] = byte;
            let _ = parse(&bytes);
            // The newline at the end is not missed.
            bytes.truncate(at.min(bytes.len() - 2));
            prop_assert!(parse(&bytes).is_err());
        }
    }
}
