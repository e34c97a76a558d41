//! Making a request that differs as plain as it can be and still differ.

use super::{Difference, alone, differs, generated};
use crate::host::Root;
use crate::model::Kernel;
use crate::probe::number::Number;
use crate::probe::predict::predict;
use crate::probe::scene::Scene;
use crate::probe::shot::{Fd, Len, Place, Request, Shot};
use crate::probe::trial::Trial;
use crate::uapi::dma_heap::MAGIC;
use crate::uapi::ioctl::{self, ioc};

/// Runs request `index` again, alone, and shrinks it if it differs again.
pub(super) fn examine(scene: &Scene<'_>, root: &Root, seed: u64, index: u64, first: Trial) -> Difference {
    let shot = generated(scene, seed, index);
    let again = alone(scene, root, &shot);
    if !differs(&again) {
        let mut notes = first.notes;
        notes.push("alone it did not happen again: it needs the requests before it".to_owned());
        let expected = expected(scene, &shot);
        return Difference { index, expected, outcome: first.outcome, notes, lost: first.lost };
    }
    let (shot, trial) = shrink(scene, root, shot, again);
    let mut notes = trial.notes;
    notes.push(format!("shrunk to {shot:?}"));
    Difference { index, expected: expected(scene, &shot), outcome: trial.outcome, notes, lost: trial.lost }
}

fn expected(scene: &Scene<'_>, shot: &Shot) -> String {
    predict(&scene.facts.kernel, shot).map_or_else(|| "any answer".to_owned(), |effects| effects.to_string())
}

/// Takes over each simplification with which it still differs, until none is left.
fn shrink(scene: &Scene<'_>, root: &Root, mut shot: Shot, mut trial: Trial) -> (Shot, Trial) {
    loop {
        let simpler = simplifications(&shot, &scene.facts.kernel).into_iter().find_map(|candidate| {
            let trial = alone(scene, root, &candidate);
            differs(&trial).then_some((candidate, trial))
        });
        match simpler {
            Some(found) => (shot, trial) = found,
            None => return (shot, trial),
        }
    }
}

/// Requests that are plainer in one part. Each makes that part what [`Shot::GOOD`] has, so that this ends.
fn simplifications(shot: &Shot, kernel: &Kernel) -> Vec<Shot> {
    let good = Shot::GOOD;
    let mut all = vec![
        Shot { request: Request::Alloc, ..*shot },
        Shot { place: Place::Middle, ..*shot },
        Shot { fd_high: 0, ..*shot },
        Shot { request_high: 0, ..*shot },
        Shot { tail: 0, ..*shot },
        shot.len(good.fields.len),
        shot.len(Len::Bytes(0)),
        shot.fd(Fd::Number(0)),
        shot.fd_flags(good.fields.fd_flags),
        shot.heap_flags(0),
        shot.reserved([0; 2]),
    ];
    if let Request::Number(number) = shot.request {
        let number = number.get();
        let (direction, size) = (ioctl::direction(number), ioctl::size(number));
        let plainer = [
            ioc(direction, MAGIC, ioctl::nr(number), size),
            ioc(direction, ioctl::kind(number), 0, size),
            ioc(direction, ioctl::kind(number), ioctl::nr(number), 24),
        ];
        let shots = plainer
            .into_iter()
            .filter_map(Number::new)
            .map(|number| Shot { request: Request::Number(number), ..*shot });
        all.extend(shots);
    }
    // `len` has two plain values: the second is tried on others only, or shrinking would go in circles.
    let is_progress = |candidate: &Shot| {
        candidate != shot
            && !(shot.fields.len == good.fields.len && candidate.fields.len == Len::Bytes(0))
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
            let mut shot = super::super::generate::shot(3, index, Abi::Mainline, 4096);
            let mut steps = 0;
            while let Some(next) = simplifications(&shot, &Kernel::DEBIAN_6_12).pop() {
                shot = next;
                steps += 1;
                assert!(steps < 100, "{shot:?}");
            }
        }
    }
}
