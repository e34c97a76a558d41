//! Which heaps a verb works on: those that were named, else that of the environment, else its own default.

use super::UsageError;
use crate::error::Hint;
use crate::heap::name::CMA_ALIAS;
use crate::heap::{Place, Selector};
use crate::host::Root;
use crate::ui::output;
use std::env;

/// The environment variable that has the default of `--heap`.
const VARIABLE: &str = "DMAHEAP_HEAP";
/// The heap that most kernels have.
const USUAL: &str = "system";

/// The heaps that were named, or the one of the environment; none where neither names any.
pub(super) fn chosen(named: Vec<Selector>, root: &Root) -> anyhow::Result<Vec<Selector>> {
    let default = if named.is_empty() { env::var_os(VARIABLE).filter(|text| !text.is_empty()) } else { None };
    let Some(default) = default else { return Ok(named) };
    let text = default.to_string_lossy();
    let selector = Selector::parse(&text)
        .map_err(|reason| UsageError(format!("invalid value '{text}' of {VARIABLE}: {reason}")))?;
    let place = Place::of(&selector, root);
    let missing = (!root.has(&place.path)).then(|| place.missing(root));
    // Without any heap it is not the variable that is wrong.
    if let Some(missing) = missing.filter(|missing| missing.hint() != Some(&Hint::NoHeaps)) {
        return Err(missing.because_of(VARIABLE).into());
    }
    Ok(vec![selector])
}

/// The nodes of the heaps that were chosen, or of the usual one; `is_verbose` says what `cma` stands for.
pub(super) fn places(named: Vec<Selector>, is_verbose: bool, root: &Root) -> anyhow::Result<Vec<Place>> {
    let mut selectors = chosen(named, root)?;
    if selectors.is_empty() {
        selectors.push(Selector::Name(USUAL.to_owned()));
    }
    let places: Vec<Place> = selectors.iter().map(|selector| Place::of(selector, root)).collect();
    for place in places.iter().filter(|place| is_verbose && place.by_alias) {
        output::info(&format!("{CMA_ALIAS} resolves to {}", place.name));
    }
    Ok(places)
}
