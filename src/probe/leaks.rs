//! Which dma-bufs an attempt left in the kernel, where debugfs shows them.
//!
//! Other programs make buffers at the same time and keep them for as long as they like. What a process holds or a device
//! is attached to was not left behind, and before an attempt is blamed for the rest, as much time without one must pass
//! with nothing left.

use super::observation::Observation;
use crate::holders::{self, Buffer, HolderDetails, ReadState};
use crate::host::Root;
use std::collections::BTreeSet;
use std::time::{Duration, Instant};

/// The inode numbers of the dma-bufs on the machine, which are never used twice; `None` where the kernel
/// does not show them to this user.
#[derive(Clone, Debug, PartialEq, Eq)]
struct KernelBuffers(Option<BTreeSet<u64>>);

/// The buffers that an attempt left behind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Left {
    Nothing,
    Buffers(usize),
    /// This many buffers may be another program's, for this reason.
    Doubtful(usize, &'static str),
}

impl Left {
    /// Whether the attempt is to blame.
    pub(super) fn is_certain(&self) -> bool {
        matches!(self, Self::Buffers(_))
    }
}

impl KernelBuffers {
    fn of(root: &Root) -> Self {
        let mut inodes = BTreeSet::new();
        let source = holders::read_bufinfo(root, |record| inodes.extend([record.inode]));
        Self((source == ReadState::Read).then_some(inodes))
    }

    /// Finds those that have come since and that nobody holds, also after a moment: what a process that has ended held
    /// may take that long to go, and a buffer may be on its way from one process to another.
    fn abandoned_since(&self, root: &Root) -> Left {
        const ROUNDS: u32 = 20;
        const PAUSE: Duration = Duration::from_millis(10);
        let Some(before) = &self.0 else { return Left::Nothing };
        let mut left: Option<BTreeSet<u64>> = None;
        let mut sees_all = true;
        for round in 0..ROUNDS {
            if round > 0 {
                std::thread::sleep(PAUSE);
            }
            let Self(Some(now)) = Self::of(root) else { return Left::Nothing };
            let mut stayed: BTreeSet<u64> = match &left {
                None => now.difference(before).copied().collect(),
                Some(left) => now.intersection(left).copied().collect(),
            };
            if !stayed.is_empty() {
                let Ok(scan) = holders::scan(root, HolderDetails::default()) else {
                    return Left::Doubtful(stayed.len(), "the processes cannot be read");
                };
                sees_all &= scan.coverage.sees_all_holders();
                // Those that have gone since go in the next round.
                let is_held = |buffer: &Buffer| {
                    !buffer.is_orphan() || buffer.devices.as_ref().is_some_and(|devices| !devices.is_empty())
                };
                for buffer in scan.buffers.iter().filter(|buffer| is_held(buffer)) {
                    stayed.remove(&buffer.inode);
                }
            }
            if stayed.is_empty() {
                return Left::Nothing;
            }
            left = Some(stayed);
        }
        match left.map_or(0, |left| left.len()) {
            0 => Left::Nothing,
            count if sees_all => Left::Buffers(count),
            count => Left::Doubtful(count, "not every process could be read"),
        }
    }
}

/// Makes `attempt`, and adds a word about dma-bufs that its processes left in the kernel.
pub(super) fn checked(root: &Root, attempt: impl Fn() -> Observation) -> Observation {
    let (mut observation, left) = counted(root, attempt);
    note(&mut observation, &left);
    observation
}

/// Makes `attempt`. Returns its outcome, and which dma-bufs its processes left in the kernel.
pub(super) fn counted<T>(root: &Root, attempt: impl Fn() -> T) -> (T, Left) {
    let start = Instant::now();
    let before = KernelBuffers::of(root);
    let outcome = attempt();
    let elapsed = start.elapsed();
    let left = match before.abandoned_since(root) {
        Left::Buffers(count) => confirmed(root, count, elapsed, &|| drop(attempt())),
        left => left,
    };
    (outcome, left)
}

/// Blames an attempt, which took `elapsed`, for `count` buffers if it leaves some each time it is made, and none are
/// left in as long a time without it.
fn confirmed(root: &Root, count: usize, elapsed: Duration, attempt: &dyn Fn()) -> Left {
    let left_by = |act: &dyn Fn()| {
        let before = KernelBuffers::of(root);
        act();
        before.abandoned_since(root)
    };
    let left_by_others = || left_by(&|| std::thread::sleep(elapsed)) != Left::Nothing;
    if left_by_others() {
        return Left::Doubtful(count, "other programs leave such buffers too");
    }
    match left_by(attempt) {
        Left::Nothing => Left::Doubtful(count, "none when this was repeated"),
        Left::Buffers(_) if left_by_others() => Left::Doubtful(count, "other programs leave such buffers too"),
        Left::Buffers(_) => Left::Buffers(count),
        doubtful => doubtful,
    }
}

/// Says of an outcome what is left.
pub(super) fn note(observation: &mut Observation, left: &Left) {
    match left {
        Left::Nothing => {}
        Left::Buffers(count) => observation
            .leave("+buffer_left", format!("new dma-bufs that no process holds, each time this was repeated: {count}")),
        Left::Doubtful(count, why) => {
            observation.notes.push(format!("new dma-bufs that no process was seen to hold: {count}; {why}"));
        }
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
            std::fs::create_dir_all(machine.0.path().join("proc/1/fd")).expect("directories");
            machine
        }

        fn add(&self, path: &str, text: &str) {
            let path = self.0.path().join(path);
            std::fs::create_dir_all(path.parent().expect("a directory")).expect("directories");
            std::fs::write(path, text).expect("written");
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
    fn incomplete_bufinfo_proves_no_leak() {
        let machine = Machine::with(&[7, 9]);
        let leaks = || KernelBuffers::of(&machine.root());
        assert_eq!(leaks(), KernelBuffers(Some([7, 9].into())));
        let text = text(&[7, 9]);
        for length in [text.len() / 2, 0] {
            std::fs::write(machine.file(), &text[..length]).expect("written");
            assert_eq!(leaks(), KernelBuffers(None));
        }
    }

    /// Returns the outcome of an attempt that makes the next of `states` the kernel's list each time.
    fn outcome(machine: &Machine, states: &[&[u64]]) -> Observation {
        let turn = Cell::new(0);
        checked(&machine.root(), || {
            machine.set(states[turn.replace(turn.get() + 1)]);
            Observation::of("ok")
        })
    }

    #[test]
    fn a_buffer_that_stays_each_time_is_left_although_another_one_goes() {
        let machine = Machine::with(&[1, 2, 3]);
        let observation = outcome(&machine, &[&[2, 3, 4], &[3, 4, 5]]);
        assert_eq!(observation.outcome, "ok+buffer_left");
        assert_eq!(observation.notes, ["new dma-bufs that no process holds, each time this was repeated: 1"]);
    }

    #[test]
    fn a_buffer_that_comes_once_is_a_note() {
        let observation = outcome(&Machine::with(&[1]), &[&[1, 2], &[1, 2]]);
        assert_eq!(observation.outcome, "ok");
        assert_eq!(
            observation.notes,
            ["new dma-bufs that no process was seen to hold: 1; none when this was repeated"]
        );
    }

    #[test]
    fn a_buffer_that_a_process_holds_was_not_left() {
        let machine = Machine::with(&[1]);
        machine.add("proc/7/fd/.keep", "");
        machine.add(
            "proc/7/fdinfo/3",
            "pos:\t0\nflags:\t02\nmnt_id:\t9\nino:\t2\nsize:\t4096\ncount:\t1\nexp_name:\tsystem\n",
        );
        std::os::unix::fs::symlink("/dmabuf:", machine.0.path().join("proc/7/fd/3")).expect("a link");
        assert_eq!(outcome(&machine, &[&[1, 2]]), Observation::of("ok"));
    }

    #[test]
    fn a_machine_that_does_not_tell_leaves_nothing() {
        let directory = tempfile::tempdir().expect("a directory");
        let observation = checked(&Root::at(directory.path()).expect("a root"), || Observation::skip("why"));
        assert_eq!(observation, Observation::skip("why"));
    }
}
