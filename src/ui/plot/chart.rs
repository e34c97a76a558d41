//! One plot: axes, lines, and their names at the lines' ends.

use super::axis::{Scale, Tick, spread};
use super::svg::{self, Anchor, Style, Svg};

/// A line. Points are in units of the axes.
#[derive(Debug)]
pub(super) struct Curve {
    pub(super) index: usize,
    pub(super) label: String,
    /// Whether it is of an earlier run.
    pub(super) is_before: bool,
    pub(super) points: Vec<(f64, f64)>,
}

#[derive(Debug)]
pub(super) struct Chart {
    pub(super) title: String,
    pub(super) x: Vec<Tick>,
    pub(super) y: Vec<Tick>,
    pub(super) curves: Vec<Curve>,
}

/// Room around the axes for marks and names.
const LEFT: f64 = 62.0;
const RIGHT: f64 = 72.0;
const TOP: f64 = 30.0;
const BOTTOM: f64 = 34.0;
/// Between the names of lines.
const GAP: f64 = 13.0;

/// Between the texts of marks.
const BETWEEN: f64 = 5.0;

impl Chart {
    /// How high a chart of so many lines has to be, for the names of all of them to stand below one another.
    pub(super) fn height(lines: usize) -> f64 {
        TOP + BOTTOM + GAP * lines as f64
    }

    /// Draws it with its upper left corner at `place`.
    pub(super) fn draw(&self, svg: &mut Svg, place: (f64, f64), size: (f64, f64)) {
        let (left, right) = (place.0 + LEFT, place.0 + size.0 - RIGHT);
        let (top, bottom) = (place.1 + TOP, place.1 + size.1 - BOTTOM);
        svg.text((left, place.1 + 18.0), Anchor::Start, 12, &self.title);
        let x = scale(&self.x, left + 8.0, right - 8.0);
        let y = scale(&self.y, bottom, top);
        for (value, text) in &self.y {
            svg.line((left, y.at(*value)), (right, y.at(*value)), "#dddddd");
            svg.quiet_text((left - 5.0, y.at(*value) + 4.0), Anchor::End, 10, text);
        }
        // Where marks are too close for their texts, the next one with room has its text.
        let mut free = f64::NEG_INFINITY;
        for (value, text) in &self.x {
            let at = x.at(*value);
            svg.line((at, bottom), (at, bottom + 4.0), "#000000");
            let half = svg::width(text, 10) / 2.0;
            if at - half >= free {
                svg.quiet_text((at, bottom + 16.0), Anchor::Middle, 10, text);
                free = at + half + BETWEEN;
            }
        }
        svg.line((left, bottom), (right, bottom), "#000000");
        svg.line((left, top), (left, bottom), "#000000");
        if self.curves.is_empty() {
            svg.quiet_text((left.midpoint(right), top.midpoint(bottom)), Anchor::Middle, 12, "not measured");
        }
        let place = |curve: &Curve| -> Vec<(f64, f64)> {
            curve.points.iter().map(|(at, value)| (x.at(*at), y.at(*value))).collect()
        };
        for curve in &self.curves {
            let style = if curve.is_before { Style::before(curve.index) } else { Style::of(curve.index) };
            svg.curve(&place(curve), style);
        }
        let ends: Vec<(&Curve, (f64, f64))> = self
            .curves
            .iter()
            .filter(|curve| !curve.is_before)
            .filter_map(|curve| Some((curve, *place(curve).last()?)))
            .collect();
        let heights: Vec<f64> = ends.iter().map(|(_, (_, y))| *y).collect();
        for ((curve, end), height) in ends.iter().zip(spread(&heights, GAP, bottom)) {
            svg.line((end.0 + 4.0, end.1), (right + 6.0, height), "#888888");
            svg.text((right + 9.0, height + 4.0), Anchor::Start, 11, &curve.label);
        }
    }
}

fn scale(ticks: &[Tick], from: f64, to: f64) -> Scale {
    let low = ticks.first().map_or(0.0, |tick| tick.0);
    let high = ticks.last().map_or(1.0, |tick| tick.0);
    if ticks.len() == 1 {
        // A single mark stands in the middle.
        return Scale::new(low - 1.0, low + 1.0, from, to);
    }
    Scale::new(low, high, from, to)
}
