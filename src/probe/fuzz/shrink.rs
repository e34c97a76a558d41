//! Making a request that differs as plain as it can be and still differ.

use super::attempt::{alone, generated};
use crate::host::Root;
use crate::model::Kernel;
use crate::probe::context::CaseContext;
use crate::probe::number::SafeNumber;
use crate::probe::observation::Observation;
use crate::probe::oracle::predict;
use crate::probe::request::{Fd, Ioctl, Len, Placement, RawRequest};
use crate::uapi::dma_heap::MAGIC;
use crate::uapi::ioctl::{self, ioc};

/// A difference, as small as it could be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Difference {
    /// Which request of the sequence.
    pub index: u64,
    pub expected: String,
    pub outcome: String,
    /// The smallest request that differs, and what else is worth knowing.
    pub notes: Vec<String>,
    pub lost: Vec<i32>,
}

/// Runs request `index` again, alone, and shrinks it if it differs again.
pub(super) fn examine(context: &CaseContext<'_>, root: &Root, seed: u64, index: u64, first: Observation) -> Difference {
    let request = generated(context, seed, index);
    let Some(again) = alone(context, root, &request) else {
        let mut notes = first.notes;
        notes.push("not reproduced alone: it needs the requests before it".to_owned());
        let expected = expected(context, &request);
        return Difference { index, expected, outcome: first.outcome, notes, lost: first.lost };
    };
    let (request, observation) = shrink(context, root, request, again);
    let mut notes = observation.notes;
    notes.push("nothing simpler differs".to_owned());
    Difference {
        index,
        expected: expected(context, &request),
        outcome: observation.outcome,
        notes,
        lost: observation.lost,
    }
}

fn expected(context: &CaseContext<'_>, request: &RawRequest) -> String {
    predict(&context.facts.kernel, request).map_or_else(|| "any answer".to_owned(), |effects| effects.to_string())
}

/// Takes over each simplification with which it still differs, until none is left.
fn shrink(
    context: &CaseContext<'_>,
    root: &Root,
    mut request: RawRequest,
    mut observation: Observation,
) -> (RawRequest, Observation) {
    loop {
        let simpler = simplifications(&request, &context.facts.kernel)
            .into_iter()
            .find_map(|candidate| alone(context, root, &candidate).map(|observation| (candidate, observation)));
        match simpler {
            Some(found) => (request, observation) = found,
            None => return (request, observation),
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
