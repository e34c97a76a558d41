//! Work on a range by several threads.

use super::SEGMENT;
use crate::dmabuf::range::ByteRange;
use crate::error::{Error, Hint};
use crate::sys::fd::file::errno_of;
use std::fmt;
use std::panic::resume_unwind;
use std::str::FromStr;
use std::thread::{self, Builder};

/// The most threads: what they need together stays within a few MiB.
pub(crate) const MAX_JOBS: usize = 64;

/// A job keeps little on its stack; its blocks are on the heap.
const STACK: usize = 128 * 1024;

/// A number of threads, 1 to [`MAX_JOBS`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Jobs(usize);

impl Jobs {
    pub(crate) const fn count(self) -> usize {
        self.0
    }
}

impl Default for Jobs {
    fn default() -> Self {
        Self(1)
    }
}

impl FromStr for Jobs {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        text.parse()
            .ok()
            .filter(|jobs| (1..=MAX_JOBS).contains(jobs))
            .map(Self)
            .ok_or_else(|| format!("'{text}' is not a number of jobs; expected 1 to {MAX_JOBS}"))
    }
}

/// A range to work on, and how.
#[derive(Clone, Copy)]
pub(crate) struct Work<'a> {
    pub range: ByteRange,
    /// In how many threads. One works in the thread of the caller.
    pub jobs: Jobs,
    /// Called with the number of bytes of each step, by any of the threads, if anyone is to be informed.
    pub progress: Option<&'a (dyn Fn(u64) + Sync)>,
}

impl Work<'_> {
    /// All of `range`, in this thread, without anybody to tell.
    pub(crate) fn plain(range: ByteRange) -> Self {
        Self { range, jobs: Jobs::default(), progress: None }
    }

    /// Reports that `bytes` more bytes are done.
    pub(super) fn report_done(&self, bytes: u64) {
        if let Some(progress) = self.progress {
            progress(bytes);
        }
    }

    /// Does `job` on each part of the range, at once; returns what they did in the order of the parts, or the first
    /// error in that order.
    pub(super) fn run<T: Send>(
        &self,
        object: &str,
        job: impl Fn(ByteRange) -> Result<T, Error> + Sync,
    ) -> Result<Vec<T>, Error> {
        let parts = self.range.split(self.jobs.0, SEGMENT);
        let job = &job;
        thread::scope(|scope| {
            // This thread takes the first part, which is the only one where there is one job.
            let others = parts[1..].iter().map(|part| {
                Builder::new().stack_size(STACK).spawn_scoped(scope, move || job(*part)).map_err(|error| {
                    Error::errno("start a thread for", object, errno_of(&error)).with_hint(Hint::FewerJobs("threads"))
                })
            });
            let others: Vec<_> = others.collect::<Result<_, _>>()?;
            let first = job(parts[0]);
            let others = others.into_iter().map(|other| other.join().unwrap_or_else(|panic| resume_unwind(panic)));
            std::iter::once(first).chain(others).collect()
        })
    }
}

impl fmt::Debug for Work<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Work").field("range", &self.range).field("jobs", &self.jobs).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn work(length: u64, jobs: usize) -> Work<'static> {
        Work { jobs: Jobs(jobs), ..Work::plain(ByteRange::from_parts(5, length)) }
    }

    #[test]
    fn answers_come_in_the_order_of_the_parts() {
        for jobs in [1, 3, MAX_JOBS] {
            let parts = work(SEGMENT * 10, jobs).run("x", |part| Ok(part.offset())).unwrap();
            assert_eq!(parts.len(), jobs.min(11));
            assert!(parts.is_sorted());
        }
    }

    #[test]
    fn the_first_error_is_the_one() {
        let job = |part: ByteRange| match part.offset() {
            5 => Ok(()),
            offset => Err(Error::refused("read", offset, "no")),
        };
        let error = work(SEGMENT * 10, 4).run("x", job).unwrap_err();
        assert!(error.to_string().starts_with("read 24576: "), "{error}");
    }

    #[test]
    fn jobs_are_counted_from_one() {
        assert_eq!("4".parse(), Ok(Jobs(4)));
        for text in ["0", "-1", "65", "many", ""] {
            assert!(text.parse::<Jobs>().unwrap_err().ends_with("1 to 64"), "{text}");
        }
    }
}
