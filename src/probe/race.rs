//! Races between the kernel and this program: whoever wins, nothing crashes and nothing is left.

use super::context::CaseContext;
use super::observation::Observation;
use super::request::RawRequest;
use crate::size::counted;
use crate::sys::fd::descriptor;
use crate::sys::fd::table::OpenFds;
use crate::sys::probe::arena::{Arena, Protection, Reach};
use crate::sys::probe::operation;
use crate::sys::probe::raw_ioctl::CallFd;
use crate::sys::{Errno, Result, errno_name};
use std::collections::BTreeSet;
use std::os::fd::{AsRawFd, BorrowedFd, IntoRawFd};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// How often the race that the kernel once lost is run.
const MANY: usize = 200;
/// How often the others are run: twice with each delay. On a CMA heap in an emulated machine a try takes
/// twenty milliseconds.
const SOME: usize = 2 * STEPS;
/// Delays that the tries go through in turns.
const STEPS: usize = 20;

/// The outcomes of the tries of a race.
#[derive(Default)]
struct Tally {
    answers: BTreeSet<String>,
    /// The numbers of the descriptors beyond those that calls which succeeded gave.
    lost: Vec<i32>,
    /// How many descriptors there were less than calls that succeeded.
    missing: usize,
    tries: usize,
    is_out_of_files: bool,
}

impl Tally {
    /// Counts one try: as many descriptors must be new as calls succeeded.
    fn add(&mut self, answers: &[Result<u64>], before: &OpenFds) -> Result<()> {
        let new = OpenFds::appeared_since(before)?;
        let succeeded = answers.iter().filter(|answer| answer.is_ok()).count();
        self.tries += 1;
        self.is_out_of_files |= answers.contains(&Err(Errno::EMFILE));
        self.lost.extend(new.iter().skip(succeeded).map(AsRawFd::as_raw_fd));
        self.missing += succeeded.saturating_sub(new.len());
        self.answers.extend(answers.iter().map(|answer| match answer {
            Ok(_) => "ok".to_owned(),
            Err(errno) => errno_name(*errno),
        }));
        Ok(())
    }

    /// `ok+EINVAL`, and whether descriptors were lost.
    fn observation(self) -> Observation {
        // Success first: lower case sorts after the errors.
        let mut words: Vec<&str> = self.answers.iter().rev().map(String::as_str).collect();
        if !self.lost.is_empty() {
            words.push("lost_fd");
        }
        if self.missing > 0 {
            words.push("no_fd");
        }
        let note = format!("{} tries, {} lost", self.tries, counted(self.lost.len(), "descriptor"));
        let observed = Observation::of(words.join("+")).with_note(note);
        Observation { lost: self.lost, is_out_of_files: self.is_out_of_files, ..observed }
    }
}

/// The memory of a race: the struct is at its beginning.
struct Track<'a> {
    context: &'a CaseContext<'a>,
    arena: Arena,
    bytes: Vec<u8>,
    /// How long a call takes that nothing disturbs.
    call: Duration,
}

impl<'a> Track<'a> {
    fn new(context: &'a CaseContext<'a>) -> Result<Self> {
        let page_size = context.facts.kernel.page_size;
        let arena = Arena::new(1, usize::try_from(page_size).map_err(|_| Errno::EINVAL)?, Reach::Native)?;
        let bytes = RawRequest::GOOD.bytes(context.facts.kernel.abi, page_size, 0);
        let mut track = Self { context, arena, bytes, call: Duration::ZERO };
        track.call = track.quickest_call()?;
        Ok(track)
    }

    /// The quickest of a few, whose descriptors are closed.
    fn quickest_call(&self) -> Result<Duration> {
        const CALLS: usize = 3;
        let mut quickest = Duration::MAX;
        for _ in 0..CALLS {
            self.reset()?;
            let before = OpenFds::now()?;
            let begin = Instant::now();
            // What a race makes of a refusal is its answer.
            let _ = self.request(self.context.heap);
            quickest = quickest.min(begin.elapsed());
            drop(OpenFds::appeared_since(&before)?);
        }
        Ok(quickest)
    }

    /// Returns how long the other thread waits: the tries cover twice the time of a call, however long that is here.
    fn delay(&self, attempt: usize) -> Duration {
        self.call * (attempt % STEPS) as u32 * 2 / STEPS as u32
    }

    fn reset(&self) -> Result<()> {
        self.arena.protect(0, Protection::ReadWrite)?;
        self.arena.write(0, &self.bytes)
    }

    fn request(&self, heap: BorrowedFd<'_>) -> Result<u64> {
        self.send(CallFd::Open(heap))
    }

    fn send(&self, fd: CallFd<'_>) -> Result<u64> {
        RawRequest::GOOD.number(self.context.facts.kernel.abi).to(fd).native(self.arena.at(0))
    }
}

/// Runs a race several times, each with the number of the try.
fn run(
    context: &CaseContext<'_>,
    tries: usize,
    race: impl Fn(&Track<'_>, usize) -> Result<Vec<Result<u64>>>,
) -> Observation {
    context.announce(|| context.describe(&RawRequest::GOOD));
    let tally = Track::new(context).and_then(|track| {
        let mut tally = Tally::default();
        for attempt in 0..tries {
            track.reset()?;
            let before = OpenFds::now()?;
            let answers = race(&track, attempt)?;
            tally.add(&answers, &before)?;
        }
        Ok(tally)
    });
    match tally {
        Ok(tally) => tally.observation(),
        Err(errno) => Observation::unprepared("prepare a race", errno),
    }
}

/// `one` here and `other` in a thread, both begun at once; the latter waits for `delay`.
fn together<A>(delay: Duration, one: impl FnOnce() -> A, other: impl FnOnce() + Send) -> A {
    let (ready, go) = (AtomicBool::new(false), AtomicBool::new(false));
    // Turning round and giving way starts both closer to one another than being woken would.
    let wait_for = |flag: &AtomicBool| {
        while !flag.load(Ordering::Acquire) {
            std::thread::yield_now();
        }
    };
    std::thread::scope(|scope| {
        scope.spawn(|| {
            ready.store(true, Ordering::Release);
            wait_for(&go);
            let begin = Instant::now();
            while begin.elapsed() < delay {
                std::hint::spin_loop();
            }
            other();
        });
        wait_for(&ready);
        go.store(true, Ordering::Release);
        one()
    })
}

/// Two threads and one struct: the second finds the first one's descriptor in it, or not.
pub(crate) fn two_requests(context: &CaseContext<'_>) -> Observation {
    run(context, SOME, |track, attempt| {
        let mut other = Err(Errno::EINVAL);
        let heap = track.context.heap;
        let one = together(track.delay(attempt), || track.request(heap), || other = track.request(heap));
        Ok(vec![one, other])
    })
}

/// Lengths of one and two pages, flags that are good and bad.
pub(crate) fn changing_fields(context: &CaseContext<'_>) -> Observation {
    const LEN: usize = 0;
    const FD_FLAGS: usize = 12;
    run(context, SOME, |track, attempt| {
        let page = track.context.facts.kernel.page_size as u32;
        let low_half = if cfg!(target_endian = "little") { LEN } else { LEN + 4 };
        let turn_over = || {
            for round in 0..64_u32 {
                // A failure leaves the field as it was.
                let _ = track.arena.store(low_half, page << (round % 2));
                let _ = track.arena.store(FD_FLAGS, if round % 3 == 0 { u32::MAX } else { 2 });
            }
        };
        Ok(vec![together(track.delay(attempt), || track.request(track.context.heap), turn_over)])
    })
}

/// The heap goes away while it allocates.
pub(crate) fn closed_heap(context: &CaseContext<'_>) -> Observation {
    run(context, SOME, |track, attempt| {
        let heap = descriptor::duplicate(track.context.heap)?;
        let number = heap.as_raw_fd();
        Ok(vec![together(track.delay(attempt), || track.send(CallFd::Number(number)), move || drop(heap))])
    })
}

/// The struct cannot be written, so the new descriptor goes again; a thread closes its number before and has a file of
/// its own there, which must stay open: else EBADF is one of the answers.
pub(crate) fn reused_number(context: &CaseContext<'_>) -> Observation {
    run(context, SOME, |track, attempt| {
        let heap = track.context.heap;
        let number = descriptor::duplicate(heap)?.as_raw_fd();
        track.arena.protect(0, Protection::Read)?;
        let mut own = Ok(None);
        let take_over = || {
            // Mostly nobody has it, and there is nothing to take over.
            if operation::close(number).is_ok() {
                own = descriptor::duplicate(heap).map(Some);
            }
        };
        let mut answers = vec![together(track.delay(attempt), || track.request(heap), take_over)];
        if let Some(own) = own? {
            answers.extend(operation::close(own.into_raw_fd()).err().map(Err));
        }
        Ok(answers)
    })
}

/// The struct goes away while the kernel reads and writes it.
pub(crate) fn unmapped_struct(context: &CaseContext<'_>) -> Observation {
    run(context, MANY, |track, attempt| {
        // A failure to take it away is a try without a race.
        let take_away = || {
            let _ = track.arena.discard(0);
        };
        Ok(vec![together(track.delay(attempt), || track.request(track.context.heap), take_away)])
    })
}
