//! Which dma-bufs the kernel has, if debugfs lists them.

use super::observation::Observation;
use crate::holders::{self, ReadState};
use crate::host::Root;
use std::collections::BTreeSet;
use std::time::Duration;

/// The inode numbers of the dma-bufs on the machine, which are never used twice; `None` where the kernel
/// does not tell this user.
#[derive(Clone, Debug, PartialEq, Eq)]
struct KernelBuffers(Option<BTreeSet<u64>>);

impl KernelBuffers {
    fn of(root: &Root) -> Self {
        let mut inodes = BTreeSet::new();
        let source = holders::read_bufinfo(root, |record| inodes.extend([record.inode]));
        Self((source == ReadState::Read).then_some(inodes))
    }

    /// How many that were not there then are there now, also after a moment: what a process that has ended
    /// held may take that long to go.
    fn newer(&self, root: &Root) -> usize {
        const ROUNDS: u32 = 20;
        const PAUSE: Duration = Duration::from_millis(10);
        let Some(before) = &self.0 else { return 0 };
        let mut newer: Option<BTreeSet<u64>> = None;
        for round in 0..ROUNDS {
            if round > 0 {
                std::thread::sleep(PAUSE);
            }
            let Self(Some(now)) = Self::of(root) else { return 0 };
            // One that others made and freed in the meantime is not left over.
            let stayed: BTreeSet<u64> = match &newer {
                None => now.difference(before).copied().collect(),
                Some(newer) => now.intersection(newer).copied().collect(),
            };
            if stayed.is_empty() {
                return 0;
            }
            newer = Some(stayed);
        }
        newer.map_or(0, |newer| newer.len())
    }
}

/// What came of `attempt`, with a word about dma-bufs that its processes left in the kernel.
pub(super) fn checked(root: &Root, attempt: impl Fn() -> Observation) -> Observation {
    let (mut observation, left) = counted(root, attempt);
    note(&mut observation, left);
    observation
}

/// What came of `attempt`, and how many dma-bufs its processes left in the kernel.
///
/// Others may have made a buffer in the meantime and keep it: an attempt that leaves one does so each time.
pub(super) fn counted<T>(root: &Root, attempt: impl Fn() -> T) -> (T, usize) {
    let once = || {
        let before = KernelBuffers::of(root);
        let outcome = attempt();
        (outcome, before.newer(root))
    };
    let (outcome, left) = once();
    let is_left = left > 0 && once().1 > 0;
    (outcome, if is_left { left } else { 0 })
}

/// Says of an outcome that so many buffers are left.
pub(super) fn note(observation: &mut Observation, left: usize) {
    if left > 0 {
        observation.leave("+buffer_left", format!("debugfs shows {left} new dma-bufs, although the child has ended"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;
    use std::path::PathBuf;

    const BUFINFO: &str = "sys/kernel/debug/dma_buf/bufinfo";

    /// The file with records of these inode numbers.
    fn text(inodes: &[u64]) -> String {
        let record = |inode: &u64| format!("00004096\t02000002\t00080007\t00000001\tsystem\t{inode:08}\t<none>\n");
        let records: String = inodes.iter().map(record).collect();
        format!("\nDma-buf Objects:\nsize\tflags\n{records}\nTotal {} objects, 8192 bytes\n", inodes.len())
    }

    /// A machine with such a file.
    struct Machine(tempfile::TempDir);

    impl Machine {
        fn with(inodes: &[u64]) -> Self {
            let machine = Self(tempfile::tempdir().expect("a directory"));
            std::fs::create_dir_all(machine.file().parent().expect("a directory")).expect("directories");
            machine.set(inodes);
            machine
        }

        fn file(&self) -> PathBuf {
            self.0.path().join(BUFINFO)
        }

        fn set(&self, inodes: &[u64]) {
            std::fs::write(self.file(), text(inodes)).expect("written");
        }

        fn root(&self) -> Root {
            Root::at(self.0.path()).expect("a root")
        }
    }

    #[test]
    fn what_is_not_all_of_the_file_tells_nothing() {
        let machine = Machine::with(&[7, 9]);
        let leaks = || KernelBuffers::of(&machine.root());
        assert_eq!(leaks(), KernelBuffers(Some([7, 9].into())));
        let text = text(&[7, 9]);
        for length in [text.len() / 2, 0] {
            std::fs::write(machine.file(), &text[..length]).expect("written");
            assert_eq!(leaks(), KernelBuffers(None));
        }
    }

    #[test]
    fn a_buffer_that_stays_each_time_is_left_although_another_one_goes() {
        let machine = Machine::with(&[1, 2, 3]);
        let states: [&[u64]; 2] = [&[2, 3, 4], &[3, 4, 5]];
        let turn = Cell::new(0);
        let observation = checked(&machine.root(), || {
            machine.set(states[turn.replace(turn.get() + 1)]);
            Observation::of("ok")
        });
        assert_eq!(observation.outcome, "ok+buffer_left");
        assert_eq!(observation.notes, ["debugfs shows 1 new dma-bufs, although the child has ended"]);
    }

    #[test]
    fn a_buffer_of_others_that_comes_once_is_none_of_the_case() {
        let machine = Machine::with(&[1]);
        let observation = checked(&machine.root(), || {
            machine.set(&[1, 2]);
            Observation::of("ok")
        });
        assert_eq!(observation, Observation::of("ok"));
    }

    #[test]
    fn a_machine_that_does_not_tell_leaves_nothing() {
        let directory = tempfile::tempdir().expect("a directory");
        let observation = checked(&Root::at(directory.path()).expect("a root"), || Observation::skip("why"));
        assert_eq!(observation, Observation::skip("why"));
    }
}
