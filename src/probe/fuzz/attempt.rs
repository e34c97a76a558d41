//! One random request: made, sent, and compared with what the rules say.

use super::generate;
use crate::heap::MemoryKind;
use crate::host::Root;
use crate::model::Kernel;
use crate::model::dmabuf::ExporterKind;
use crate::probe::context::CaseContext;
use crate::probe::exchange::send;
use crate::probe::memory::RequestMemory;
use crate::probe::observation::Observation;
use crate::probe::oracle::predict;
use crate::probe::outcome::Effects;
use crate::probe::request::{Fd, Len, RawRequest};
use crate::probe::{child, leaks, shortage};
use crate::sys::Errno;
use crate::sys::probe::arena::Reach;
use serde::{Deserialize, Serialize};

/// One of this many requests on a CMA heap may allocate.
const CONTIGUOUS: u64 = 16;

/// Request `index` of the sequence of `seed`, as it is sent to this heap.
pub(super) fn generated(context: &CaseContext<'_>, seed: u64, index: u64) -> RawRequest {
    let kernel = &context.facts.kernel;
    let request = generate::request(seed, index, kernel.abi, kernel.page_size);
    // To find contiguous pages takes a hundred times as long as all the rest, and the rules before it
    // are the same on every heap.
    if context.kind == MemoryKind::Cma && index % CONTIGUOUS != 0 { refused(kernel, request, index) } else { request }
}

/// Changes a field of `request` to one that keeps it from allocating, if it would have.
fn refused(kernel: &Kernel, request: RawRequest, index: u64) -> RawRequest {
    let allocates =
        |request: &RawRequest| predict(kernel, ExporterKind::System, request).is_some_and(|effects| effects.opened > 0);
    if !allocates(&request) {
        return request;
    }
    let mut spoilt = [request.fd(Fd::Number(1)), request.heap_flags(1 << (index % 64)), request.fd_flags(1 << 4)];
    spoilt.rotate_left(index as usize % 3);
    // Requests that are too short for the other fields have a length.
    spoilt.into_iter().find(|request| !allocates(request)).unwrap_or_else(|| request.len(Len::Bytes(0)))
}

#[derive(Serialize, Deserialize)]
pub(super) enum Compared {
    Same,
    /// The rules could not judge this outcome.
    Unjudged(String),
    Different(Deviation),
}

impl Compared {
    /// What differs, if the request could be sent.
    pub(super) fn deviation(self) -> Option<Deviation> {
        match self {
            Self::Different(found) => Some(found).filter(|found| found.observation.skipped.is_none()),
            Self::Same | Self::Unjudged(_) => None,
        }
    }
}

/// A difference from the rules, and the rule that it is grouped by.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Deviation {
    pub observation: Observation,
    /// The expected answer and the one that came, as far as both are the same for requests of other sizes.
    pub rule: String,
}

impl Deviation {
    /// Makes a deviation that is grouped by its outcome alone.
    pub(super) fn of(observation: Observation) -> Self {
        Self { rule: observation.outcome.clone(), observation }
    }
}

pub(super) fn compare(
    context: &CaseContext<'_>,
    root: &Root,
    memory: &RequestMemory,
    request: &RawRequest,
) -> Compared {
    let exchange = match send(context, memory, request) {
        Ok(exchange) => exchange,
        Err(errno) => return Compared::Different(Deviation::of(Observation::unprepared("send", errno))),
    };
    let Some(expected) = predict(&context.facts.kernel, ExporterKind::System, request) else {
        return Compared::Unjudged(exchange.effects.to_string());
    };
    if expected == exchange.effects {
        return Compared::Same;
    }
    let is_short = exchange.effects.refusal() == Some(Errno::ENOMEM);
    if let Some(reason) = is_short.then(|| shortage::by_others(root, context)).flatten() {
        return Compared::Different(Deviation::of(Observation::skip(format!("ENOMEM: {reason}"))));
    }
    let notes = vec![format!("expected {expected}"), context.describe(request)];
    let observation = Observation { notes, ..Observation::of_exchange(&exchange) };
    // What a success opens depends on what else is odd about the request.
    let plain = |effects: Effects| Effects { error: effects.error, ..Effects::default() };
    let [expected, found] = if expected.error == exchange.effects.error {
        [expected, exchange.effects]
    } else {
        [plain(expected), plain(exchange.effects)]
    }
    .map(|effects| Effects { shown: None, ..effects });
    Compared::Different(Deviation { observation, rule: format!("{expected}, not {found}") })
}

/// Sends one request in a child of its own.
pub(super) fn alone(context: &CaseContext<'_>, root: &Root, request: &RawRequest) -> Compared {
    let attempt = |log: child::ChildLog<'_>| {
        log.announce(&context.describe(request));
        match RequestMemory::new(context.facts.kernel.page_size, Reach::Native) {
            Ok(memory) => compare(context, root, &memory, request),
            Err(errno) => Compared::Different(Deviation::of(Observation::unprepared("map memory", errno))),
        }
    };
    let ((compared, last), left) =
        leaks::counted(root, || child::report(context.facts.limit, context.signals, attempt));
    let mut finding = match compared {
        Ok(as_expected @ (Compared::Same | Compared::Unjudged(_))) if !left.is_certain() => return as_expected,
        Ok(Compared::Same | Compared::Unjudged(_)) => Deviation::of(Observation::of("same")),
        Ok(Compared::Different(finding)) => finding,
        Err(end) => Deviation::of(end),
    };
    finding.observation = finding.observation.about(last);
    leaks::note(&mut finding.observation, &left);
    Compared::Different(finding)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_that_is_refused_allocates_nothing() {
        let kernel = Kernel::DEBIAN_6_12;
        let allocates = |request: &RawRequest| {
            predict(&kernel, ExporterKind::System, request).is_some_and(|effects| effects.opened > 0)
        };
        let mut spoilt = 0;
        for index in 0..5000 {
            let request = generate::request(7, index, kernel.abi, kernel.page_size);
            let refused = refused(&kernel, request, index);
            assert!(!allocates(&refused), "{refused:?}");
            spoilt += usize::from(refused != request);
        }
        assert!(spoilt > 500, "{spoilt}");
    }
}
