//! Where two processes meet: a socket in the file system, or an abstract name.

use crate::quote::quoted;
use crate::sys::fd::status::{FileKind, Status};
use crate::sys::pass::socket::{LONGEST_ADDRESS, SocketName};
use std::ffi::{OsStr, OsString};
use std::fmt;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// The address of a Unix socket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Address {
    /// A file: who may connect is a matter of its mode and of the directories above it.
    Path(PathBuf),
    /// A name without a file, without its `@`: who may connect is checked by `SO_PEERCRED`.
    Abstract(OsString),
}

impl Address {
    /// Parses what was typed: `@NAME` is abstract, everything else a path.
    pub(crate) fn parse(text: &OsStr) -> Result<Self, String> {
        let bytes = text.as_bytes();
        if let Some(name) = bytes.strip_prefix(b"@") {
            return match name.len() {
                0 => Err("an abstract socket needs a name after the @".to_owned()),
                1..=LONGEST_ADDRESS => Ok(Self::Abstract(OsStr::from_bytes(name).to_owned())),
                length => Err(too_long(length)),
            };
        }
        match bytes.len() {
            0 => Err("a socket needs a path, or a name after an @".to_owned()),
            1..=LONGEST_ADDRESS => Ok(Self::Path(PathBuf::from(text))),
            length => Err(too_long(length)),
        }
    }

    /// Returns it as the system calls take it.
    pub(crate) fn name(&self) -> SocketName<'_> {
        match self {
            Self::Path(path) => SocketName::Path(path),
            Self::Abstract(name) => SocketName::Abstract(name),
        }
    }

    /// The file, if there is one.
    pub(crate) fn path(&self) -> Option<&Path> {
        match self {
            Self::Path(path) => Some(path),
            Self::Abstract(_) => None,
        }
    }

    /// Whether it is the file of a socket.
    pub(super) fn is_socket(&self) -> bool {
        let meta = self.path().and_then(|path| std::fs::metadata(path).ok());
        meta.is_some_and(|meta| Status::from(&meta).kind == FileKind::Socket)
    }

    /// The line that removes its file.
    pub(super) fn removal(&self) -> String {
        format!("rm {}", self.path().map(quoted).unwrap_or_default())
    }
}

fn too_long(length: usize) -> String {
    format!("{length} bytes long; the address of a Unix socket holds {LONGEST_ADDRESS}")
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Path(path) => path.display().fmt(f),
            Self::Abstract(name) => write!(f, "@{}", name.to_string_lossy()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_at_sign_makes_a_name_abstract() {
        let parse = |text: &str| Address::parse(OsStr::new(text));
        assert_eq!(parse("@a"), Ok(Address::Abstract("a".into())));
        assert_eq!(parse("./@a"), Ok(Address::Path("./@a".into())));
        assert_eq!(parse("@a").map(|address| address.to_string()), Ok("@a".to_owned()));
        for text in ["", "@"] {
            assert!(parse(text).is_err(), "{text}");
        }
        for length in [LONGEST_ADDRESS, LONGEST_ADDRESS + 1] {
            let text = "x".repeat(length);
            assert_eq!(parse(&text).is_ok(), length == LONGEST_ADDRESS);
            assert_eq!(parse(&format!("@{text}")).is_ok(), length == LONGEST_ADDRESS);
        }
    }
}
