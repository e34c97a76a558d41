//! Results in a file: what `--json` prints, read again.

use crate::error::Error;
use crate::sys::Errno;
use crate::sys::fd::file::errno_of;
use crate::ui::json;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::fs::{self, File};
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

/// The bytes of a regular file or a pipe.
pub(super) fn bytes(path: &Path) -> Result<Vec<u8>, Error> {
    let name = path.display();
    let fail = |error: std::io::Error| Error::errno("read", &name, errno_of(&error));
    let kind = fs::metadata(path).map_err(fail)?.file_type();
    if kind.is_dir() {
        return Err(Error::errno("read", &name, Errno::EISDIR));
    }
    // To open a device can do harm.
    if !kind.is_file() && !std::os::unix::fs::FileTypeExt::is_fifo(&kind) {
        return Err(Error::refused("read", &name, "neither a regular file nor a pipe"));
    }
    let mut bytes = Vec::new();
    File::open(path).and_then(|file| file.take(LIMIT).read_to_end(&mut bytes)).map_err(fail)?;
    Ok(bytes)
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
