//! The file of `--expect`.

use crate::cmd::{UsageError, stream};
use crate::error::Error;
use crate::probe::{Expectations, Probed};
use crate::sys::fd::file::errno_of;
use crate::ui::escape::escaped;
use crate::ui::output;
use std::io::Read;
use std::path::Path;

pub(super) fn read(path: &Path) -> anyhow::Result<Expectations> {
    let (mut file, name) = stream::input("read", path)?;
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes).map_err(|error| Error::errno("read", &name, errno_of(&error)))?;
    let text = String::from_utf8(bytes).map_err(|error| {
        let line =
            error.as_bytes().iter().take(error.utf8_error().valid_up_to()).filter(|byte| **byte == b'\n').count();
        UsageError(format!("{name}: line {}: not UTF-8; {ACCEPTED}", line + 1))
    })?;
    Ok(Expectations::parse(&text).map_err(|reason| UsageError(format!("{name}: {reason}; {ACCEPTED}")))?)
}

const ACCEPTED: &str = "expected case=outcome or heap.case=outcome, such as len_zero=ENOMEM (see --list-cases)";

/// A file may be for several boards, but a name that this one lacks is more often mistyped.
pub(super) fn warn_of_unknown_heaps(expectations: &Expectations, probed: &[Probed], there: &[String]) {
    for heap in expectations.heaps() {
        let is_known = probed.iter().any(|known| *known.name == *heap) || there.iter().any(|name| name == heap);
        if !is_known {
            output::info(&escaped(&format!("warning: --expect has lines about '{heap}', which does not exist")));
        }
    }
}
