//! `buffers --format openmetrics`

use super::openmetrics::exposition;
use super::options::Args;
use super::session::Session;
use super::watch::Looks;
use crate::cmd::UsageError;
use crate::cmd::stream::Outlet;
use crate::exit::Exit;
use crate::holders::HolderDetails;
use crate::host::cma;
use crate::host::memory::SystemMemory;
use std::path::Path;

/// Writes the gauges once, or with --watch again and again.
pub(super) fn run(args: &Args) -> anyhow::Result<Exit> {
    if args.watch.is_some() && args.write.is_none() {
        return Err(UsageError("--format openmetrics with --watch needs --write FILE".to_owned()).into());
    }
    let outlet = Outlet::prepare(args.write.as_deref().unwrap_or(Path::new("-")))?;
    let session = Session::new(args, HolderDetails { commands: true, cgroups: false })?;
    let mut looks = Looks::new(args);
    loop {
        let (scan, gaps) = session.scan(looks.is_first())?;
        let areas = cma::areas(&session.root, SystemMemory::of(&session.root).as_ref());
        outlet.write(exposition(&scan, &areas).as_bytes())?;
        if args.watch.is_none() || looks.is_late() {
            return Ok(session.exit(&gaps));
        }
        looks.wait();
    }
}
