//! What was found, as gauges of OpenMetrics 1.0.

use super::columns::TotalRow;
use crate::holders::{Exporter, Process, Scan, Total, by_exporter, by_process};
use crate::host::cma::CmaArea;

/// Unit of the gauges whose names end in it.
const BYTES: &str = "bytes";

/// Labels and the value; none where the value is not known.
type Sample<'a> = (Vec<(&'static str, &'a str)>, Option<u64>);

#[derive(Default)]
struct Exposition(String);

impl Exposition {
    fn gauge<'a>(&mut self, name: &str, help: &str, samples: impl IntoIterator<Item = Sample<'a>>) {
        self.0.push_str(&format!("# HELP {name} {help}\n# TYPE {name} gauge\n"));
        if name.ends_with(BYTES) {
            self.0.push_str(&format!("# UNIT {name} {BYTES}\n"));
        }
        for (labels, value) in samples {
            let Some(value) = value else { continue };
            let labels: Vec<String> =
                labels.into_iter().map(|(label, value)| format!("{label}=\"{}\"", escaped(value))).collect();
            let labels = if labels.is_empty() { String::new() } else { format!("{{{}}}", labels.join(",")) };
            self.0.push_str(&format!("{name}{labels} {value}\n"));
        }
    }
}

/// A label's value: what would end it is escaped.
fn escaped(value: &str) -> String {
    value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

/// The gauges of one scan.
pub(super) fn exposition(scan: &Scan, areas: &[CmaArea]) -> String {
    let mut text = Exposition::default();
    let names = [("dmabuf", ""), ("dmabuf_user", " that a process holds"), ("dmabuf_kernel", " that no process holds")];
    for ((name, of), row) in names.into_iter().zip(TotalRow::of(scan)) {
        let one = |value: fn(Total) -> u64| [(Vec::new(), row.total.map(value))];
        text.gauge(&format!("{name}_buffers"), &format!("Number of dma-bufs{of}."), one(|total| total.buffers));
        text.gauge(&format!("{name}_size_{BYTES}"), &format!("Size of all dma-bufs{of}."), one(|total| total.size));
    }

    let exporters = by_exporter(scan);
    let mut of_exporter = |name: &str, help: &str, value: fn(&Exporter) -> Option<u64>| {
        let samples =
            exporters.iter().map(|one| (vec![("exporter", one.name.as_deref().unwrap_or_default())], value(one)));
        text.gauge(&format!("dmabuf_exporter_{name}"), help, samples);
    };
    of_exporter("buffers", "Number of the exporter's dma-bufs.", |one| Some(one.buffers));
    of_exporter("size_bytes", "Size of the exporter's dma-bufs.", |one| Some(one.size));
    of_exporter("kernel_buffers", "Number of the exporter's dma-bufs that no process holds.", |one| one.orphans);

    let processes = by_process(scan);
    let pids: Vec<String> = processes.iter().map(|one| one.pid.to_string()).collect();
    let mut of_process = |name: &str, help: &str, value: fn(&Process) -> u64| {
        let samples = processes.iter().zip(&pids);
        let samples = samples
            .map(|(one, pid)| (vec![("pid", pid.as_str()), ("command", one.command.as_str())], Some(value(one))));
        text.gauge(&format!("dmabuf_process_{name}"), help, samples);
    };
    of_process("buffers", "Number of dma-bufs that the process holds.", |one| one.buffers);
    of_process("size_bytes", "Size of the dma-bufs that the process holds.", |one| one.size);
    of_process("shared_bytes", "The same, each divided among its holders.", |one| one.shared);

    let mut of_area = |name: &str, help: &str, value: fn(&CmaArea) -> Option<u64>| {
        let samples = areas.iter().map(|area| (vec![("area", area.name.as_str())], value(area)));
        text.gauge(&format!("cma_{name}"), help, samples);
    };
    of_area("size_bytes", "Size of the CMA area.", |area| area.total);
    of_area("free_bytes", "Free memory of the CMA area.", |area| area.free);
    of_area("largest_free_bytes", "Largest free run of the CMA area.", |area| area.largest);

    let is_complete = scan.coverage.gaps().is_empty();
    let help = "Whether everything could be read: otherwise buffers or holders may be missing.";
    text.gauge("dmabuf_scan_complete", help, [(Vec::new(), Some(u64::from(is_complete)))]);
    text.0.push_str("# EOF\n");
    text.0
}
