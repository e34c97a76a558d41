//! A run as a picture: for each heap a plot of each latency by percentile, and one of the bandwidths by size.

use super::saved::SavedRun;
use crate::bench::{Bandwidth, BenchStep, Figure};
use crate::size::{self, Human};
use crate::stats::Summary;
use crate::ui::Cell;
use crate::ui::escape::escaped;
use plotters::coord::Shift;
use plotters::prelude::*;
use std::path::Path;
use std::time::Duration;

type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;

/// Pixels of one plot, and of what is above all of them.
const PLOT: (u32, u32) = (400, 280);
const HEAD: u32 = 40;
/// Plots side by side.
const ACROSS: usize = 3;
const FONT: &str = "sans-serif";

/// A line of a plot; those of an earlier run have no name.
struct Curve {
    label: Option<String>,
    points: Vec<(f64, u64)>,
}

/// The document. Of an `earlier` run, which has a name, the same lines are drawn in grey.
pub(super) fn document(run: &SavedRun, earlier: Option<(&[Figure], &Path)>) -> anyhow::Result<String> {
    let mut heaps: Vec<&str> = run.figures.iter().map(|figure| figure.heap.as_str()).collect();
    heaps.dedup();
    let rows = (BenchStep::LATENCIES.len() + 1).div_ceil(ACROSS);
    let mut svg = String::new();
    {
        let size = (PLOT.0 * ACROSS as u32, HEAD + PLOT.1 * (heaps.len() * rows) as u32);
        let area = SVGBackend::with_string(&mut svg, size).into_drawing_area();
        area.fill(&WHITE)?;
        let simulated = if run.simulated { ", simulated by dmaheap sim" } else { "" };
        let before = earlier.map(|(_, name)| format!(". Grey: {}", name.display())).unwrap_or_default();
        let area = area.titled(&escaped(&format!("dmaheap bench{simulated}{before}")), (FONT, 20))?;
        let plots = area.split_evenly((heaps.len() * rows, ACROSS));
        for (heap, plots) in heaps.iter().zip(plots.chunks(rows * ACROSS)) {
            let of = |figures: &[Figure]| -> Vec<Figure> {
                figures.iter().filter(|figure| figure.heap == **heap && figure.is_measured()).cloned().collect()
            };
            let (now, before) = (of(&run.figures), earlier.map(|(figures, _)| of(figures)).unwrap_or_default());
            for (step, plot) in BenchStep::LATENCIES.into_iter().zip(plots) {
                let curves = latencies(&before, step, false).chain(latencies(&now, step, true)).collect();
                draw(plot, &format!("{heap}: {step}"), &PERCENTILES, time, curves)?;
            }
            let sizes = sizes(&now);
            let curves = bandwidths(&before, &sizes, false).chain(bandwidths(&now, &sizes, true)).collect();
            let marks: Vec<String> = sizes.iter().map(|size| Human(*size).to_string()).collect();
            draw(&plots[BenchStep::LATENCIES.len()], &format!("{heap}: bandwidth"), &marks, size::rate, curves)?;
        }
        area.present()?;
    }
    Ok(svg)
}

/// Each nine is as far from the last one: 90 % stands at 1, 99 % at 2, and the longest time beyond 99.9 %.
const PERCENTILES: [&str; 5] = ["min", "90%", "99%", "99.9%", "max"];

/// Makes a curve for each size.
fn latencies<'a>(figures: &'a [Figure], step: BenchStep, is_named: bool) -> impl Iterator<Item = Curve> + 'a {
    figures.iter().filter(move |figure| figure.step == step).map(move |figure| {
        let Summary { min, p50, p90, p99, p999, max, .. } = figure.times;
        let points = [(0.0, min), (2_f64.log10(), p50), (1.0, p90), (2.0, p99), (3.0, p999), (4.0, max)];
        Curve { label: is_named.then(|| Human(figure.size).to_string()), points: points.to_vec() }
    })
}

fn time(nanoseconds: u64) -> String {
    Cell::Time(Duration::from_nanos(nanoseconds)).show(false)
}

fn sizes(figures: &[Figure]) -> Vec<u64> {
    let mut sizes: Vec<u64> = figures.iter().map(|figure| figure.size).collect();
    sizes.sort_unstable();
    sizes.dedup();
    sizes
}

/// Makes a curve for each step, and those of anonymous memory.
fn bandwidths<'a>(figures: &'a [Figure], sizes: &'a [u64], is_named: bool) -> impl Iterator<Item = Curve> + 'a {
    let own: fn(&Bandwidth) -> u64 = |bandwidth| bandwidth.rate;
    let baseline: fn(&Bandwidth) -> u64 = |bandwidth| bandwidth.baseline;
    let lines = [
        ("fill", BenchStep::Fill, own),
        ("copy", BenchStep::Copy, own),
        ("verify", BenchStep::Verify, own),
        ("memset", BenchStep::Fill, baseline),
        ("memcpy", BenchStep::Copy, baseline),
    ];
    lines.into_iter().map(move |(label, step, rate)| {
        let points = sizes.iter().enumerate().filter_map(|(at, size)| {
            let figure = figures.iter().find(|figure| figure.step == step && figure.size == *size)?;
            Some((at as f64, rate(figure.bandwidth.as_ref()?)))
        });
        Curve { label: is_named.then(|| label.to_owned()), points: points.collect() }
    })
}

/// Draws curves above `marks`, which stand at 0, 1 and so on.
fn draw(
    plot: &Area<'_>,
    title: &str,
    marks: &[impl AsRef<str>],
    show: fn(u64) -> String,
    curves: Vec<Curve>,
) -> anyhow::Result<()> {
    let values = || curves.iter().flat_map(|curve| &curve.points).map(|(_, value)| (*value).max(1));
    let (low, high) = (values().min().unwrap_or(1), values().max().unwrap_or(1));
    let end = marks.len().max(2) as f64 - 1.0;
    let mut chart = ChartBuilder::on(plot)
        .caption(escaped(title), (FONT, 14))
        .margin(8)
        .margin_right(24)
        .x_label_area_size(24)
        .y_label_area_size(60)
        .build_cartesian_2d(0.0..end, (low..high.max(low.saturating_mul(10))).log_scale())?;
    let mark = |at: &f64| marks.get(*at as usize).filter(|_| at.fract() == 0.0);
    chart
        .configure_mesh()
        .disable_x_mesh()
        .x_labels(marks.len())
        .x_label_formatter(&|at| mark(at).map(|mark| mark.as_ref().to_owned()).unwrap_or_default())
        .y_label_formatter(&|value| show(*value))
        .draw()?;
    for (index, Curve { label, points }) in curves.into_iter().enumerate() {
        let color = if label.is_some() { Palette99::pick(index).to_rgba() } else { RGBColor(160, 160, 160).to_rgba() };
        let style = color.stroke_width(2);
        let series =
            chart.draw_series(LineSeries::new(points.iter().map(|(at, value)| (*at, (*value).max(1))), style))?;
        if let Some(label) = label {
            series.label(label).legend(move |(x, y)| PathElement::new([(x, y), (x + 16, y)], style));
        }
    }
    chart.configure_series_labels().position(SeriesLabelPosition::UpperLeft).draw()?;
    Ok(())
}
