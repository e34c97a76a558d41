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
//! of them. A record begins with four numbers of eight digits and more, which is longer; and of the lines
//! about devices the last ones are the kernel's, because the name stands before them.

/// What the kernel tells about one buffer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Inode number.
    pub inode: u64,
    /// Bytes.
    pub size: u64,
    /// References to the file, all of them.
    pub count: u64,
    /// Who exported it.
    pub exporter: String,
    /// Its name up to the first newline, if it has one.
    pub name: Option<String>,
    /// Devices that are attached, as `dev_name` prints them.
    pub devices: Vec<String>,
}

/// The whole file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bufinfo {
    /// The buffers, in the order of the file.
    pub records: Vec<Record>,
    /// Whether the file ended as it should: with the number of buffers that were read.
    pub is_complete: bool,
}

/// Parses the file.
#[must_use]
pub fn parse(bytes: &[u8]) -> Bufinfo {
    let mut parser = Parser::default();
    bytes.split(|byte| *byte == b'\n').for_each(|line| parser.line(line));
    parser.finish()
}

/// A parser that is fed with lines, so that a large file need not be held.
#[derive(Debug, Default)]
pub struct Parser {
    info: Bufinfo,
    /// Lines of the last record that may be devices, without the tabulator at their beginning.
    devices: Vec<Vec<u8>>,
    /// What the last line that is not empty says of the number of buffers.
    total: Option<usize>,
}

impl Parser {
    /// Takes the next line, without its newline.
    pub fn line(&mut self, line: &[u8]) {
        if line.is_empty() {
            return;
        }
        if let Some(record) = parse_record(line) {
            self.devices.clear();
            self.total = None;
            self.info.records.push(record);
            return;
        }
        self.total = number_between(line, b"Total ", b" objects, ");
        if line == b"\tAttached Devices:" {
            self.devices.clear();
        } else if let Some(device) = line.strip_prefix(b"\t") {
            self.devices.push(device.to_vec());
        } else if let (Some(count), Some(record)) =
            (number_between(line, b"Total ", b" devices attached"), self.info.records.last_mut())
        {
            // The devices are the lines before the last one that counts them.
            let first = self.devices.len().saturating_sub(count);
            let names = self.devices[first..].iter();
            record.devices = names.map(|device| String::from_utf8_lossy(device).into_owned()).collect();
            self.devices.clear();
        } else {
            self.devices.clear();
        }
    }

    /// What there was.
    #[must_use]
    pub fn finish(self) -> Bufinfo {
        let is_complete = self.total == Some(self.info.records.len());
        Bufinfo { is_complete, ..self.info }
    }
}

fn parse_record(line: &[u8]) -> Option<Record> {
    let mut fields = line.splitn(7, |byte| *byte == b'\t');
    let size = wide(fields.next()?, 10)?;
    wide(fields.next()?, 16)?;
    wide(fields.next()?, 16)?;
    let count = wide(fields.next()?, 10)?;
    let exporter = String::from_utf8_lossy(fields.next()?).into_owned();
    let inode = wide(fields.next()?, 10)?;
    // 5.10 prints nothing for a buffer without a name.
    let name = fields.next().filter(|name| !matches!(*name, b"" | b"<none>"));
    let name = name.map(|name| String::from_utf8_lossy(name).into_owned());
    Some(Record { inode, size, count, exporter, name, devices: Vec::new() })
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
