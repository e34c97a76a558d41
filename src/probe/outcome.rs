//! What came of a request, as one short text that can be compared.
//!
//! - `ok`: a buffer, whose descriptor was returned. `done`: success without a buffer.
//! - `EINVAL` and the like: the error.
//! - `+hidden_fd`: success, but the descriptor was not returned. `+lost_fd`: a descriptor in spite of the error.
//! - `+struct_changed`, `+overrun`: bytes that should not have been were written in or beside the struct.
//! - `killed SIGKILL`, `timeout`, `crash`, `stuck`: what became of the child.

use crate::sys::{Errno, errno_name};
use serde::{Deserialize, Serialize};
use std::fmt;

/// A request's effects, observed or predicted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Effects {
    pub error: Option<i32>,
    pub opened: usize,
    /// Whether one was returned to the caller.
    pub returned: bool,
    /// Whether the struct has changed otherwise than by that number.
    pub changed: bool,
    /// Whether bytes outside of the struct have changed.
    pub overrun: bool,
    /// Further facts that the case looks at.
    pub shown: Option<String>,
}

impl Effects {
    /// The outcome of a request that is refused and does nothing.
    pub(super) fn refused(errno: Errno) -> Self {
        Self { error: Some(errno as i32), ..Self::default() }
    }

    /// The error of a request that did nothing else.
    pub(super) fn refusal(&self) -> Option<Errno> {
        self.error.map(Errno::from_raw).filter(|errno| *self == Self::refused(*errno))
    }
}

impl fmt::Display for Effects {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.error {
            Some(errno) => f.write_str(&errno_name(Errno::from_raw(errno)))?,
            None if self.opened == 0 && !self.returned => f.write_str("done")?,
            None => f.write_str("ok")?,
        }
        if let Some(shown) = &self.shown {
            write!(f, " {shown}")?;
        }
        let hidden = self.opened.saturating_sub(usize::from(self.returned));
        match (hidden, self.error) {
            (0, _) => {}
            (_, None) => f.write_str("+hidden_fd")?,
            (_, Some(_)) => f.write_str("+lost_fd")?,
        }
        if self.changed {
            f.write_str("+struct_changed")?;
        }
        if self.overrun {
            f.write_str("+overrun")?;
        }
        Ok(())
    }
}
