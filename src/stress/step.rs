//! What a job does next: drawn from the seed, the job and the number of the step, whatever came before.

use super::content::Content;
use crate::random::Random;
use crate::sys::fd::oflags;
use std::fmt;

/// An action on the buffer in a slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Action {
    /// Compare it with what it should hold.
    Verify,
    Refill,
    /// Let a thread compare it as well, at the same time.
    ShareThread,
    /// Let a process compare it and refill it.
    ShareProcess,
    Free,
}

/// A step. An empty slot gets a buffer; the buffer in another one is acted upon.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Step {
    pub(super) job: usize,
    pub(super) number: u64,
    pub(super) slot: usize,
    pub(super) action: Action,
    pub(super) heap: usize,
    /// Bytes of a new buffer.
    pub(super) size: u64,
    pub(super) fd_flags: u32,
    pub(super) content: Content,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Choices {
    pub(super) seed: u64,
    pub(super) slots: usize,
    pub(super) heaps: usize,
    pub(super) sizes: (u64, u64),
}

impl Step {
    pub(super) fn draw(choices: &Choices, job: usize, number: u64) -> Self {
        let of_job = Random::new(choices.seed ^ (job as u64).wrapping_mul(0xd6e8_feb8_6659_fd93)).bits();
        let mut random = Random::new(of_job ^ number.wrapping_mul(0xa076_1d64_78bd_642f));
        let slot = random.below(choices.slots as u64) as usize;
        let action = match random.below(100) {
            0..30 => Action::Verify,
            30..50 => Action::Refill,
            50..65 => Action::ShareThread,
            65..80 => Action::ShareProcess,
            _ => Action::Free,
        };
        let heap = random.below(choices.heaps as u64) as usize;
        let size = size(&mut random, choices.sizes);
        // Most can be written; the others show that access modes mix.
        let access = match random.below(10) {
            0 => oflags::RDONLY,
            1 => random.pick(&[oflags::WRONLY, oflags::ACCESS_MASK], oflags::WRONLY),
            _ => oflags::RDWR,
        };
        let cloexec = if random.one_in(2) { 0 } else { oflags::CLOEXEC };
        let content = Content::drawn(random.bits(), random.bits());
        Self { job, number, slot, action, heap, size, fd_flags: access | cloexec, content }
    }
}

/// A size whose magnitude is as likely as any other.
fn size(random: &mut Random, (min, max): (u64, u64)) -> u64 {
    let (low, high) = (min.max(1).ilog2(), max.max(1).ilog2());
    let base = 1_u64 << (u64::from(low) + random.below(u64::from(high - low.min(high)) + 1));
    let size = base.saturating_add(random.below(base));
    size.clamp(min, max)
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { job, number, slot, action, heap, size, fd_flags, content } = self;
        let action = match action {
            Action::Verify => "verify",
            Action::Refill => "refill",
            Action::ShareThread => "share with a thread",
            Action::ShareProcess => "share with a process",
            Action::Free => "free",
        };
        write!(
            f,
            "job {job} operation {number}: slot {slot}: {action}, or heap {heap} size {size} flags {fd_flags:#x}; {} {:#x}",
            content.pattern(),
            content.seed
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const CHOICES: Choices = Choices { seed: 42, slots: 16, heaps: 2, sizes: (4096, 1 << 20) };

    #[test]
    fn a_step_depends_on_seed_job_and_number() {
        let step = Step::draw(&CHOICES, 1, 7);
        assert_eq!(Step::draw(&CHOICES, 1, 7), step);
        assert_ne!(Step::draw(&CHOICES, 0, 7).content, step.content);
        assert_ne!(Step::draw(&CHOICES, 1, 8).content, step.content);
        assert_ne!(Step::draw(&Choices { seed: 43, ..CHOICES }, 1, 7).content, step.content);
    }

    #[test]
    fn every_action_is_drawn() {
        let steps: Vec<Step> = (0..2000).map(|number| Step::draw(&CHOICES, 0, number)).collect();
        for action in [Action::Verify, Action::Refill, Action::ShareThread, Action::ShareProcess, Action::Free] {
            assert!(steps.iter().any(|step| step.action == action), "{action:?}");
        }
        for flags in [oflags::RDONLY, oflags::WRONLY, oflags::RDWR, oflags::ACCESS_MASK] {
            assert!(steps.iter().any(|step| step.fd_flags & oflags::ACCESS_MASK == flags), "{flags}");
        }
        assert!((0..16).all(|slot| steps.iter().any(|step| step.slot == slot)));
        assert!((0..2).all(|heap| steps.iter().any(|step| step.heap == heap)));
        assert!(steps.iter().any(|step| step.size < 8192) && steps.iter().any(|step| step.size > 512 << 10));
    }

    proptest! {
        #[test]
        fn sizes_stay_between_their_bounds(seed: u64, min in 1..u64::MAX, more: u64) {
            let max = min.saturating_add(more);
            let drawn = size(&mut Random::new(seed), (min, max));
            prop_assert!((min..=max).contains(&drawn), "{}", drawn);
        }
    }
}
