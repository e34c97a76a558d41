//! Results on their way to stdout, in whatever format, as soon as the format allows.

use super::columns::{CASES, COLUMNS, CaseRow};
use super::judged;
use crate::error::Error;
use crate::machine::simulation;
use crate::options::format::{Format, Output};
use crate::probe::{Case, Facts, Finding, Summary, Verdict};
use crate::report::column::Selection;
use crate::report::table::{self, Layout};
use crate::report::{json, junit, ktap, lava, output, verdicts};

/// Prints findings, and keeps them.
pub(super) struct Printer<'a> {
    options: &'a Output,
    strict: bool,
    findings: Vec<Finding>,
    summary: Summary,
    /// How many of them have been printed.
    printed: usize,
    /// Whether the number of results was announced.
    announced: bool,
}

impl<'a> Printer<'a> {
    pub(super) fn new(options: &'a Output, strict: bool) -> Self {
        Self { options, strict, findings: Vec::new(), summary: Summary::default(), printed: 0, announced: false }
    }

    /// The kernel is known, and perhaps how many results there will be.
    pub(super) fn begin(&mut self, facts: &Facts, count: Option<usize>) -> Result<(), Error> {
        match (self.options.format(), count) {
            (Format::Table, _) => {
                let fixed = if facts.kernel.efault_fixed { "" } else { ", before the fix of the EFAULT leak" };
                output::data(format!("kernel {}, ABI {}{fixed}\n", facts.release, facts.abi_name()).as_bytes())
            }
            (Format::Ktap, Some(count)) if !self.options.nested => {
                self.announced = true;
                output::data(ktap::head(count).as_bytes())
            }
            _ => Ok(()),
        }
    }

    pub(super) fn has_failed(&self) -> bool {
        self.summary.fail > 0
    }

    pub(super) fn add(&mut self, finding: Finding) -> Result<(), Error> {
        let finding = judged(finding, self.strict);
        // A group of a heap is over when something else comes.
        let is_new = self.findings.last().is_some_and(|last| last.group != finding.group || last.heap != finding.heap);
        if is_new && self.options.format() == Format::Table {
            self.print_group()?;
        }
        self.summary.count(finding.verdict);
        self.findings.push(finding);
        match self.options.format() {
            Format::Ktap if self.announced => self.print_rest(ktap::line),
            Format::Lava => self.print_rest(|_, finding| lava::line(finding)),
            _ => Ok(()),
        }
    }

    fn print_group(&mut self) -> Result<(), Error> {
        let group = self.findings.get(self.printed..).unwrap_or_default();
        let text = verdicts::group(group, self.options.verbose);
        self.printed = self.findings.len();
        output::data(text.as_bytes())
    }

    fn print_rest(&mut self, line: impl Fn(usize, &Finding) -> String) -> Result<(), Error> {
        let rest = self.findings.iter().enumerate().skip(self.printed);
        let text: String = rest.map(|(index, finding)| line(index + 1, finding)).collect();
        self.printed = self.findings.len();
        output::data(text.as_bytes())
    }

    /// The last line of the table; none where nothing was run.
    fn totals(&self) -> String {
        let Summary { ok, fail, skip, known } = self.summary;
        let of = |finding: &Finding| if finding.verdict == Verdict::Ok { 0 } else { finding.lost.len() };
        let lost = match self.findings.iter().map(of).sum::<usize>() {
            0 => String::new(),
            lost => format!("; {lost} descriptors lost"),
        };
        match self.summary.total() {
            0 => String::new(),
            total => format!("{total} cases: {ok} ok, {fail} failed, {known} known, {skip} skipped{lost}\n"),
        }
    }

    /// Prints what is left, and hands over all of it.
    pub(super) fn end(mut self) -> Result<(Vec<Finding>, Summary), Error> {
        match self.options.format() {
            Format::Table => {
                self.print_group()?;
                output::data(self.totals().as_bytes())?;
            }
            Format::Ktap if self.options.nested => output::data(ktap::nested(&self.findings).as_bytes())?,
            Format::Ktap if !self.announced => {
                output::data(ktap::head(self.findings.len()).as_bytes())?;
                self.print_rest(ktap::line)?;
            }
            Format::Ktap | Format::Lava => {}
            Format::Json => {
                let document = json::document(&Selection::all(COLUMNS).of(&self.findings), simulation::is_simulated());
                output::data(&document)?;
            }
            Format::Junit => output::data(junit::document(&self.findings).as_bytes())?,
        }
        Ok((self.findings, self.summary))
    }
}

/// The table of cases.
pub(super) fn cases(options: &Output, cases: &[(&'static str, &'static Case)]) -> Result<(), Error> {
    let rows: Vec<CaseRow> = cases.iter().map(|(group, case)| CaseRow { group, case }).collect();
    if options.format() == Format::Json {
        return output::data(&json::document(&Selection::all(CASES).of(&rows), false));
    }
    let selection = Selection(CASES.iter().filter(|column| column.name != "GROUP" && column.name != "V12").collect());
    output::data(&table::render(&selection.of(&rows), Layout::default()))
}
