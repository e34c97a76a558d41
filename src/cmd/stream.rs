//! `-` in place of a file: stdin where one is read, stdout where one is written.

use crate::error::Error;
use crate::sys::fd::descriptor;
use crate::sys::fd::file::errno_of;
use crate::ui::output;
use crate::ui::replace::Replacement;
use std::fs::File;
use std::path::Path;

pub(super) fn is_stream(path: &Path) -> bool {
    path.as_os_str() == "-"
}

/// Opens what is to be read, and says what messages call it.
pub(super) fn input(operation: &'static str, path: &Path) -> Result<(File, String), Error> {
    let (name, file) = if is_stream(path) {
        ("stdin".to_owned(), descriptor::inherited(0).map(File::from))
    } else {
        (path.display().to_string(), File::open(path).map_err(|error| errno_of(&error)))
    };
    Ok((file.map_err(|errno| Error::errno(operation, &name, errno))?, name))
}

/// Where a document goes: to a file, or to stdout in place of what is printed there otherwise.
#[derive(Debug)]
pub(super) enum Outlet {
    Stdout,
    File(Replacement),
}

impl Outlet {
    pub(super) fn prepare(path: &Path) -> Result<Self, Error> {
        if is_stream(path) { Ok(Self::Stdout) } else { Replacement::prepare(path).map(Self::File) }
    }

    pub(super) fn write(&self, bytes: &[u8]) -> Result<(), Error> {
        match self {
            Self::Stdout => output::data(bytes),
            Self::File(file) => file.write(bytes),
        }
    }

    pub(super) fn is_same_as(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::File(file), Self::File(other)) => file.is_same_as(other),
            (Self::Stdout, Self::Stdout) => true,
            _ => false,
        }
    }
}
