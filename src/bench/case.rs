//! A heap and a size, and what is known of them so far.

use super::bandwidth::passes;
use super::cycle::{Cycle, Times};
use super::figures::{Bandwidth, BenchStep, Figure};
use super::slot::{Job, Sweeps, Swept};
use super::statistics::{median, median_time};
use crate::heap::Heap;
use crate::stats::Latency;
use crate::sys::bench::TimedRequest;
use crate::sys::fd::oflags;
use std::os::fd::AsFd;

/// The `fd_flags` of all buffers.
pub(super) const FD_FLAGS: u32 = oflags::RDWR | oflags::CLOEXEC;

#[derive(Debug)]
pub(super) struct BenchCase {
    pub(super) heap: usize,
    pub(super) size: u64,
    pub(super) request: TimedRequest,
    pub(super) mapped: bool,
    times: Vec<Latency>,
    rounds: [Vec<u64>; 8],
    rates: [Vec<(f64, f64)>; 3],
}

impl BenchCase {
    /// Bytes that a case takes for its figures, more or less.
    pub(super) const MEMORY: u64 = 8 * 280 * 1024;

    pub(super) fn new(heap: usize, size: u64, request: TimedRequest, mapped: bool) -> Self {
        let times = BenchStep::ALL.iter().map(|_| Latency::new()).collect();
        Self { heap, size, request, mapped, times, rounds: Default::default(), rates: Default::default() }
    }

    /// Returns the life cycle that is repeated on `heap`.
    pub(super) fn cycle<'a>(&self, heap: &'a Heap) -> Cycle<'a> {
        Cycle { heap: heap.as_fd(), size: self.size, fd_flags: FD_FLAGS, request: self.request, mapped: self.mapped }
    }

    pub(super) fn record(&mut self, times: &[Times]) {
        for one in times {
            for (latency, time) in self.times.iter_mut().zip(one) {
                latency.record(*time);
            }
        }
    }

    /// Records each sweep as the passes that it consists of.
    pub(super) fn record_swept<'a>(&mut self, swept: impl Iterator<Item = &'a Sweeps>) {
        for [_, fill, _, copy, verify] in swept {
            for (latency, time) in self.times[BenchStep::LATENCIES.len()..].iter_mut().zip([fill, copy, verify]) {
                let passes = passes(self.size);
                latency.record_many(time / passes, passes);
            }
        }
    }

    /// A round that was gone through to its end.
    pub(super) fn end_round(&mut self, jobs: &[Job], swept: &[Swept]) {
        for (index, values) in self.rounds[..BenchStep::LATENCIES.len()].iter_mut().enumerate() {
            let mut times: Vec<u64> = jobs.iter().flat_map(|job| job.samples.all().iter().map(|t| t[index])).collect();
            values.extend(median_time(&mut times));
        }
        // All jobs together: the sum of what each moves in a second, when nothing comes between. A pass can take less
        // than the clock can resolve, so only the time of all of them counts.
        let moved = self.size as f64 * passes(self.size) as f64;
        let quickest = |turns: &Swept, sweep: usize| turns.iter().map(|times| times[sweep]).min().unwrap_or(0).max(1);
        let rate = |sweep| swept.iter().map(|turns| moved * 1e9 / quickest(turns, sweep) as f64).sum::<f64>();
        for (index, (own, baseline)) in [(1, 0), (3, 2), (4, 2)].into_iter().enumerate() {
            if !swept.is_empty() {
                let (own, baseline) = (rate(own), rate(baseline));
                self.rates[index].push((own, baseline));
                self.rounds[BenchStep::LATENCIES.len() + index].push((own / baseline * 1000.0).round() as u64);
            }
        }
    }

    pub(super) fn figures(&self, heap: &str) -> Vec<Figure> {
        let figures = BenchStep::ALL.into_iter().enumerate().map(|(index, step)| {
            // A step that is not made has no times.
            let unknown = Latency::default();
            let times = if self.mapped || !step.is_mapped() { &self.times[index] } else { &unknown };
            Figure {
                heap: heap.to_owned(),
                size: self.size,
                step,
                times: times.summary(),
                rounds: if times.count() > 0 { self.rounds[index].clone() } else { Vec::new() },
                bandwidth: index.checked_sub(BenchStep::LATENCIES.len()).and_then(|index| self.bandwidth(index)),
            }
        });
        figures.collect()
    }

    fn bandwidth(&self, index: usize) -> Option<Bandwidth> {
        let of = |value: fn(&(f64, f64)) -> f64| median(&self.rates[index].iter().map(value).collect::<Vec<_>>());
        Some(Bandwidth {
            bytes: self.times[BenchStep::LATENCIES.len() + index].count().saturating_mul(self.size),
            rate: of(|(own, _)| *own)? as u64,
            baseline: of(|(_, baseline)| *baseline)? as u64,
            ratio: of(|(own, baseline)| own / baseline)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_round_gives_a_median_a_ratio_and_rates_of_all_jobs() {
        let mut case = BenchCase::new(0, 1 << 20, TimedRequest::Mainline, true);
        let mut jobs = vec![Job::new(4096, None, None).unwrap(), Job::new(4096, None, None).unwrap()];
        for (job, times) in jobs.iter_mut().zip([[1, 10, 100, 1000, 5], [3, 30, 300, 3000, 7]]) {
            job.samples.push(times);
        }
        // Memset, fill, memcpy, copy, verify.
        let quick = [1_000, 2_000, 1_000, 4_000, 8_000];
        let disturbed = [quick[0], 9_000, 9_000, 9_000, 9_000];
        let swept = [[disturbed, quick, disturbed]; 2];
        for job in &jobs {
            case.record(job.samples.recent());
        }
        case.record_swept(swept.iter().flatten());
        case.end_round(&jobs, &swept);
        let figures = case.figures("camera");
        assert_eq!(figures.iter().map(|figure| figure.step).collect::<Vec<_>>(), BenchStep::ALL);
        assert_eq!((figures[0].times.count, figures[0].times.min, figures[0].times.max), (2, 1, 3));
        assert_eq!(figures[1].rounds, [10]);
        let fill = figures[5].bandwidth.unwrap();
        assert_eq!(
            fill,
            Bandwidth { bytes: 6 << 20, rate: 2 * 524_288_000_000, baseline: 2 * 1_048_576_000_000, ratio: 0.5 }
        );
        assert_eq!((figures[5].times.count, figures[5].times.max), (6, 9_000));
        assert_eq!(figures[6].bandwidth.unwrap().ratio, 0.25);
        assert_eq!(figures[7].rounds, [125]);
    }

    #[test]
    fn less_than_a_nanosecond_a_pass_shows_in_rates_and_ratios() {
        let mut case = BenchCase::new(0, 512, TimedRequest::Mainline, true);
        let jobs = vec![Job::new(4096, None, None).unwrap()];
        // 2048 passes: 1.5 ns each, and then 1.6.
        for time in [3072, 3277] {
            let swept = [[[4096, time, 4096, time, time]; 3]];
            case.record_swept(swept.iter().flatten());
            case.end_round(&jobs, &swept);
        }
        let figures = case.figures("system");
        for figure in &figures[5..] {
            assert_eq!(figure.rounds, [1333, 1250]);
            assert_eq!((figure.times.min, figure.times.max, figure.times.count), (1, 1, 3 * 4096));
        }
        // A mebibyte in 4096 ns.
        assert_eq!(figures[5].bandwidth.unwrap().baseline, 256_000_000_000);
    }

    #[test]
    fn unmapped_case_has_no_memory_figures() {
        let mut case = BenchCase::new(0, 4096, TimedRequest::Mainline, false);
        let mut jobs = vec![Job::new(4096, None, None).unwrap()];
        jobs[0].samples.push([1, 0, 2, 3, 4]);
        case.record(jobs[0].samples.recent());
        case.end_round(&jobs, &[]);
        let figures = case.figures("secure");
        let measured: Vec<BenchStep> =
            figures.iter().filter(|figure| figure.is_measured()).map(|figure| figure.step).collect();
        assert_eq!(measured, [BenchStep::Allocate, BenchStep::SyncStart, BenchStep::SyncEnd, BenchStep::Close]);
        assert!(figures[1].rounds.is_empty() && figures[5].bandwidth.is_none());
    }
}
