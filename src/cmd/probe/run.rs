//! A run: all cases on all heaps, or random requests, until a signal comes.

use super::options::{Format, Output};
use super::print::ResultPrinter;
use crate::cmd::UsageError;
use crate::heap::RequestAbi;
use crate::host::Root;
use crate::probe::request::RawRequest;
use crate::probe::{Case, Expectations, Facts, INTERRUPTED, Probed, fuzz};
use crate::random::Random;
use crate::sys::process::signals::Signals;
use crate::ui::escape::escaped;
use crate::ui::output;
use crate::ui::progress::ProgressLine;
use std::time::Instant;

pub(super) struct ProbeRun<'a, 'p> {
    pub(super) output: &'a Output,
    pub(super) fail_fast: bool,
    pub(super) root: &'a Root,
    pub(super) facts: &'a Facts,
    pub(super) signals: &'a Signals,
    pub(super) heaps: &'a [Probed],
    pub(super) printer: &'a mut ResultPrinter<'p>,
}

impl ProbeRun<'_, '_> {
    pub(super) fn cases(
        &mut self,
        cases: &[(&'static str, &'static Case)],
        expectations: &Expectations,
    ) -> anyhow::Result<()> {
        let of = |heap| cases.iter().map(move |case| (heap, *case));
        let all: Vec<_> = self.heaps.iter().flat_map(of).filter(|(heap, case)| heap.takes(*case)).collect();
        if all.is_empty() {
            let names: Vec<&str> = self.heaps.iter().map(|heap| &*heap.name).collect();
            return Err(UsageError(escaped(&format!("no selected case applies to {}", names.join(", "))).into()).into());
        }
        self.printer.begin(self.facts, Some(all.len()))?;
        let progress = self.progress(all.len() as u64);
        for (number, (heap, case)) in (0..).zip(all) {
            progress.step(number, &format!("{} {}", heap.name, case.1.id));
            // A plan was announced: what is left of it is accounted for.
            let left_out = if self.printer.is_interrupted() {
                Some(INTERRUPTED)
            } else if self.fail_fast && self.printer.has_failed() {
                Some("not run after the first failure (--fail-fast)")
            } else {
                None
            };
            let finding = match left_out {
                Some(reason) => heap.left_out(self.facts, case, reason),
                None => heap.run(self.root, (self.facts, self.signals), expectations, case),
            };
            self.printer.add(finding)?;
        }
        Ok(())
    }

    pub(super) fn request(&mut self, request: &RawRequest) -> anyhow::Result<()> {
        self.printer.begin(self.facts, Some(self.heaps.len()))?;
        for heap in self.heaps {
            self.printer.add(fuzz::one(heap, self.root, (self.facts, self.signals), request))?;
        }
        Ok(())
    }

    pub(super) fn fuzz(&mut self, count: u64, seed: Option<u64>, asked: RequestAbi) -> anyhow::Result<()> {
        let Self { fail_fast, root, facts, .. } = *self;
        self.printer.begin(facts, None)?;
        let seed = seed.unwrap_or_else(Random::fresh_seed);
        // A request may be the last thing that this kernel does.
        output::info(&format!("seed {seed}"));
        let progress = self.progress(count.saturating_mul(self.heaps.len() as u64));
        let plan = fuzz::FuzzPlan { count, seed, fail_fast };
        for (before, heap) in (0..).zip(self.heaps) {
            if self.printer.is_interrupted() || fail_fast && self.printer.has_failed() {
                break;
            }
            let start = Instant::now();
            let abi = if asked == RequestAbi::Auto { "" } else { &format!(" --abi {}", facts.kernel.abi.name()) };
            let probe = format!("dmaheap probe --heap {}{abi}", heap.argument());
            let again = |difference: &fuzz::Difference| match &difference.request {
                Some(request) => format!("{probe} --request {request}"),
                None => format!("{probe} --fuzz {} --seed {seed}", difference.index + 1),
            };
            let sent = |sent| progress.step(count.saturating_mul(before).saturating_add(sent), &heap.name);
            let run = fuzz::run(&heap.context(facts, self.signals), root, plan, &sent);
            for finding in run.results(heap, facts, plan, start, &again) {
                self.printer.add(finding)?;
            }
        }
        Ok(())
    }

    /// Shows how far it is, unless lines of cases on the same terminal do.
    fn progress(&self, total: u64) -> ProgressLine {
        let output = self.output;
        let has_lines = matches!(output.format(), Format::Ktap if !output.nested) || output.format() == Format::Lava;
        output.progress.line(total, has_lines && output::is_terminal())
    }
}
