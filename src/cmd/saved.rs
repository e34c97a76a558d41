//! Results in a file: what `--json` prints, read again.

use crate::cmd::stream::{self, is_stream};
use crate::error::Error;
use crate::sys::Errno;
use crate::sys::fd::file::errno_of;
use crate::ui::json;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::fs;
use std::io::Read;
use std::path::Path;

const LIMIT: u64 = 64 << 20;

#[derive(Deserialize)]
pub(super) struct Document<R> {
    version: u32,
    /// Whether `dmaheap sim` answered.
    pub simulated: bool,
    pub rows: Vec<R>,
}

/// Reads a regular file, a pipe or, for `-`, stdin; with what messages call it.
pub(super) fn bytes(path: &Path) -> Result<(Vec<u8>, String), Error> {
    if !is_stream(path) {
        check(path)?;
    }
    let (file, name) = stream::input("read", path)?;
    let mut bytes = Vec::new();
    file.take(LIMIT).read_to_end(&mut bytes).map_err(|error| Error::errno("read", &name, errno_of(&error)))?;
    Ok((bytes, name))
}

/// Refuses what is not to be opened: to open a device can do harm.
fn check(path: &Path) -> Result<(), Error> {
    let name = path.display();
    let kind = fs::metadata(path).map_err(|error| Error::errno("read", &name, errno_of(&error)))?.file_type();
    if kind.is_dir() {
        return Err(Error::errno("read", &name, Errno::EISDIR));
    }
    if !kind.is_file() && !std::os::unix::fs::FileTypeExt::is_fifo(&kind) {
        return Err(Error::refused("read", &name, "neither a regular file nor a pipe"));
    }
    Ok(())
}

/// The document in `bytes`, with rows of `verb`; or what is wrong with it.
pub(super) fn document<R: DeserializeOwned>(bytes: &[u8], verb: &str) -> Result<Document<R>, String> {
    let document: Document<R> =
        serde_json::from_slice(bytes).map_err(|error| format!("not a saved run of dmaheap {verb}: {error}"))?;
    match document.version {
        json::VERSION if document.rows.is_empty() => Err("it contains no results".to_owned()),
        json::VERSION => Ok(document),
        other => Err(format!("its version is {other}; this dmaheap reads version {}", json::VERSION)),
    }
}
