//! `dmaheap dump`

use super::region::Region;
use super::{Manual, stream};
use crate::args::bytes::Bytes;
use crate::dmabuf::sync::Direction;
use crate::dmabuf::transfer;
use crate::error::Error;
use crate::exit::Exit;
use crate::sys::fd::blocking::Patient;
use crate::sys::fd::file::errno_of;
use crate::ui::hex::Hex;
use crate::ui::{destination, output};
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

/// Copy a buffer, or a part of it, to a file or stdout
///
/// The bytes are copied unchanged, or printed as a hex dump with --hex.
#[derive(clap::Args, Clone, Debug)]
#[command(override_usage = "dmaheap dump [OPTIONS] <-f <N>|--from-socket <SOCKET>> [FILE]")]
pub(crate) struct Args {
    /// Copy to this file; default: - (stdout)
    ///
    /// A file that exists is overwritten.
    ///
    /// Example: dmaheap dump -f 3 frame.raw
    #[arg(value_name = "FILE")]
    pub file: Option<PathBuf>,

    /// Print a hex dump like hexdump -C
    ///
    /// Repeated lines are replaced by a single *.
    ///
    /// Example: --hex --length 256
    #[arg(long)]
    pub hex: bool,

    #[command(flatten)]
    pub bytes: Bytes,
}

pub(crate) const MANUAL: Manual = Manual { verb: "dump", columns: Vec::new, prose: || include_str!("dump.md").into() };

/// Where the bytes go. A file is made when the first of them comes: a buffer that cannot be read
/// destroys nothing.
struct Sink<'a> {
    path: Option<&'a Path>,
    file: Option<Patient<File>>,
    /// Why there is none, which an error of input and output cannot say.
    refused: Option<Error>,
    written: u64,
}

impl Write for Sink<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let file = match (&mut self.file, self.path) {
            (Some(file), _) => file,
            (file, Some(path)) => match destination::create(path) {
                Ok(made) => file.insert(made),
                Err(error) => {
                    self.refused = Some(error);
                    return Err(io::ErrorKind::NotConnected.into());
                }
            },
            (None, None) => return Err(io::ErrorKind::NotConnected.into()),
        };
        let written = file.write(bytes)?;
        self.written += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

pub(crate) fn run(args: &Args) -> anyhow::Result<Exit> {
    let region = Region::open(&args.bytes, "dump", Direction::Read)?;
    let path = args.file.as_deref().filter(|path| !stream::is_stream(path));
    let is_shared = path.is_none() && output::is_terminal();
    if is_shared && !args.hex {
        return Err(Error::refused("dump to", "stdout", "binary output would garble the terminal")
            .with_hint("use --hex, or write to a FILE or a pipe")
            .into());
    }
    let name = path.map_or_else(|| "stdout".to_owned(), |path| path.display().to_string());
    let file = if path.is_none() { Some(Patient(output::stream()?)) } else { None };
    let mut sink = Sink { path, file, refused: None, written: 0 };

    let progress = region.progress(is_shared);
    let add = |bytes| progress.add(bytes);
    let done = if args.hex {
        let mut hex = Hex::new(BufWriter::new(&mut sink), region.range.offset());
        transfer::dump(&region.target(), region.range, &mut hex, &name, &add)
            .and_then(|()| hex.finish().map_err(|error| Error::errno("write", &name, errno_of(&error))))
    } else {
        transfer::dump(&region.target(), region.range, &mut sink, &name, &add)
    };
    drop(progress);
    done.map_err(|error| match (sink.refused, path) {
        (Some(refused), _) => refused,
        (None, Some(_)) if sink.written > 0 => {
            error.with_hint(format!("{name} contains only the first {} bytes", sink.written))
        }
        (None, _) => error,
    })?;
    Ok(Exit::Success)
}
