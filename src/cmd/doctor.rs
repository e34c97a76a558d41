//! `dmaheap doctor`

use super::buffers::unread;
use super::{Manual, heaps};
use crate::args::heaps::AskedHeaps;
use crate::args::table::Table;
use crate::cmd::message;
use crate::doctor::{self, Examination, Finding, FindingVerdict};
use crate::error::Hint;
use crate::exit::Exit;
use crate::heap::discover::Listing;
use crate::host::Root;
use crate::ui::escape::escaped;
use crate::ui::{Column, column, headings, output};
use std::path::PathBuf;

/// Explain why a heap cannot be used, and how to fix it
///
/// Each check reports ok, problem, known or unknown, with its evidence; for each problem, stderr has the
/// command or setting that fixes it. doctor changes nothing. It allocates one page briefly, to test whether
/// the kernel leaks descriptors.
///
/// The status is 1 if there is a problem.
#[derive(clap::Args, Clone, Debug)]
pub(crate) struct Args {
    /// Read the files of the machine below DIR
    ///
    /// No heap is opened there. Every path and link is resolved inside DIR.
    ///
    /// Example: --sysroot /mnt/board
    #[arg(long, value_name = "DIR")]
    pub sysroot: Option<PathBuf>,

    #[command(flatten)]
    pub asked: AskedHeaps,

    #[command(flatten)]
    pub table: Table,
}

pub(crate) const DEFAULT: &str = "VERDICT,CHECK,OBJECT,EVIDENCE";

pub(crate) const COLUMNS: &[Column<Finding>] = &[
    column("VERDICT", "verdict", "ok, problem, known (a fault of the kernel that its release explains) or unknown")
        .text(|row| row.verdict.to_string().into()),
    column("CHECK", "check", "which check").text(|row| row.check.into()),
    column("OBJECT", "object", "what was examined").text(|row| row.object.as_str().into()),
    column("EVIDENCE", "evidence", "what was found").text(|row| row.evidence.as_str().into()),
    column("HELP", "help", "the command or setting that fixes it").text(|row| row.help.clone().into()),
];

pub(crate) const MANUAL: Manual =
    Manual { verb: "doctor", columns: || headings(COLUMNS), prose: || include_str!("doctor.md").into() };

pub(crate) fn run(args: &Args) -> anyhow::Result<Exit> {
    let Some(selection) = super::selected(&args.table, COLUMNS, DEFAULT)? else { return Ok(Exit::Success) };
    let root = args.sysroot.as_deref().map_or_else(|| Ok(Root::machine()), Root::at)?;
    let named = heaps::chosen(args.asked.given(), &root)?;
    let listing = Listing::of(&root);
    let (entries, missing) = listing.choose(&named, &root);
    // Why there is no heap at all is its answer.
    if let Some(error) = missing.into_iter().find(|missing| missing.hint() != Some(&Hint::NoHeaps)) {
        return Err(error.into());
    }
    let Examination { findings, gaps } = doctor::examine(&root, &listing, (!entries.is_empty()).then_some(&entries));
    args.table.print_scanned(&selection, &findings, unread(&gaps), listing.simulated)?;
    message::refused_reads(&root.unread());
    let problems: Vec<&Finding> =
        findings.iter().filter(|finding| finding.verdict == FindingVerdict::Problem).collect();
    for Finding { check, object, help, .. } in &problems {
        output::info(&escaped(&format!("problem: {check} {object}")));
        if let Some(help) = help {
            output::hint(help);
        }
    }
    Ok(if problems.is_empty() { Exit::Success } else { Exit::Failure })
}
