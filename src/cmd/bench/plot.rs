//! A run as a picture: for each heap a plot of each latency by percentile, and one of the bandwidths by size.

use super::saved::SavedRun;
use crate::bench::{Bandwidth, BenchStep, Figure};
use crate::size::{self, Human};
use crate::stats::Summary;
use crate::ui::Cell;
use crate::ui::escape::{escaped, xml};
use std::fmt::Write;
use std::path::Path;
use std::time::Duration;

/// Pixels of one plot, of what is above all of them, and of what a plot has around its curves.
const PLOT: (f64, f64) = (400.0, 280.0);
const HEAD: f64 = 40.0;
const MARGIN: Margin = Margin { left: 68.0, right: 24.0, top: 34.0, bottom: 30.0 };
/// Pixels from one line of the legend to the next.
const LINE: f64 = 14.0;
/// Plots side by side.
const ACROSS: usize = 3;
/// Colours that those who see red and green alike can tell apart (Okabe and Ito), and that of an earlier run.
const COLORS: [&str; 7] = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000"];
const GREY: &str = "#a0a0a0";

struct Margin {
    left: f64,
    right: f64,
    top: f64,
    bottom: f64,
}

/// What a plot shows: nanoseconds, or bytes a second.
#[derive(Clone, Copy)]
enum Scale {
    Time,
    Rate,
}

impl Scale {
    fn show(self, value: u64) -> String {
        match self {
            Self::Time => Cell::Time(Duration::from_nanos(value)).show(false),
            Self::Rate => size::rate(value),
        }
    }

    /// Returns round values from `low` to `high`, of which there are not many.
    fn ticks(self, low: u64, high: u64) -> Vec<u64> {
        const MANY: usize = 7;
        let within = |value: &u64| (low..=high).contains(value);
        match self {
            Self::Time => {
                let decades = (0..20).map(|power| 10_u64.pow(power));
                let all: Vec<u64> =
                    decades.clone().flat_map(|decade| [1, 2, 5].map(|times| decade.saturating_mul(times))).collect();
                let ticks: Vec<u64> = all.into_iter().filter(within).collect();
                if ticks.len() <= MANY { ticks } else { decades.filter(within).collect() }
            }
            Self::Rate => {
                let ticks: Vec<u64> = (0..64).map(|power| 1 << power).filter(within).collect();
                let each = ticks.len().div_ceil(MANY).max(1);
                ticks.into_iter().step_by(each).collect()
            }
        }
    }
}

/// A line of a plot; those of an earlier run have no name.
struct Curve {
    label: Option<String>,
    points: Vec<(f64, u64)>,
}

/// The document. Of an `earlier` run, which has a name, the same lines are drawn in grey.
pub(super) fn document(run: &SavedRun, earlier: Option<(&[Figure], &Path)>) -> String {
    let mut heaps: Vec<&str> = run.figures.iter().map(|figure| figure.heap.as_str()).collect();
    heaps.dedup();
    let rows = (BenchStep::LATENCIES.len() + 1).div_ceil(ACROSS);
    let (width, height) = (PLOT.0 * ACROSS as f64, HEAD + PLOT.1 * (heaps.len() * rows) as f64);
    let simulated = if run.simulated { ", simulated by dmaheap sim" } else { "" };
    let before = earlier.map(|(_, name)| format!(". Grey: {}", name.display())).unwrap_or_default();
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
         viewBox=\"0 0 {width} {height}\" font-family=\"sans-serif\" \
         font-size=\"11\">\n<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n"
    );
    text(&mut svg, (width / 2.0, 26.0), "middle", 20, &format!("dmaheap bench{simulated}{before}"));
    for (row, heap) in heaps.iter().enumerate() {
        let of = |figures: &[Figure]| -> Vec<Figure> {
            figures.iter().filter(|figure| figure.heap == **heap && figure.is_measured()).cloned().collect()
        };
        let (now, before) = (of(&run.figures), earlier.map(|(figures, _)| of(figures)).unwrap_or_default());
        let mut next = 0;
        let mut draw = |name: String, marks: &[String], scale: Scale, curves: Vec<Curve>| {
            let (across, down) = (next % ACROSS, row * rows + next / ACROSS);
            next += 1;
            let (left, top) = (PLOT.0 * across as f64, HEAD + PLOT.1 * down as f64);
            let _ = writeln!(svg, "<g transform=\"translate({left},{top})\">");
            plot(&mut svg, &format!("{heap}: {name}"), marks, scale, &curves);
            svg.push_str("</g>\n");
        };
        for step in BenchStep::LATENCIES {
            let curves = latencies(&before, step, false).chain(latencies(&now, step, true)).collect();
            draw(step.to_string(), &PERCENTILES.map(str::to_owned), Scale::Time, curves);
        }
        let sizes = sizes(&now);
        let curves = bandwidths(&before, &sizes, false).chain(bandwidths(&now, &sizes, true)).collect();
        let marks: Vec<String> = sizes.iter().map(|size| Human(*size).to_string()).collect();
        draw("bandwidth".to_owned(), &marks, Scale::Rate, curves);
    }
    svg + "</svg>\n"
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

/// Draws curves above `marks`, which stand at 0, 1 and so on; values have a logarithmic scale.
fn plot(svg: &mut String, title: &str, marks: &[String], scale: Scale, curves: &[Curve]) {
    let values = || curves.iter().flat_map(|curve| &curve.points).map(|(_, value)| (*value).max(1));
    let low = values().min().unwrap_or(1);
    let high = values().max().unwrap_or(1).max(low.saturating_mul(10));
    let (right, bottom) = (PLOT.0 - MARGIN.right, PLOT.1 - MARGIN.bottom);
    let steps = marks.len().max(2) as f64 - 1.0;
    let x = |at: f64| MARGIN.left + at / steps * (right - MARGIN.left);
    let decades = (high as f64 / low as f64).log10();
    let y = |value: u64| bottom - (value.max(1) as f64 / low as f64).log10() / decades * (bottom - MARGIN.top);

    text(svg, (PLOT.0 / 2.0, 20.0), "middle", 14, title);
    for value in scale.ticks(low, high) {
        let y = y(value);
        let left = MARGIN.left;
        let _ = writeln!(svg, "<path d=\"M{left:.1} {y:.1}H{right:.1}\" stroke=\"#dddddd\"/>");
        text(svg, (left - 6.0, y + 4.0), "end", 11, &scale.show(value));
    }
    for (at, mark) in marks.iter().enumerate() {
        text(svg, (x(at as f64), bottom + 18.0), "middle", 11, mark);
    }
    let (left, top) = (MARGIN.left, MARGIN.top);
    let _ = writeln!(svg, "<path d=\"M{left:.1} {top:.1}V{bottom:.1}H{right:.1}\" fill=\"none\" stroke=\"black\"/>");
    let count = curves.iter().filter(|curve| curve.label.is_some()).count();
    let (from, height) = (right - 76.0, LINE * count as f64 + 2.0);
    // Times grow to the right, and bandwidths shrink.
    let above = if matches!(scale, Scale::Time) { bottom - height - 4.0 } else { top + 2.0 };
    let mut legend = String::new();
    let mut named = 0;
    for Curve { label, points } in curves {
        let color = if label.is_some() { COLORS[named % COLORS.len()] } else { GREY };
        let points: Vec<String> = points.iter().map(|(at, value)| format!("{:.1},{:.1}", x(*at), y(*value))).collect();
        let points = points.join(" ");
        let _ = writeln!(svg, "<polyline points=\"{points}\" fill=\"none\" stroke=\"{color}\" stroke-width=\"2\"/>");
        let Some(label) = label else { continue };
        let (from, height) = (from + 4.0, above + 8.0 + LINE * named as f64);
        let _ = writeln!(legend, "<path d=\"M{from:.1} {height:.1}h16\" stroke=\"{color}\" stroke-width=\"2\"/>");
        text(&mut legend, (from + 22.0, height + 4.0), "start", 11, label);
        named += 1;
    }
    let _ = writeln!(
        svg,
        "<rect x=\"{from:.1}\" y=\"{above:.1}\" width=\"72\" height=\"{height:.1}\" fill=\"white\" fill-opacity=\"0.8\"/>"
    );
    svg.push_str(&legend);
}

fn text(svg: &mut String, (x, y): (f64, f64), anchor: &str, size: u32, text: &str) {
    let text = xml(&escaped(text));
    let _ =
        writeln!(svg, "<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\" font-size=\"{size}\">{text}</text>");
}
