//! A run as a picture: a panel a heap, with a plot of each latency by percentile and one of the bandwidths
//! by size. Lines differ in dash and marker and carry their names, so that a black printer does.

mod axis;
mod chart;
mod svg;

use crate::bench::{Figure, QUANTILES, Run, Step};
use crate::size::Human;
use crate::ui::Cell;
use axis::{Tick, decades, nines, round_steps};
use chart::{Chart, Curve};
use std::time::Duration;
use svg::{Anchor, Svg};

/// Pixels of one plot with its labels, which is higher where there are many, and of what is around them.
const CELL: (f64, f64) = (400.0, 270.0);
const COLUMNS: usize = 3;
const MARGIN: f64 = 20.0;
const HEAD: f64 = 64.0;
const PANEL_HEAD: f64 = 34.0;

/// The document. Of an `earlier` run, which has a name, the same lines are drawn in grey.
#[must_use]
pub(crate) fn document(run: &Run, earlier: Option<(&Run, &str)>) -> String {
    let mut heaps: Vec<&str> = run.figures.iter().map(|figure| figure.heap.as_str()).collect();
    heaps.dedup();
    let rows = (Step::LATENCIES.len() + 1).div_ceil(COLUMNS);
    let lines = heaps.iter().map(|heap| sizes(run, heap).len()).max().unwrap_or(0);
    let cell = (CELL.0, CELL.1.max(Chart::height(lines)));
    let panel = PANEL_HEAD + cell.1 * rows as f64;
    let width = MARGIN * 2.0 + CELL.0 * COLUMNS as f64;
    let mut svg = Svg::default();
    head(&mut svg, run, earlier.map(|(_, name)| name));
    for (index, heap) in heaps.iter().enumerate() {
        let top = HEAD + panel * index as f64;
        svg.bold_text((MARGIN, top + 20.0), 15, &format!("heap {heap}"));
        svg.line((MARGIN, top + 27.0), (width - MARGIN, top + 27.0), "#000000");
        let before = earlier.map(|(run, _)| run);
        for (index, chart) in charts(run, before, heap).iter().enumerate() {
            let (column, row) = (index % COLUMNS, index / COLUMNS);
            let place = (MARGIN + cell.0 * column as f64, top + PANEL_HEAD + cell.1 * row as f64);
            chart.draw(&mut svg, place, cell);
        }
    }
    svg.document(width, HEAD + panel * heaps.len() as f64 + MARGIN)
}

fn head(svg: &mut Svg, run: &Run, earlier: Option<&str>) {
    let simulated = if run.simulated { ", simulated by dmaheap sim" } else { "" };
    svg.bold_text((MARGIN, 28.0), 18, &format!("dmaheap bench: Linux {} {}{simulated}", run.kernel, run.machine));
    let jobs = if run.jobs == 1 { "1 job".to_owned() } else { format!("{} jobs", run.jobs) };
    let cpus: Vec<String> = run.cpus.iter().map(usize::to_string).collect();
    let pinned = if cpus.is_empty() { String::new() } else { format!(" on CPU {}", cpus.join(" ")) };
    let before = earlier.map(|name| format!(". Grey: {name}")).unwrap_or_default();
    svg.quiet_text((MARGIN, 48.0), Anchor::Start, 12, &format!("{jobs}{pinned}, {} rounds{before}", run.rounds));
}

/// The sizes of a heap, upwards.
fn sizes(run: &Run, heap: &str) -> Vec<u64> {
    let mut sizes: Vec<u64> =
        run.figures.iter().filter(|figure| figure.heap == heap).map(|figure| figure.size).collect();
    sizes.sort_unstable();
    sizes.dedup();
    sizes
}

fn charts(run: &Run, earlier: Option<&Run>, heap: &str) -> Vec<Chart> {
    let of = |run: &'_ Run, step: Step| -> Vec<Figure> {
        let is_here = |figure: &&Figure| figure.heap == heap && figure.step == step && figure.is_measured();
        run.figures.iter().filter(is_here).cloned().collect()
    };
    let sizes = sizes(run, heap);
    let latency =
        |step: &Step| latency(*step, &sizes, &of(run, *step), &earlier.map(|run| of(run, *step)).unwrap_or_default());
    let mut charts: Vec<Chart> = Step::LATENCIES.iter().map(latency).collect();
    let all = |run: &Run| Step::BANDWIDTHS.iter().flat_map(|step| of(run, *step)).collect::<Vec<_>>();
    charts.push(bandwidth(&sizes, &all(run), &earlier.map(all).unwrap_or_default()));
    charts
}

/// How far the longest time stands behind the last nine.
const BEYOND: f64 = 0.7;

fn latency(step: Step, sizes: &[u64], now: &[Figure], before: &[Figure]) -> Chart {
    let most = now.iter().chain(before).map(|figure| figure.times.count).max().unwrap_or(1);
    // Beyond one in so many there is nothing but the longest, which stands at the end.
    let end = (most as f64).log10().ceil().clamp(1.0, 4.0);
    let points = |figure: &Figure| {
        let inner = |(quantile, time): (&f64, &u64)| {
            let at = nines(*quantile);
            (at <= end && *quantile < 1.0).then_some((at, log(*time)))
        };
        let mut points: Vec<(f64, f64)> = QUANTILES.iter().zip(&figure.curve).filter_map(inner).collect();
        points.push((end + BEYOND, log(figure.times.max)));
        points
    };
    let index = |figure: &Figure| sizes.iter().position(|size| *size == figure.size).unwrap_or(0);
    let curve = |figure: &Figure, is_before| Curve {
        index: index(figure),
        label: Human(figure.size).to_string(),
        is_before,
        points: points(figure),
    };
    let old = before.iter().filter(|figure| sizes.contains(&figure.size));
    let times = now.iter().chain(old.clone()).flat_map(|figure| [figure.times.min, figure.times.max]);
    let (low, high) = decades(times);
    // Where there are many nines there is no room for both.
    let first = if end < 4.0 { "0%" } else { "" };
    let mut x: Vec<Tick> = vec![(0.0, first.to_owned()), (nines(0.5), "50%".to_owned())];
    x.extend((1..=end as i32).map(|nine| (f64::from(nine), percent(nine))));
    x.push((end + BEYOND, "max".to_owned()));
    Chart {
        title: format!("{step}: latency by percentile"),
        x,
        y: (low..=high).map(|power| (f64::from(power), decade(power))).collect(),
        curves: old.map(|figure| curve(figure, true)).chain(now.iter().map(|figure| curve(figure, false))).collect(),
    }
}

fn log(time: u64) -> f64 {
    (time.max(1) as f64).log10()
}

/// 90%, 99%, 99.9%.
fn percent(nines: i32) -> String {
    match nines {
        1 => "90%".to_owned(),
        2 => "99%".to_owned(),
        more => format!("99.{}%", "9".repeat((more - 2).unsigned_abs() as usize)),
    }
}

/// 10^`power` nanoseconds.
fn decade(power: i32) -> String {
    let nanoseconds = 10_u64.saturating_pow(power.unsigned_abs());
    let shown = Cell::Time(Duration::from_nanos(nanoseconds)).show(false);
    shown.replace(".00", "").replace(".0", "")
}

/// A line a step, and those of anonymous memory.
fn bandwidth(sizes: &[u64], now: &[Figure], before: &[Figure]) -> Chart {
    let place = |size: u64| sizes.iter().position(|one| *one == size).map(|index| index as f64);
    let curve = |figures: &[Figure], step, index, label: &str, is_before, is_baseline| {
        let point = |figure: &Figure| {
            let bandwidth = figure.bandwidth?;
            let rate = if is_baseline { bandwidth.baseline } else { bandwidth.rate };
            Some((place(figure.size)?, rate as f64))
        };
        let (places, rates): (Vec<f64>, Vec<f64>) =
            figures.iter().filter(|figure| figure.step == step).filter_map(point).unzip();
        let points = axis::in_order(&places).into_iter().map(|index| (places[index], rates[index])).collect();
        Curve { index, label: label.to_owned(), is_before, points }
    };
    let all = |figures: &[Figure], is_before| {
        [
            curve(figures, Step::Fill, 0, "fill", is_before, false),
            curve(figures, Step::Copy, 1, "copy", is_before, false),
            curve(figures, Step::Verify, 2, "verify", is_before, false),
            curve(figures, Step::Fill, 3, "memset", is_before, true),
            curve(figures, Step::Copy, 4, "memcpy", is_before, true),
        ]
    };
    let curves: Vec<Curve> =
        all(before, true).into_iter().chain(all(now, false)).filter(|curve| !curve.points.is_empty()).collect();
    let most = curves.iter().flat_map(|curve| &curve.points).map(|(_, rate)| *rate).fold(0.0, f64::max);
    let rate = |rate: f64| (rate, Cell::Rate(rate as u64).show(false).replace(".00", "").replace(".0", ""));
    Chart {
        title: "bandwidth by size (memset, memcpy: anonymous)".to_owned(),
        x: sizes.iter().enumerate().map(|(index, size)| (index as f64, Human(*size).to_string())).collect(),
        y: round_steps(most).into_iter().map(rate).collect(),
        curves,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_short() {
        assert_eq!([0, 3, 5, 9].map(decade), ["1ns", "1us", "100us", "1s"]);
        assert_eq!([1, 2, 3, 4].map(percent), ["90%", "99%", "99.9%", "99.99%"]);
    }

    /// A run of one heap, with `count` sizes whose times and rates differ as little or as much as `spread` says.
    fn run(count: u64, spread: u64) -> Run {
        use crate::bench::Bandwidth;
        use crate::stats::Latency;
        let figure = |size: u64, step: Step| {
            let mut latency = Latency::new();
            (1..=20_000).for_each(|time| latency.record(900 + time + size / 4096 * spread));
            let rate = 5_000_000_000 + size * spread;
            let bandwidth = Bandwidth { bytes: 1 << 30, rate, baseline: rate + 9, ratio: 1.0 };
            Figure {
                heap: "camera".into(),
                size,
                step,
                times: latency.summary(),
                curve: QUANTILES.iter().map(|quantile| latency.quantile(*quantile)).collect(),
                rounds: vec![1.0; 3],
                bandwidth: Step::BANDWIDTHS.contains(&step).then_some(bandwidth),
            }
        };
        let sizes = (0..count).map(|index| 1_048_577 + index * 4096 * 173);
        Run::of(sizes.flat_map(|size| Step::ALL.map(|step| figure(size, step))).collect())
    }

    #[test]
    fn no_two_texts_overlap_however_many_sizes_there_are() {
        for (count, spread) in [(1, 0), (4, 0), (9, 40_000), (10, 0), (20, 0), (20, 5_000), (60, 70)] {
            let text = document(&run(count, spread), None);
            let document = roxmltree::Document::parse(&text).unwrap();
            let root = document.root_element();
            let number =
                |node: &roxmltree::Node<'_, '_>, name: &str| -> f64 { node.attribute(name).unwrap().parse().unwrap() };
            let (right, bottom) = (number(&root, "width"), number(&root, "height"));
            let boxes: Vec<(f64, f64, f64, f64, &str)> = root
                .children()
                .filter(|node| node.has_tag_name(("http://www.w3.org/2000/svg", "text")))
                .filter_map(|node| Some((node, node.text()?)))
                .map(|(node, text)| {
                    let (x, y, size) = (number(&node, "x"), number(&node, "y"), number(&node, "font-size"));
                    let width = svg::width(text, size as u32);
                    let left = match node.attribute("text-anchor") {
                        Some("start") => x,
                        Some("middle") => x - width / 2.0,
                        _ => x - width,
                    };
                    (left, left + width, y - size * 0.8, y + size * 0.2, text)
                })
                .collect();
            for (index, one) in boxes.iter().enumerate() {
                assert!(one.0 >= 0.0 && one.1 <= right && one.2 >= 0.0 && one.3 <= bottom, "{count}: {one:?}");
                for other in &boxes[..index] {
                    let is_apart = one.1 <= other.0 || other.1 <= one.0 || one.3 <= other.2 || other.3 <= one.2;
                    assert!(is_apart, "{count}: {one:?} {other:?}");
                }
            }
            let labels = boxes.iter().filter(|one| one.4 == Human(1_048_577).to_string()).count();
            assert!(labels > Step::LATENCIES.len(), "{count}: each size is named in each plot");
        }
    }
}
