//! A value in a row, and how each format writes it.

use super::escape::escaped;
use crate::size::Human;
use serde_json::{Map, Value, json};
use std::cmp::Ordering;
use std::fmt::{self, Write};
use std::time::Duration;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Cell {
    /// Nothing is known: `-`, null.
    Missing,
    /// A text that others may have chosen.
    Text(String),
    /// A number of bytes.
    Bytes(u64),
    /// A position in a buffer, in bytes: hexadecimal in a table.
    Offset(u64),
    /// A number of things, or an identifier.
    Number(u64),
    /// A word of a request: a number in hexadecimal in JSON, its spelling in a table.
    Word {
        value: u64,
        spelled: String,
    },
    /// A time: nanoseconds in JSON.
    Time(Duration),
    /// Bytes per second.
    Rate(u64),
    /// A ratio, in thousandths: a number with a fraction in JSON.
    Ratio(u64),
    /// A value that may have been concluded and not asked.
    Inferred(Box<Cell>, bool),
    List(Vec<Cell>),
    /// A thing with members: an object in JSON.
    Record {
        shown: String,
        /// Its members by their keys.
        members: Vec<(&'static str, Cell)>,
    },
    /// A value that a table marks with `!`, because it contradicts something.
    Marked(Box<Cell>),
}

impl Cell {
    pub(crate) fn text(text: Option<impl Into<String>>) -> Self {
        text.map_or(Self::Missing, |text| Self::Text(text.into()))
    }

    /// A number of bytes, or nothing.
    #[must_use]
    pub(crate) fn bytes(bytes: Option<u64>) -> Self {
        bytes.map_or(Self::Missing, Self::Bytes)
    }

    #[must_use]
    pub(crate) fn number(number: Option<u64>) -> Self {
        number.map_or(Self::Missing, Self::Number)
    }

    #[must_use]
    pub(crate) fn ratio(ratio: Option<f64>) -> Self {
        // What is negative or no number becomes 0.
        ratio.map_or(Self::Missing, |ratio| Self::Ratio((ratio * 1000.0).round() as u64))
    }

    /// How a table shows it. `exact` writes sizes as numbers of bytes.
    #[must_use]
    pub(crate) fn show(&self, exact: bool) -> String {
        let mut text = String::new();
        self.show_in(&mut text, exact);
        text
    }

    /// Adds to `text` what [`Cell::show`] says.
    pub(crate) fn show_in(&self, text: &mut String, exact: bool) {
        match self {
            Self::Missing => text.push('-'),
            Self::Text(own) if own.is_empty() => text.push_str("\"\""),
            Self::Text(own) | Self::Word { spelled: own, .. } | Self::Record { shown: own, .. } => {
                text.push_str(&escaped(own));
            }
            Self::Bytes(number) | Self::Offset(number) | Self::Rate(number) if exact => {
                push(text, format_args!("{number}"))
            }
            Self::Number(number) => push(text, format_args!("{number}")),
            Self::Bytes(bytes) => push(text, format_args!("{}", Human(*bytes))),
            Self::Offset(offset) => push(text, format_args!("{offset:#x}")),
            Self::Time(time) => text.push_str(&show_time(*time)),
            Self::Rate(rate) => text.push_str(&show_rate(*rate)),
            Self::Ratio(thousandths) => text.push_str(&show_digits(*thousandths as f64 / 1000.0)),
            Self::Inferred(cell, inferred) => {
                cell.show_in(text, exact);
                text.push_str(if *inferred { "?" } else { "" });
            }
            Self::Marked(cell) => {
                cell.show_in(text, exact);
                text.push('!');
            }
            Self::List(cells) if cells.is_empty() => text.push('-'),
            Self::List(cells) => list(text, cells, exact, "\\x20", " "),
        }
    }

    #[must_use]
    pub(crate) fn to_json(&self) -> Value {
        match self {
            Self::Missing => Value::Null,
            Self::Text(text) => json!(text),
            Self::Bytes(number) | Self::Offset(number) | Self::Number(number) => json!(number),
            Self::Rate(rate) => json!(rate),
            Self::Ratio(thousandths) => json!(*thousandths as f64 / 1000.0),
            Self::Word { value, .. } => json!(format!("{value:#x}")),
            Self::Time(time) => json!(u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)),
            Self::Inferred(cell, inferred) => {
                let mut object = Map::new();
                object.insert("value".to_owned(), cell.to_json());
                object.insert("inferred".to_owned(), json!(inferred));
                Value::Object(object)
            }
            Self::Marked(cell) => cell.to_json(),
            Self::List(cells) => Value::Array(cells.iter().map(Self::to_json).collect()),
            Self::Record { members, .. } => {
                let members = members.iter().map(|(key, cell)| ((*key).to_owned(), cell.to_json()));
                Value::Object(members.collect::<Map<_, _>>())
            }
        }
    }

    /// In which order rows are put: nothing first, numbers by size, texts by their bytes, lists by length.
    #[must_use]
    pub(crate) fn compare(&self, other: &Self) -> Ordering {
        self.rank().cmp(&other.rank()).then_with(|| match (self, other) {
            (Self::Text(one), Self::Text(other)) => one.cmp(other),
            _ => Ordering::Equal,
        })
    }

    fn rank(&self) -> (u8, u64) {
        match self {
            Self::Missing => (0, 0),
            Self::Bytes(number)
            | Self::Offset(number)
            | Self::Number(number)
            | Self::Rate(number)
            | Self::Ratio(number)
            | Self::Word { value: number, .. } => (1, *number),
            Self::Time(time) => (1, u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)),
            Self::Inferred(cell, _) | Self::Marked(cell) => cell.rank(),
            Self::List(cells) => (1, u64::try_from(cells.len()).unwrap_or(u64::MAX)),
            Self::Text(_) | Self::Record { .. } => (2, 0),
        }
    }

    /// Adds to `text` what [`Cell::show`] says, with spaces escaped too, so that fields can be told apart.
    pub(crate) fn show_raw_in(&self, text: &mut String, exact: bool) {
        match self {
            // What `show` escapes is escaped once more, or it would look like the space between two elements.
            Self::List(cells) if !cells.is_empty() => list(text, cells, exact, "\\x5cx20", "\\x20"),
            _ => text.push_str(&self.show(exact).replace(' ', "\\x20")),
        }
    }
}

fn push(text: &mut String, shown: fmt::Arguments<'_>) {
    // A String takes whatever it is given.
    let _ = text.write_fmt(shown);
}

/// Elements with `between` between them and `inner` for each space in one: whoever chose a name makes no element.
fn list(text: &mut String, cells: &[Cell], exact: bool, inner: &str, between: &str) {
    for (index, cell) in cells.iter().enumerate() {
        if index > 0 {
            text.push_str(between);
        }
        let begin = text.len();
        cell.show_in(text, exact);
        if text[begin..].contains(' ') {
            let shown = text.split_off(begin);
            text.push_str(&shown.replace(' ', inner));
        }
    }
}

/// Three digits or so, in the unit that suits: `850ns`, `12.3us`, `4.56ms`, `1.20s`.
fn show_time(time: Duration) -> String {
    let nanoseconds = time.as_nanos();
    let (value, unit) = match nanoseconds {
        0..1_000 => return format!("{nanoseconds}ns"),
        1_000..1_000_000 => (nanoseconds as f64 / 1e3, "us"),
        1_000_000..1_000_000_000 => (nanoseconds as f64 / 1e6, "ms"),
        _ => (nanoseconds as f64 / 1e9, "s"),
    };
    format!("{}{unit}", show_digits(value))
}

/// Three digits: `1.23`, `12.3`, `123`.
fn show_digits(value: f64) -> String {
    let decimals = if value < 10.0 { 2 } else { usize::from(value < 100.0) };
    format!("{value:.decimals$}")
}

/// Three digits or four, in the unit that suits: `987KiB/s`, `12.3GiB/s`.
fn show_rate(rate: u64) -> String {
    const UNITS: [&str; 5] = ["B/s", "KiB/s", "MiB/s", "GiB/s", "TiB/s"];
    let (mut value, mut unit) = (rate as f64, 0);
    while value >= 1024.0 && unit + 1 < UNITS.len() {
        (value, unit) = (value / 1024.0, unit + 1);
    }
    if unit == 0 { format!("{rate}B/s") } else { format!("{}{}", show_digits(value), UNITS[unit]) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raw(cell: &Cell) -> String {
        let mut text = String::new();
        cell.show_raw_in(&mut text, false);
        text
    }

    #[test]
    fn times_have_three_digits() {
        for (nanoseconds, text) in [
            (0, "0ns"),
            (999, "999ns"),
            (1_000, "1.00us"),
            (12_345, "12.3us"),
            (123_456, "123us"),
            (4_560_000, "4.56ms"),
            (1_200_000_000, "1.20s"),
        ] {
            assert_eq!(Cell::Time(Duration::from_nanos(nanoseconds)).show(false), text);
        }
    }

    #[test]
    fn rates_and_ratios_have_three_digits() {
        for (rate, text) in
            [(0, "0B/s"), (1023, "1023B/s"), (1536, "1.50KiB/s"), (10 << 30, "10.0GiB/s"), (999 << 20, "999MiB/s")]
        {
            assert_eq!(Cell::Rate(rate).show(false), text);
        }
        assert_eq!(Cell::Rate(1536).show(true), "1536");
        assert_eq!(Cell::ratio(Some(0.98765)).show(false), "0.99");
        assert_eq!(Cell::ratio(Some(0.98765)).to_json(), json!(0.988));
        assert_eq!(Cell::ratio(Some(23.45)).show(false), "23.4");
        assert_eq!(Cell::ratio(None), Cell::Missing);
    }

    #[test]
    fn what_is_inferred_says_so_in_both_formats() {
        let cell = Cell::Inferred(Box::new(Cell::Text("cma".into())), true);
        assert_eq!(cell.show(false), "cma?");
        assert_eq!(cell.to_json(), json!({"value": "cma", "inferred": true}));
    }

    #[test]
    fn sizes_are_for_people_or_exact() {
        assert_eq!(Cell::Bytes(4 << 20).show(false), "4MiB");
        assert_eq!(Cell::Bytes(4 << 20).show(true), "4194304");
        assert_eq!(Cell::Bytes(4 << 20).to_json(), json!(4_194_304));
        let word = Cell::Word { value: 0x8_0002, spelled: "O_RDWR,O_CLOEXEC".into() };
        assert_eq!(word.to_json(), json!("0x80002"));
    }

    #[test]
    fn no_text_can_break_a_row() {
        assert_eq!(raw(&Cell::Text("a b\nc".into())), "a\\x20b\\x0ac");
        assert_eq!(Cell::Text(String::new()).show(false), "\"\"");
    }

    #[test]
    fn no_text_can_forge_an_element_of_a_list() {
        let holder = |shown: &str| Cell::Record { shown: shown.to_owned(), members: Vec::new() };
        let list = Cell::List(vec![holder("12:x 1:systemd"), holder("13:y")]);
        assert_eq!(list.show(false), "12:x\\x201:systemd 13:y");
        assert_eq!(raw(&list), "12:x\\x5cx201:systemd\\x2013:y");
        assert_eq!(raw(&Cell::List(Vec::new())), "-");
    }
}
