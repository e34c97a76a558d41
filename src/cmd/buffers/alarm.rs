//! Rows that grow steadily, as leaks do: not those that grow at once, nor those that breathe.

use crate::args::duration::some_time;
use crate::args::numbers::buffer_size;
use crate::size::Human;
use std::collections::BTreeMap;
use std::str::FromStr;
use std::time::Duration;

/// Parts of the time. With each of them it becomes less likely that what a program needs now and then rises in all.
const PARTS: usize = 6;

/// By how much a row must grow, and in what time: `16M/10m`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Threshold {
    /// Bytes.
    size: u64,
    time: Duration,
}

impl FromStr for Threshold {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (size, time) = text.split_once('/').ok_or("expected SIZE/TIME, such as 16M/10m")?;
        Ok(Self { size: buffer_size(size)?, time: some_time(time)? })
    }
}

impl Threshold {
    /// The longest time between two looks that sees each part.
    pub(super) fn longest_pace(self) -> Duration {
        self.time / PARTS as u32
    }
}

/// The least that a row held in each part of the time, the last one unfinished.
#[derive(Debug)]
struct History {
    /// Number of the last part, from the beginning of the run.
    part: u128,
    least: Vec<u64>,
    is_reported: bool,
}

/// Rows by their keys.
#[derive(Debug)]
pub(super) struct GrowthAlarm {
    threshold: Threshold,
    rows: BTreeMap<String, History>,
}

impl GrowthAlarm {
    pub(super) fn new(threshold: Threshold) -> Self {
        Self { threshold, rows: BTreeMap::new() }
    }

    /// Takes what the rows hold, in bytes, so long after the beginning. Returns a sentence about each that has grown
    /// steadily and was not reported yet.
    pub(super) fn look(&mut self, rows: &[(String, u64)], elapsed: Duration) -> Vec<String> {
        let part = elapsed.as_nanos() / self.threshold.longest_pace().as_nanos().max(1);
        let mut before = std::mem::take(&mut self.rows);
        let mut grown = Vec::new();
        for (key, size) in rows {
            let mut history = before.remove(key).unwrap_or(History { part, least: Vec::new(), is_reported: false });
            history.add(part, *size);
            let growth = history.growth().filter(|growth| *growth >= self.threshold.size);
            if let Some(growth) = growth.filter(|_| !history.is_reported) {
                grown.push(format!("{key} has grown steadily, by {} in {:?}", Human(growth), self.threshold.time));
            }
            history.is_reported = growth.is_some();
            self.rows.insert(key.clone(), history);
        }
        grown
    }
}

impl History {
    fn add(&mut self, part: u128, size: u64) {
        match self.least.last_mut() {
            Some(least) if part == self.part => *least = size.min(*least),
            Some(_) if part == self.part + 1 => self.least.push(size),
            // Parts without a look (a machine that slept) say nothing.
            _ => self.least = vec![size],
        }
        self.part = part;
        // The unfinished one is not counted.
        if self.least.len() > PARTS + 1 {
            self.least.remove(0);
        }
    }

    /// By how much the least rose, if it rose from each part to the next.
    fn growth(&self) -> Option<u64> {
        let finished = self.least.get(..PARTS).filter(|_| self.least.len() > PARTS)?;
        let is_steady = finished.windows(2).all(|pair| pair[0] < pair[1]);
        let (first, last) = finished.first().zip(finished.last())?;
        is_steady.then(|| last - first)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    /// At which look the alarm first goes off for a row that holds what `size` says, and what it says. There are two a
    /// second.
    fn first(size: impl Fn(u64) -> u64) -> Option<(u32, String)> {
        let mut alarm = GrowthAlarm::new("4k/6s".parse().unwrap());
        (0..200).find_map(|look| {
            let grown = alarm.look(&[("exporter x".to_owned(), size(look.into()))], SECOND * look / 2);
            grown.into_iter().next().map(|said| (look, said))
        })
    }

    #[test]
    fn what_grows_steadily_is_found_once_all_parts_are_over() {
        let expected = Some((12, "exporter x has grown steadily, by 20KiB in 6s".to_owned()));
        assert_eq!(first(|look| look / 2 * 4096), expected);
        // On top of what comes and goes.
        assert_eq!(first(|look| look / 2 * 4096 + look % 2 * (1 << 20)), expected);
        // It may begin late.
        assert_eq!(first(|look| look.saturating_sub(40) * 4096).map(|(look, _)| look), Some(52));
    }

    #[test]
    fn what_breathes_or_comes_at_once_is_not() {
        assert_eq!(first(|_| 1 << 30), None);
        assert_eq!(first(|look| look % 8 * 4096), None);
        assert_eq!(first(|look| if look < 30 { 0 } else { 1 << 30 }), None);
        assert_eq!(first(|look| 1_000_000 - look * 4096), None);
        // Less than was asked for.
        assert_eq!(first(|look| look * 64), None);
    }

    #[test]
    fn each_row_is_reported_once_and_again_after_a_pause() {
        let mut alarm = GrowthAlarm::new("4k/6s".parse().unwrap());
        let mut reports = 0;
        for look in 0..60_u32 {
            let size = u64::from(if look < 40 { look } else { 0 }) * 4096;
            reports += alarm.look(&[("row".to_owned(), size), ("other".to_owned(), 0)], SECOND * look).len();
        }
        assert_eq!(reports, 1);
        assert!(alarm.look(&[], SECOND * 60).is_empty() && alarm.rows.is_empty(), "rows that are gone are forgotten");
    }

    #[test]
    fn a_threshold_is_a_size_and_a_time() {
        assert_eq!("16M/10m".parse(), Ok(Threshold { size: 16 << 20, time: Duration::from_secs(600) }));
        for wrong in ["16M", "16M/", "/10m", "16M/0", "x/1s"] {
            assert!(wrong.parse::<Threshold>().is_err(), "{wrong}");
        }
    }
}
