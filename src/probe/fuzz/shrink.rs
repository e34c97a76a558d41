//! Making a request that differs as plain as it can be and still differ.

use super::attempt::{Deviation, alone, generated};
use crate::host::Root;
use crate::model::Kernel;
use crate::model::dmabuf::ExporterKind;
use crate::probe::context::CaseContext;
use crate::probe::number::SafeNumber;
use crate::probe::oracle::predict;
use crate::probe::request::{Fd, Ioctl, Len, Placement, RawRequest};
use crate::uapi::dma_heap::MAGIC;
use crate::uapi::ioctl::{self, ioc};

/// A difference, as small as it could be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Difference {
    /// Position in the sequence.
    pub index: u64,
    pub expected: String,
    pub outcome: String,
    /// The smallest request that differs, as it is written down; `None` if it does not differ alone.
    pub request: Option<String>,
    /// The same in hexadecimal, and what else is worth knowing.
    pub notes: Vec<String>,
    pub lost: Vec<i32>,
    /// How many requests differ so.
    pub count: u64,
    rule: String,
    parts: u16,
}

impl Difference {
    /// Whether the same parts of a request differ by the same rule.
    pub(super) fn is_like(&self, other: &Self) -> bool {
        self.rule == other.rule && self.parts == other.parts
    }

    /// Whether `request`, which differs by `rule`, has in it what makes this one differ.
    pub(super) fn covers(&self, request: &RawRequest, rule: &str) -> bool {
        self.rule == rule && self.parts & parts(request) == self.parts
    }
}

/// The parts of a request that are not plain, a bit each.
fn parts(request: &RawRequest) -> u16 {
    let (good, fields) = (RawRequest::GOOD, request.fields);
    let differs = [
        request.ioctl != good.ioctl,
        request.place != good.place,
        request.tail != good.tail,
        request.fd_high != good.fd_high,
        request.request_high != good.request_high,
        fields.len != good.fields.len,
        fields.fd != good.fields.fd,
        fields.fd_flags != good.fields.fd_flags,
        fields.heap_flags != good.fields.heap_flags,
        fields.reserved != good.fields.reserved,
    ];
    differs.iter().fold(0, |bits, differs| bits << 1 | u16::from(*differs))
}

/// Runs request `index` again, alone, and shrinks it if it differs again.
pub(super) fn examine(context: &CaseContext<'_>, root: &Root, seed: u64, index: u64, first: Deviation) -> Difference {
    let request = generated(context, seed, index);
    let (request, found, again, note) = match alone(context, root, &request).deviation() {
        Some(again) => {
            let (request, found) = shrink(context, root, request, again);
            let notation = request.notation(context.facts.kernel.page_size);
            (request, found, Some(notation), "nothing simpler differs")
        }
        None => (request, first, None, "not reproduced alone: it needs the requests before it"),
    };
    let Deviation { observation, rule } = found;
    let note = if context.is_interrupted() { "interrupted before it could be reduced" } else { note };
    let mut notes = observation.notes;
    notes.push(note.to_owned());
    Difference {
        index,
        request: again,
        expected: expected(context, &request),
        outcome: observation.outcome,
        notes,
        lost: observation.lost,
        count: 1,
        rule,
        parts: parts(&request),
    }
}

pub(super) fn expected(context: &CaseContext<'_>, request: &RawRequest) -> String {
    predict(&context.facts.kernel, ExporterKind::System, request)
        .map_or_else(|| "any answer".to_owned(), |effects| effects.to_string())
}

/// Takes over each simplification with which it still differs, until none is left.
fn shrink(
    context: &CaseContext<'_>,
    root: &Root,
    mut request: RawRequest,
    mut finding: Deviation,
) -> (RawRequest, Deviation) {
    loop {
        let simpler = simplifications(&request, &context.facts.kernel)
            .into_iter()
            .find_map(|candidate| alone(context, root, &candidate).deviation().map(|finding| (candidate, finding)));
        match simpler {
            Some(found) => (request, finding) = found,
            None => return (request, finding),
        }
    }
}

/// Requests that are plainer in one part. Each makes that part what [`RawRequest::GOOD`] has, so this ends.
fn simplifications(request: &RawRequest, kernel: &Kernel) -> Vec<RawRequest> {
    let good = RawRequest::GOOD;
    let mut all = vec![
        RawRequest { ioctl: Ioctl::Alloc, ..*request },
        RawRequest { place: Placement::Middle, ..*request },
        RawRequest { fd_high: 0, ..*request },
        RawRequest { request_high: 0, ..*request },
        RawRequest { tail: 0, ..*request },
        request.len(good.fields.len),
        request.len(Len::Bytes(0)),
        request.fd(Fd::Number(0)),
        request.fd_flags(good.fields.fd_flags),
        request.heap_flags(0),
        request.reserved([0; 2]),
    ];
    if let Ioctl::Number(number) = request.ioctl {
        let number = number.get();
        let (direction, size) = (ioctl::direction(number), ioctl::size(number));
        let plainer = [
            ioc(direction, MAGIC, ioctl::nr(number), size),
            ioc(direction, ioctl::kind(number), 0, size),
            ioc(direction, ioctl::kind(number), ioctl::nr(number), 24),
        ];
        let requests = plainer
            .into_iter()
            .filter_map(SafeNumber::new)
            .map(|number| RawRequest { ioctl: Ioctl::Number(number), ..*request });
        all.extend(requests);
    }
    // `len` has two plain values: the second is tried on others only, or shrinking would go in circles.
    let is_progress = |candidate: &RawRequest| {
        candidate != request
            && !(request.fields.len == good.fields.len && candidate.fields.len == Len::Bytes(0))
            && candidate.is_modest(kernel.abi, kernel.page_size)
    };
    all.retain(is_progress);
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Abi;

    #[test]
    fn shrinking_comes_to_an_end() {
        for index in 0..500 {
            let mut request = crate::probe::fuzz::generate::request(3, index, Abi::Mainline, 4096);
            let mut steps = 0;
            while let Some(next) = simplifications(&request, &Kernel::DEBIAN_6_12).pop() {
                request = next;
                steps += 1;
                assert!(steps < 100, "{request:?}");
            }
        }
    }
}
