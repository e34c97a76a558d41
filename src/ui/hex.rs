//! Bytes as `hexdump -C` shows them: sixteen a line, a run of equal lines as one `*`.

use std::io::{self, Write};

const LINE: usize = 16;

/// Writes what it is given as lines of text to another writer. [`Hex::finish`] ends it.
#[derive(Debug)]
pub(crate) struct Hex<W> {
    output: W,
    /// The offset of the line that is being filled.
    offset: u64,
    line: Vec<u8>,
    last: Option<[u8; LINE]>,
    is_skipping: bool,
}

impl<W: Write> Hex<W> {
    /// The first byte is the one at `offset`.
    pub(crate) const fn new(output: W, offset: u64) -> Self {
        Self { output, offset, line: Vec::new(), last: None, is_skipping: false }
    }

    /// Writes what is left of a line, then the offset behind the last byte.
    pub(crate) fn finish(mut self) -> io::Result<()> {
        if !self.line.is_empty() {
            write_line(&mut self.output, self.offset, &self.line)?;
            self.offset += self.line.len() as u64;
        }
        writeln!(self.output, "{:08x}", self.offset)?;
        self.output.flush()
    }

    fn write_line(&mut self, line: [u8; LINE]) -> io::Result<()> {
        if self.last == Some(line) {
            if !self.is_skipping {
                self.output.write_all(b"*\n")?;
            }
            self.is_skipping = true;
        } else {
            write_line(&mut self.output, self.offset, &line)?;
            self.is_skipping = false;
        }
        self.last = Some(line);
        self.offset += LINE as u64;
        Ok(())
    }
}

impl<W: Write> Write for Hex<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let taken = bytes.len().min(LINE - self.line.len());
        self.line.extend_from_slice(&bytes[..taken]);
        if let Ok(line) = <[u8; LINE]>::try_from(self.line.as_slice()) {
            self.line.clear();
            self.write_line(line)?;
        }
        Ok(taken)
    }

    /// An incomplete line must wait.
    fn flush(&mut self) -> io::Result<()> {
        self.output.flush()
    }
}

fn write_line(output: &mut impl Write, offset: u64, bytes: &[u8]) -> io::Result<()> {
    let mut text = format!("{offset:08x} ");
    for at in 0..LINE {
        if at % 8 == 0 {
            text.push(' ');
        }
        match bytes.get(at) {
            Some(byte) => text.push_str(&format!("{byte:02x} ")),
            None => text.push_str("   "),
        }
    }
    text.push_str(" |");
    text.extend(bytes.iter().map(|byte| if matches!(byte, b' '..=b'~') { char::from(*byte) } else { '.' }));
    text.push_str("|\n");
    output.write_all(text.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(offset: u64, bytes: &[u8]) -> String {
        let mut text = Vec::new();
        let mut hex = Hex::new(&mut text, offset);
        hex.write_all(bytes).unwrap();
        hex.finish().unwrap();
        String::from_utf8(text).unwrap()
    }

    #[test]
    fn lines_are_those_of_hexdump() {
        assert_eq!(
            shown(0x20, b"dma-buf\0\xff12345678"),
            "00000020  64 6d 61 2d 62 75 66 00  ff 31 32 33 34 35 36 37  |dma-buf..1234567|\n\
             00000030  38                                                |8|\n\
             00000031\n"
        );
    }

    #[test]
    fn a_run_of_equal_lines_is_one_star() {
        let text = shown(0, &[[0; 64].as_slice(), &[1; 16], &[1; 3]].concat());
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 5);
        assert!(lines[0].starts_with("00000000  00 ") && lines[1] == "*" && lines[2].starts_with("00000040  01 "));
        assert!(lines[3].starts_with("00000050  01 01 01   ") && lines[4] == "00000053", "{text}");
    }
}
