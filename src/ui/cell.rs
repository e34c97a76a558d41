//! A value in a row, and how each format writes it.

use super::escape::escaped;
use crate::host::parse::bufinfo::Devices;
use crate::size::{self, Human};
use serde::ser::{Serialize, SerializeMap, Serializer};
use std::cmp::Ordering;
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
    /// Elements of a list and how often each of them is there: `name ×N` in a table, N elements in JSON.
    Counted(Vec<(Cell, u64)>),
    /// A value that a table shows in words of its own.
    Worded {
        shown: String,
        value: Box<Cell>,
    },
    /// A thing with members: an object in JSON.
    Record {
        shown: String,
        /// Members by their keys.
        members: Vec<(&'static str, Cell)>,
    },
    /// A value that a table marks with `!`, because it contradicts something.
    Marked(Box<Cell>),
}

impl Cell {
    /// A number of bytes, or nothing.
    pub(crate) fn bytes(bytes: Option<u64>) -> Self {
        bytes.map_or(Self::Missing, Self::Bytes)
    }

    pub(crate) fn number(number: Option<u64>) -> Self {
        number.map_or(Self::Missing, Self::Number)
    }

    pub(crate) fn ratio(ratio: Option<f64>) -> Self {
        // What is negative or no number becomes 0.
        ratio.map_or(Self::Missing, |ratio| Self::Ratio((ratio * 1000.0).round() as u64))
    }

    /// Whether nothing is known.
    pub(crate) fn is_missing(&self) -> bool {
        match self {
            Self::Missing => true,
            Self::List(cells) => cells.is_empty(),
            Self::Counted(cells) => cells.is_empty(),
            _ => false,
        }
    }

    /// Shows it as a table does. `exact` writes sizes as numbers of bytes.
    pub(crate) fn show(&self, exact: bool) -> String {
        match self {
            Self::Missing => "-".to_owned(),
            Self::Text(own) if own.is_empty() => "\"\"".to_owned(),
            Self::Text(own)
            | Self::Word { spelled: own, .. }
            | Self::Worded { shown: own, .. }
            | Self::Record { shown: own, .. } => escaped(own).into_owned(),
            Self::Bytes(number) | Self::Offset(number) | Self::Rate(number) if exact => number.to_string(),
            Self::Number(number) => number.to_string(),
            Self::Bytes(bytes) => Human(*bytes).to_string(),
            Self::Offset(offset) => format!("{offset:#x}"),
            Self::Time(time) => show_time(*time),
            Self::Rate(rate) => size::rate(*rate),
            Self::Ratio(thousandths) => show_digits(*thousandths as f64 / 1000.0),
            Self::Inferred(cell, inferred) => cell.show(exact) + if *inferred { "?" } else { "" },
            Self::Marked(cell) => cell.show(exact) + "!",
            Self::List(_) | Self::Counted(_) if self.is_missing() => "-".to_owned(),
            Self::List(cells) => list(once_each(cells), exact, "\\x20", " "),
            Self::Counted(cells) => list(cells.iter().map(|(cell, count)| (cell, *count)), exact, "\\x20", " "),
        }
    }

    /// Shows it as [`Cell::show`] does, with spaces escaped too, so fields can be distinguished.
    pub(crate) fn show_raw(&self, exact: bool) -> String {
        match self {
            // What `show` escapes is escaped once more, or it would look like the space between two elements.
            Self::List(cells) if !cells.is_empty() => list(once_each(cells), exact, "\\x5cx20", "\\x20"),
            Self::Counted(cells) if !cells.is_empty() => {
                list(cells.iter().map(|(cell, count)| (cell, *count)), exact, "\\x5cx20", "\\x20")
            }
            _ => self.show(exact).replace(' ', "\\x20"),
        }
    }

    /// Orders rows: nothing first, numbers by size, texts by their bytes, lists by length.
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
            Self::Time(time) => (1, nanoseconds(*time)),
            Self::Inferred(cell, _) | Self::Marked(cell) => cell.rank(),
            Self::List(cells) => (1, u64::try_from(cells.len()).unwrap_or(u64::MAX)),
            Self::Counted(cells) => (1, cells.iter().map(|(_, count)| count).sum()),
            Self::Worded { value, .. } => value.rank(),
            Self::Text(_) | Self::Record { .. } => (2, 0),
        }
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<&Devices> for Cell {
    fn from(devices: &Devices) -> Self {
        Self::Counted(devices.counts().map(|(name, count)| (name.into(), count)).collect())
    }
}

impl<T: Into<Self>> From<Option<T>> for Cell {
    fn from(cell: Option<T>) -> Self {
        cell.map_or(Self::Missing, T::into)
    }
}

impl Serialize for Cell {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Missing => serializer.serialize_unit(),
            Self::Text(text) => serializer.serialize_str(text),
            Self::Bytes(number) | Self::Offset(number) | Self::Number(number) | Self::Rate(number) => {
                serializer.serialize_u64(*number)
            }
            Self::Ratio(thousandths) => serializer.serialize_f64(*thousandths as f64 / 1000.0),
            Self::Word { value, .. } => serializer.collect_str(&format_args!("{value:#x}")),
            Self::Time(time) => serializer.serialize_u64(nanoseconds(*time)),
            Self::Inferred(cell, inferred) => {
                let mut object = serializer.serialize_map(Some(2))?;
                object.serialize_entry("value", cell)?;
                object.serialize_entry("inferred", inferred)?;
                object.end()
            }
            Self::Marked(cell) => cell.serialize(serializer),
            Self::List(cells) => serializer.collect_seq(cells),
            Self::Counted(cells) => {
                serializer.collect_seq(cells.iter().flat_map(|(cell, count)| (0..*count).map(move |_| cell)))
            }
            Self::Worded { value, .. } => value.serialize(serializer),
            Self::Record { members, .. } => serializer.collect_map(members.iter().map(|(key, cell)| (key, cell))),
        }
    }
}

fn nanoseconds(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

/// Elements with `between` between them and `inner` for each space in one: whoever chose a name makes no element.
fn list<'c>(cells: impl Iterator<Item = (&'c Cell, u64)>, exact: bool, inner: &str, between: &str) -> String {
    let elements = cells.map(|(cell, count)| {
        let shown = cell.show(exact).replace(' ', inner);
        if count > 1 { format!("{shown}{between}×{count}") } else { shown }
    });
    elements.collect::<Vec<_>>().join(between)
}

fn once_each(cells: &[Cell]) -> impl Iterator<Item = (&Cell, u64)> {
    cells.iter().map(|cell| (cell, 1))
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

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

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
        assert_eq!(json!(Cell::ratio(Some(0.98765))), json!(0.988));
        assert_eq!(Cell::ratio(Some(23.45)).show(false), "23.4");
        assert_eq!(Cell::ratio(None), Cell::Missing);
    }

    #[test]
    fn inferred_cell_is_marked_in_text_and_json() {
        let cell = Cell::Inferred(Box::new(Cell::Text("cma".into())), true);
        assert_eq!(cell.show(false), "cma?");
        assert_eq!(json!(cell), json!({"value": "cma", "inferred": true}));
    }

    #[test]
    fn sizes_are_for_people_or_exact() {
        assert_eq!(Cell::Bytes(4 << 20).show(false), "4MiB");
        assert_eq!(Cell::Bytes(4 << 20).show(true), "4194304");
        assert_eq!(json!(Cell::Bytes(4 << 20)), json!(4_194_304));
        let word = Cell::Word { value: 0x8_0002, spelled: "O_RDWR,O_CLOEXEC".into() };
        assert_eq!(json!(word), json!("0x80002"));
    }

    #[test]
    fn no_text_can_break_a_row() {
        assert_eq!(Cell::Text("a b\nc".into()).show_raw(false), "a\\x20b\\x0ac");
        assert_eq!(Cell::Text(String::new()).show(false), "\"\"");
    }

    #[test]
    fn no_text_can_forge_an_element_of_a_list() {
        let holder = |shown: &str| Cell::Record { shown: shown.to_owned(), members: Vec::new() };
        let list = Cell::List(vec![holder("12:x 1:systemd"), holder("13:y")]);
        assert_eq!(list.show(false), "12:x\\x201:systemd 13:y");
        assert_eq!(list.show_raw(false), "12:x\\x5cx201:systemd\\x2013:y");
        assert_eq!(Cell::List(Vec::new()).show_raw(false), "-");
    }

    #[test]
    fn repeated_values_are_counted_in_tables_and_listed_in_json() {
        let cell = Cell::Counted(vec![("my gpu".into(), 3), ("vpu".into(), 1)]);
        assert_eq!(cell.show(false), "my\\x20gpu ×3 vpu");
        assert_eq!(cell.show_raw(false), "my\\x5cx20gpu\\x20×3\\x20vpu");
        assert_eq!(json!(cell), json!(["my gpu", "my gpu", "my gpu", "vpu"]));
        assert_eq!(Cell::Counted(Vec::new()).show_raw(false), "-");
    }
}
