//! `dmaheap load`

use super::region::Region;
use super::{Manual, stream};
use crate::args::bytes::Bytes;
use crate::dmabuf::sync::Direction;
use crate::dmabuf::transfer;
use crate::error::Error;
use crate::exit::Exit;
use crate::sys::fd::blocking::Patient;
use crate::sys::fd::file::errno_of;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::os::unix::fs::FileTypeExt;
use std::path::{Path, PathBuf};

/// Copy a file or stdin into a buffer, or a part of it
///
/// The input must be exactly as long as the range: that of --offset and --length, else the whole buffer. With
/// --length, input beyond it is left unread.
#[derive(clap::Args, Clone, Debug)]
#[command(override_usage = "dmaheap load [OPTIONS] <-f <N>|--from-socket <SOCKET>> [FILE]")]
pub(crate) struct Args {
    /// Copy from this file; default: - (stdin)
    ///
    /// Example: dmaheap load -f 3 frame.raw
    #[arg(value_name = "FILE")]
    pub file: Option<PathBuf>,

    #[command(flatten)]
    pub bytes: Bytes,
}

pub(crate) const MANUAL: Manual = Manual { verb: "load", columns: Vec::new, prose: || include_str!("load.md").into() };

struct Input {
    file: Patient<File>,
    name: String,
    /// Bytes that it has from here on, where that is known.
    length: Option<u64>,
    /// Whether it has an end that can be waited for: a device need not.
    has_end: bool,
}

impl Input {
    fn open(path: Option<&Path>) -> Result<Self, Error> {
        let (mut file, name) = stream::input("open", path.unwrap_or(Path::new("-")))?;
        let meta = file.metadata().map_err(|error| Error::errno("inspect", &name, errno_of(&error)))?;
        let kind = meta.file_type();
        // What procfs and sysfs make as it is read says 0.
        let has_length = kind.is_block_device() || kind.is_file() && meta.len() > 0;
        let length = has_length.then(|| rest_of(&mut file)).transpose();
        let length = length.map_err(|error| Error::errno("measure", &name, errno_of(&error)))?;
        let has_end = kind.is_fifo() || kind.is_socket() || kind.is_file();
        Ok(Self { file: Patient(file), name, length, has_end })
    }

    /// Refuses a length that does not fit.
    fn check_length(&self, wanted: u64, may_be_longer: bool) -> Result<(), Error> {
        let refused = |reason: String| Error::refused("load", &self.name, reason);
        match self.length {
            Some(0) => Err(refused(format!("is at its end, the range is {wanted} bytes long"))),
            Some(length) if length < wanted => Err(refused(format!("is {length} bytes long, the range {wanted}"))
                .with_hint(format!(
                    "--length {length} loads the whole file and leaves the rest of the buffer unchanged"
                ))),
            Some(length) if length > wanted && !may_be_longer => {
                Err(refused(format!("is {length} bytes long, the range only {wanted}"))
                    .with_hint(format!("--length {wanted} loads only the beginning of the file")))
            }
            _ => Ok(()),
        }
    }

    /// Whether there is a byte more; waits until that is known.
    fn has_more(&mut self) -> Result<bool, Error> {
        let mut byte = [0];
        loop {
            match self.file.read(&mut byte) {
                Ok(count) => return Ok(count > 0),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(Error::errno("read", &self.name, errno_of(&error))),
            }
        }
    }
}

/// How many bytes there are from the position on; the size of a block device is not in its status.
fn rest_of(file: &mut File) -> io::Result<u64> {
    let position = file.stream_position()?;
    let end = file.seek(SeekFrom::End(0))?;
    file.seek(SeekFrom::Start(position))?;
    Ok(end.saturating_sub(position))
}

pub(crate) fn run(args: &Args) -> anyhow::Result<Exit> {
    let region = Region::open(&args.bytes, "load into", Direction::Write)?;
    let mut input = Input::open(args.file.as_deref())?;
    let wanted = region.range.length();
    let has_length = args.bytes.length.is_some();
    input.check_length(wanted, has_length)?;

    let progress = region.progress(false);
    let add = |bytes| progress.add(bytes);
    let loaded = transfer::load(&region.target(), region.range, &mut input.file, &input.name, &add)?;
    drop(progress);
    let refused = |reason: String| Error::refused("load", &input.name, reason);
    if loaded < wanted {
        let reason = format!("ended after {loaded} of {wanted} bytes; the rest of the buffer is unchanged");
        return Err(refused(reason).into());
    }
    let too_long = refused(format!("has more than the {wanted} bytes of the range, which were loaded"))
        .with_hint(format!("--length {wanted} leaves the rest unread"));
    if input.has_end && input.length.is_none() && !has_length && input.has_more()? {
        return Err(too_long.into());
    }
    Ok(Exit::Success)
}
