//! Shapes of an SVG document. Positions are pixels; texts are escaped.

use crate::ui::escape::{escaped, xml};
use std::fmt::Write;

/// Shapes, one after the other.
#[derive(Debug, Default)]
pub(super) struct Svg(String);

/// Where a text stands to its position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

/// How a line and its points are told from others, without any colour.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Style {
    colour: &'static str,
    dash: &'static str,
    marker: Option<usize>,
    width: f64,
}

const COLOURS: [&str; 6] = ["#000000", "#9e1b1b", "#1b4f9e", "#1b6e2e", "#6a2a83", "#7a4a06"];
const DASHES: [&str; 5] = ["", "7 3", "2 2.5", "9 3 2 3", "14 4"];
const MARKERS: usize = 6;

impl Style {
    /// That of line `index`: thirty of them differ in dash or marker.
    pub(super) const fn of(index: usize) -> Self {
        Self {
            colour: COLOURS[index % COLOURS.len()],
            dash: DASHES[index % DASHES.len()],
            marker: Some(index % MARKERS),
            width: 1.4,
        }
    }

    /// The same line as it was before: grey, thin, without points.
    pub(super) const fn before(index: usize) -> Self {
        Self { colour: "#9a9a9a", dash: DASHES[index % DASHES.len()], marker: None, width: 1.2 }
    }
}

impl Svg {
    pub(super) fn line(&mut self, from: (f64, f64), to: (f64, f64), colour: &str) {
        let ((x1, y1), (x2, y2)) = (from, to);
        self.put(&format!(
            "<line x1=\"{x1:.1}\" y1=\"{y1:.1}\" x2=\"{x2:.1}\" y2=\"{y2:.1}\" stroke=\"{colour}\" stroke-width=\"0.8\"/>"
        ));
    }

    pub(super) fn text(&mut self, at: (f64, f64), anchor: Anchor, size: u32, text: &str) {
        self.put(&element(at, anchor, size, "#000000", text));
    }

    /// A text that stands back behind others.
    pub(super) fn quiet_text(&mut self, at: (f64, f64), anchor: Anchor, size: u32, text: &str) {
        self.put(&element(at, anchor, size, "#555555", text));
    }

    pub(super) fn bold_text(&mut self, at: (f64, f64), size: u32, text: &str) {
        self.put(&element(at, Anchor::Start, size, "#000000", text).replacen(
            "<text ",
            "<text font-weight=\"bold\" ",
            1,
        ));
    }

    /// A line through points, each with its marker.
    pub(super) fn curve(&mut self, points: &[(f64, f64)], style: Style) {
        let Style { colour, dash, width, .. } = style;
        let list: Vec<String> = points.iter().map(|(x, y)| format!("{x:.1},{y:.1}")).collect();
        let dash = if dash.is_empty() { String::new() } else { format!(" stroke-dasharray=\"{dash}\"") };
        self.put(&format!(
            "<polyline fill=\"none\" stroke=\"{colour}\" stroke-width=\"{width}\"{dash} points=\"{}\"/>",
            list.join(" ")
        ));
        if let Some(marker) = style.marker {
            points.iter().for_each(|point| self.marker(*point, marker, colour));
        }
    }

    fn marker(&mut self, (x, y): (f64, f64), marker: usize, colour: &str) {
        const R: f64 = 3.0;
        let polygon = |points: &[(f64, f64)]| {
            let list: Vec<String> =
                points.iter().map(|(dx, dy)| format!("{:.1},{:.1}", x + dx * R, y + dy * R)).collect();
            format!("<polygon fill=\"#ffffff\" stroke=\"{colour}\" points=\"{}\"/>", list.join(" "))
        };
        let cross = |a: (f64, f64), b: (f64, f64)| {
            format!(
                "<path stroke=\"{colour}\" d=\"M{:.1} {:.1}L{:.1} {:.1}M{:.1} {:.1}L{:.1} {:.1}\"/>",
                x - a.0 * R,
                y - a.1 * R,
                x + a.0 * R,
                y + a.1 * R,
                x - b.0 * R,
                y - b.1 * R,
                x + b.0 * R,
                y + b.1 * R
            )
        };
        let shape = match marker {
            0 => format!("<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"{R}\" fill=\"{colour}\"/>"),
            1 => polygon(&[(-1.0, -1.0), (1.0, -1.0), (1.0, 1.0), (-1.0, 1.0)]),
            2 => polygon(&[(0.0, -1.2), (1.1, 0.9), (-1.1, 0.9)]),
            3 => polygon(&[(0.0, -1.3), (1.3, 0.0), (0.0, 1.3), (-1.3, 0.0)]),
            4 => cross((1.0, 1.0), (1.0, -1.0)),
            _ => cross((1.2, 0.0), (0.0, 1.2)),
        };
        self.put(&shape);
    }

    fn put(&mut self, element: &str) {
        let _ = writeln!(self.0, "{element}");
    }

    pub(super) fn document(self, width: f64, height: f64) -> String {
        format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
             <svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
             viewBox=\"0 0 {width} {height}\" font-family=\"DejaVu Sans, Helvetica, Arial, sans-serif\">\n\
             <rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n{}</svg>\n",
            self.0
        )
    }
}

/// How wide a text is, more or less: a letter of DejaVu Sans is six tenths of its size on an average.
pub(super) fn width(text: &str, size: u32) -> f64 {
    text.chars().count() as f64 * f64::from(size) * 0.6
}

fn element((x, y): (f64, f64), anchor: Anchor, size: u32, colour: &str, text: &str) -> String {
    let anchor = match anchor {
        Anchor::Start => "start",
        Anchor::Middle => "middle",
        Anchor::End => "end",
    };
    format!(
        "<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\" font-size=\"{size}\" fill=\"{colour}\">{}</text>",
        xml(&escaped(text))
    )
}
