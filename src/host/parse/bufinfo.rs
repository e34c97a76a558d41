//! `/sys/kernel/debug/dma_buf/bufinfo` (`dma_buf_debug_show`): every dma-buf, with the devices attached.
//!
//! A record is a line of fields, lines about fences, and the devices:
//!
//! ```text
//! 00008192<TAB>02000002<TAB>00080007<TAB>00000002<TAB>system<TAB>00000007<TAB>camera
//! <TAB>kernel fence:vgem unbound seq 1 signalled
//! <TAB>Attached Devices:
//! <TAB>vgem
//! Total 1 devices attached
//! ```
//!
//! The name is printed as it is, newlines included, so whoever chose it can add lines: at most 31 bytes
//! of them. A record begins with four numbers of eight digits and more, which is longer; so is a line about a fence that
//! is pending, with its context and sequence number and the names of its timeline and driver; and of the lines about
//! devices the last ones are the kernel's, because the name stands before them.

use crate::size::counted;
use std::collections::{HashMap, HashSet, VecDeque};
use std::fmt;
use std::sync::Arc;

/// The kernel's record of one buffer. There may be very many: what they have in common is there once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Record {
    pub inode: u64,
    /// Bytes.
    pub size: u64,
    /// References to the file, all of them.
    pub count: u64,
    pub exporter: Arc<str>,
    /// Name up to the first newline, if it has one.
    pub name: Option<Arc<str>>,
    /// Devices that are attached, as `dev_name` prints them.
    pub devices: Devices,
    /// Fences that are not signaled.
    pub pending: u32,
}

/// Devices and how often each is attached, in the order of their first attachment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Devices(Arc<[(Arc<str>, u64)]>);

impl Devices {
    fn of(names: impl Iterator<Item = Arc<str>>) -> Self {
        let mut counts: Vec<(Arc<str>, u64)> = Vec::new();
        let mut places: HashMap<Arc<str>, usize> = HashMap::new();
        for name in names {
            match places.get(&name).and_then(|place| counts.get_mut(*place)) {
                Some((_, count)) => *count += 1,
                None => {
                    places.insert(Arc::clone(&name), counts.len());
                    counts.push((name, 1));
                }
            }
        }
        Self(counts.into())
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Their names, each with how often it is attached.
    pub(crate) fn counts(&self) -> impl Iterator<Item = (&str, u64)> {
        self.0.iter().map(|(name, count)| (name.as_ref(), *count))
    }
}

#[cfg(any(test, fuzzing))]
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Bufinfo {
    /// The buffers, in the order of the file.
    pub records: Vec<Record>,
    /// Whether the file ended as it should: with the number of buffers that were read.
    pub is_complete: bool,
}

#[cfg(any(test, fuzzing))]
pub(crate) fn parse(bytes: &[u8]) -> Bufinfo {
    let (mut parser, mut records) = (Parser::default(), Vec::new());
    for line in bytes.split(|byte| *byte == b'\n') {
        records.extend(parser.parse_line(line));
    }
    let (last, shortfall) = parser.finish();
    records.extend(last);
    Bufinfo { records, is_complete: shortfall.is_none() }
}

/// Why the list is not whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shortfall {
    /// It does not end with the number of buffers.
    CutOff,
    /// The announced number is another one than that of the records.
    Records { announced: usize, understood: usize },
    /// A buffer has more attachments than are kept.
    Devices,
    /// It has more buffers than are kept.
    Buffers { kept: usize },
}

impl fmt::Display for Shortfall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CutOff => f.write_str("cut off"),
            Self::Records { announced, understood } => {
                write!(f, "buffers: {announced} announced, {understood} understood")
            }
            Self::Devices => write!(f, "a buffer has more than {MOST_DEVICES} attachments"),
            Self::Buffers { kept } => write!(f, "more than {}", counted(*kept, "buffer")),
        }
    }
}

/// Attachments of one buffer beyond which the list does not count as whole.
const MOST_DEVICES: usize = 1 << 16;

/// A parser that is fed with lines, so a large file need not be held.
#[derive(Debug, Default)]
pub(crate) struct Parser {
    texts: Texts,
    /// The last record, as far as it was read.
    open: Option<Record>,
    records: usize,
    /// Lines of the last record that may be devices, without the tabulator at their beginning.
    devices: VecDeque<Arc<str>>,
    /// A record had more devices than are kept.
    is_cut: bool,
    /// The last record had, by its last line about that, because a name may contain such a line.
    is_last_cut: bool,
    none: Devices,
    /// The number of buffers in the last line that is not empty.
    total: Option<usize>,
}

impl Parser {
    /// Takes the next line, without its newline. Returns a record whose last line came before it.
    pub(crate) fn parse_line(&mut self, line: &[u8]) -> Option<Record> {
        if line.is_empty() {
            return None;
        }
        if let Some(record) = self.parse_record(line) {
            self.devices.clear();
            self.is_cut |= std::mem::take(&mut self.is_last_cut);
            self.total = None;
            self.records += 1;
            return self.open.replace(record);
        }
        self.total = number_between(line, b"Total ", b" objects, ");
        if line == b"\tAttached Devices:" {
            self.devices.clear();
        } else if let (true, Some(record)) = (is_pending(line), self.open.as_mut()) {
            record.pending += 1;
            self.devices.clear();
        } else if let Some(device) = line.strip_prefix(b"\t") {
            if self.devices.len() >= MOST_DEVICES {
                self.devices.pop_front();
            }
            self.devices.push_back(self.texts.intern(device));
        } else if let (Some(count), Some(record)) =
            (number_between(line, b"Total ", b" devices attached"), self.open.as_mut())
        {
            // The devices are the lines before the last one that counts them.
            self.is_last_cut = count > MOST_DEVICES;
            let first = self.devices.len().saturating_sub(count);
            if count > 0 {
                record.devices = Devices::of(self.devices.drain(first..));
            }
            self.devices.clear();
        } else {
            self.devices.clear();
        }
        None
    }

    /// The last record, and what was amiss: the file should end with the number of buffers that were read.
    pub(crate) fn finish(self) -> (Option<Record>, Option<Shortfall>) {
        let shortfall = match self.total {
            None => Some(Shortfall::CutOff),
            Some(_) if self.is_cut || self.is_last_cut => Some(Shortfall::Devices),
            Some(announced) if announced != self.records => {
                Some(Shortfall::Records { announced, understood: self.records })
            }
            Some(_) => None,
        };
        (self.open, shortfall)
    }

    fn parse_record(&mut self, line: &[u8]) -> Option<Record> {
        let mut fields = line.splitn(7, |byte| *byte == b'\t');
        let size = wide(fields.next()?, 10)?;
        wide(fields.next()?, 16)?;
        wide(fields.next()?, 16)?;
        let count = wide(fields.next()?, 10)?;
        let exporter = fields.next()?;
        let inode = wide(fields.next()?, 10)?;
        // 5.10 prints nothing for a buffer without a name.
        let name = fields.next().filter(|name| !matches!(*name, b"" | b"<none>"));
        let name = name.map(|name| self.texts.intern(name));
        Some(Record {
            inode,
            size,
            count,
            exporter: self.texts.intern(exporter),
            name,
            devices: self.none.clone(),
            pending: 0,
        })
    }
}

#[derive(Debug, Default)]
struct Texts(HashSet<Arc<str>>);

impl Texts {
    /// The text, stored once however often it occurs, as long as there are not too many to look through.
    fn intern(&mut self, bytes: &[u8]) -> Arc<str> {
        const MOST: usize = 1 << 14;
        let text = String::from_utf8_lossy(bytes);
        if let Some(known) = self.0.get(text.as_ref()) {
            return Arc::clone(known);
        }
        let text: Arc<str> = text.into();
        if self.0.len() < MOST {
            self.0.insert(Arc::clone(&text));
        }
        text
    }
}

/// Whether the line is about a fence that is not signaled (`dma_fence_describe`): `<TAB>read fence:… unsignalled`.
fn is_pending(line: &[u8]) -> bool {
    /// What a name can add beside the newline before it.
    const FORGED: usize = 30;
    line.len() > FORGED && line.ends_with(b" unsignalled") && line.windows(7).any(|part| part == b" fence:")
}

/// A number as `%08` prints it.
fn wide(digits: &[u8], radix: u32) -> Option<u64> {
    let digits = std::str::from_utf8(digits).ok().filter(|digits| digits.len() >= 8)?;
    u64::from_str_radix(digits, radix).ok()
}

fn number_between(line: &[u8], before: &[u8], behind: &[u8]) -> Option<usize> {
    let rest = line.strip_prefix(before)?;
    let end = rest.iter().position(|byte| !byte.is_ascii_digit())?;
    rest[end..].starts_with(behind).then(|| std::str::from_utf8(&rest[..end]).ok()?.parse().ok())?
}

#[cfg(test)]
mod tests;
