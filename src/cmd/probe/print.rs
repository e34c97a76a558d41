//! Results on their way to stdout, in whatever format, as soon as the format allows.

use super::columns::{CASES, CaseRow, DEFAULT_CASES, DESCRIPTION};
use super::earlier::{self, EarlierRun};
use super::format::{junit, ktap, lava, verdicts};
use super::options::{Format, Output};
use crate::cmd::UsageError;
use crate::cmd::table::SIMULATED;
use crate::error::Error;
use crate::host::simulation;
use crate::probe::{Case, CaseResult, CaseVerdict, Facts, INTERRUPTED, VerdictCounts};
use crate::size::counted;
use crate::sys::process::signals::{self, Signals};
use crate::ui::column::Selection;
use crate::ui::table::{self, Layout};
use crate::ui::{json, output};

/// Prints findings, and keeps them.
pub(super) struct ResultPrinter<'a> {
    options: &'a Output,
    selection: Selection<CaseResult>,
    strict: bool,
    /// What to compare with.
    earlier: Option<&'a EarlierRun>,
    findings: Vec<CaseResult>,
    summary: VerdictCounts,
    /// How many of them have been printed.
    printed: usize,
    /// Whether the number of results was announced.
    announced: bool,
    /// The notes about all results.
    about: Option<Facts>,
    /// The signals that end the run, and the one that has.
    signals: &'a Signals,
    signal: Option<i32>,
    /// What is still to be written: stdout took no more when the signal came.
    unwritten: Vec<u8>,
    /// The error that kept a result from being printed, while a file wants all of them.
    unprinted: Option<Error>,
}

pub(super) struct Results {
    pub(super) findings: Vec<CaseResult>,
    about: Option<Facts>,
    pub(super) summary: VerdictCounts,
    pub(super) unprinted: Option<Error>,
    /// The signal that ended the run.
    pub(super) signal: Option<i32>,
}

impl Results {
    pub(super) fn junit(&self) -> String {
        let properties = self.about.as_ref().map(properties);
        junit::document(&self.findings, &properties.unwrap_or_default())
    }
}

fn lines(facts: &Facts) -> Vec<String> {
    let simulated = facts.simulated.then(|| SIMULATED.to_owned());
    std::iter::once(facts.headline()).chain(simulated).collect()
}

fn properties(facts: &Facts) -> Vec<(&'static str, String)> {
    vec![("kernel", facts.release.clone()), ("abi", facts.abi_shown()), ("simulated", facts.simulated.to_string())]
}

impl<'a> ResultPrinter<'a> {
    pub(super) fn new(
        options: &'a Output,
        selection: Selection<CaseResult>,
        strict: bool,
        earlier: Option<&'a EarlierRun>,
        signals: &'a Signals,
    ) -> Self {
        Self {
            options,
            selection,
            strict,
            earlier,
            findings: Vec::new(),
            summary: VerdictCounts::default(),
            printed: 0,
            announced: false,
            about: None,
            signals,
            signal: None,
            unwritten: Vec::new(),
            unprinted: None,
        }
    }

    /// The kernel is known, and perhaps how many results there will be.
    pub(super) fn begin(&mut self, facts: &Facts, count: Option<usize>) -> Result<(), Error> {
        self.about = Some(facts.clone());
        match (self.options.format(), count) {
            (Format::Table, _) => {
                if facts.simulated {
                    output::info(SIMULATED);
                }
                if self.options.has_rows() {
                    return Ok(());
                }
                self.write_out(output::folded(&format!("{}\n", facts.headline())).as_bytes())
            }
            (Format::Ktap, Some(count)) if !self.options.nested => {
                self.announced = true;
                self.write_out(ktap::head(count, &lines(facts)).as_bytes())
            }
            (Format::Lava, _) => self.write_out(lava::head(&lines(facts)).as_bytes()),
            _ => Ok(()),
        }
    }

    /// Prints. A stdout that takes no more ends the run, but for a file that is to have all results.
    fn write_out(&mut self, bytes: &[u8]) -> Result<(), Error> {
        if self.unprinted.is_some() {
            return Ok(());
        }
        self.unwritten.extend(bytes);
        let written = output::data_until(self.signals, &self.unwritten);
        match written.map(|written| drop(self.unwritten.drain(..written))) {
            Err(error) if self.options.junit.is_some() => {
                self.unprinted = Some(error);
                Ok(())
            }
            answer => answer,
        }
    }

    /// Whether a signal has come.
    pub(super) fn is_interrupted(&mut self) -> bool {
        if let (None, Ok(Some(caught))) = (self.signal, self.signals.next()) {
            self.signal = Some(caught.signal);
        }
        self.signal.is_some()
    }

    pub(super) fn has_failed(&self) -> bool {
        self.summary.fail > 0
    }

    pub(super) fn add(&mut self, finding: CaseResult) -> Result<(), Error> {
        let mut finding = judged(finding, self.strict);
        let earlier = self.earlier.filter(|_| !finding.is_interrupted());
        finding.before = earlier.and_then(|earlier| earlier.answer(&finding.heap, finding.case));
        // A group of a heap is over when something else comes.
        let is_new = self.findings.last().is_some_and(|last| last.group != finding.group || last.heap != finding.heap);
        if is_new && self.options.format() == Format::Table {
            self.print_group()?;
        }
        self.summary.count(finding.verdict);
        let is_interrupted = finding.is_interrupted();
        self.findings.push(finding);
        match self.options.format() {
            Format::Ktap if is_interrupted => Ok(()),
            Format::Ktap if self.announced => self.print_rest(ktap::line),
            Format::Lava => self.print_rest(|_, finding| lava::line(finding)),
            _ => Ok(()),
        }
    }

    fn print_group(&mut self) -> Result<(), Error> {
        if self.options.has_rows() {
            return Ok(());
        }
        let group = self.findings.get(self.printed..).unwrap_or_default();
        let has_run = group.iter().any(|finding| !finding.is_interrupted());
        let text = if has_run { verdicts::group(group, self.options.verbose) } else { String::new() };
        self.printed = self.findings.len();
        self.write_out(output::folded(&text).as_bytes())
    }

    fn print_rest(&mut self, line: impl Fn(usize, &CaseResult) -> String) -> Result<(), Error> {
        let rest = self.findings.iter().enumerate().skip(self.printed);
        let text: String = rest.map(|(index, finding)| line(index + 1, finding)).collect();
        self.printed = self.findings.len();
        self.write_out(text.as_bytes())
    }

    /// The last line of the table; none where nothing was run.
    fn totals(&self) -> String {
        let VerdictCounts { ok, fail, skip, known } = self.summary;
        let wrong = self.findings.iter().filter(|finding| finding.verdict != CaseVerdict::Ok);
        let lost = match wrong.map(|finding| finding.lost.len()).sum::<usize>() {
            0 => String::new(),
            lost => format!("; {} lost", counted(lost, "descriptor")),
        };
        match self.summary.total() {
            0 => String::new(),
            total => {
                format!("{}: {ok} ok, {fail} failed, {known} known, {skip} skipped{lost}\n", counted(total, "case"))
            }
        }
    }

    /// Prints what is left, and hands over all of it.
    pub(super) fn end(mut self) -> Result<Results, Error> {
        self.is_interrupted();
        // One that comes from now on ends the printing.
        self.signals.put_back().map_err(|errno| Error::errno("restore", "signals", errno))?;
        let about = self.about.as_ref().map(lines).unwrap_or_default();
        match self.options.format() {
            Format::Table if self.options.has_rows() => {
                let rows = table::lines(self.selection.of(&self.findings), self.options.table().layout());
                self.write_out(rows.collect::<String>().as_bytes())?;
            }
            Format::Table => {
                self.print_group()?;
                self.write_out(output::folded(&self.totals()).as_bytes())?;
                self.write_out(output::folded(&earlier::changes(&self.findings)).as_bytes())?;
            }
            Format::Ktap if self.options.nested => self.write_out(ktap::nested(&self.findings, &about).as_bytes())?,
            Format::Ktap if !self.announced => {
                self.write_out(ktap::head(self.findings.len(), &about).as_bytes())?;
                self.print_rest(ktap::line)?;
            }
            Format::Ktap | Format::Lava => {}
            Format::Json => {
                let simulated = self.about.as_ref().map_or_else(simulation::is_simulated, |facts| facts.simulated);
                let document: String = json::lines(self.selection.of(&self.findings), simulated).collect();
                self.write_out(document.as_bytes())?;
            }
            Format::Junit => {
                let properties = self.about.as_ref().map(properties).unwrap_or_default();
                self.write_out(junit::document(&self.findings, &properties).as_bytes())?;
            }
        }
        if let Some(signal) = self.signal.filter(|_| self.options.format() == Format::Ktap) {
            self.write_out(ktap::bail_out(&interrupted(signal)).as_bytes())?;
        }
        let Self { findings, about, summary, unprinted, signal, .. } = self;
        Ok(Results { findings, about, summary, unprinted, signal })
    }
}

/// Says what ended the run.
pub(super) fn interrupted(signal: i32) -> String {
    format!("{INTERRUPTED} ({})", signals::name(signal))
}

/// A deviation that is known counts as a failure with `--strict`.
fn judged(mut finding: CaseResult, strict: bool) -> CaseResult {
    if strict && finding.verdict == CaseVerdict::Known {
        finding.verdict = CaseVerdict::Fail;
    }
    finding
}

pub(super) fn cases(options: &Output, cases: &[(&'static str, &'static Case)]) -> anyhow::Result<()> {
    let rows: Vec<CaseRow> = cases.iter().map(|(group, case)| CaseRow { group, case }).collect();
    if options.format() == Format::Json || options.has_rows() {
        let selection = options.table().select(CASES, DEFAULT_CASES).map_err(UsageError)?;
        return Ok(options.table().print(&selection, &rows, false)?);
    }
    let shown = |name: &str| CASES.iter().find(|column| column.heading.name == name);
    let columns = ["CASE", "EXPECTED", "FUNCTION"].into_iter().filter_map(shown);
    let selection = Selection(columns.chain([&DESCRIPTION]).collect());
    // An id is there to be typed: none is shortened.
    let layout = Layout { width: output::width(), whole: true, ..Layout::default() };
    Ok(output::in_parts(table::lines(selection.of(&rows), layout), &mut output::data)?)
}
