//! `dmaheap generate`

mod json_page;
mod main_page;
mod page;
mod socket_page;
mod verb_page;

use super::manual::{Definition, Manual};
use crate::error::Error;
use crate::exit::Exit;
use crate::sys::fd::file::errno_of;
use crate::ui::output;
use std::fs;
use std::path::{Path, PathBuf};

/// Write the manual pages or a shell's completions
///
/// The pages are made from the command line that this binary defines, and completions ask the binary, so a
/// board needs nothing else.
#[derive(clap::Args, Clone, Debug)]
#[command(disable_help_subcommand = true)]
pub(crate) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(clap::Subcommand, Clone, Debug)]
enum What {
    /// Write all manual pages into a directory, which is created if necessary
    Man {
        /// Write dmaheap.1 and the other pages to this directory
        ///
        /// Example: dmaheap generate man /usr/local/share/man/man1
        #[arg(value_hint = clap::ValueHint::DirPath)]
        directory: PathBuf,
    },
    /// Print the completion script of a shell
    Completions {
        /// Print them for this shell
        ///
        /// Example: dmaheap generate completions bash
        shell: Shell,
    },
}

#[derive(clap::ValueEnum, Clone, Copy, Debug)]
enum Shell {
    Bash,
    Zsh,
    Fish,
}

/// The command's page in the manual.
pub(crate) const MANUAL: Manual =
    Manual { verb: "generate", columns: Vec::new, prose: || include_str!("generate.md").into() };

pub(crate) fn run(args: &Args, definition: &Definition<'_>) -> anyhow::Result<Exit> {
    match &args.what {
        What::Man { directory } => write_pages(directory, &pages(definition))?,
        What::Completions { shell } => output::data(completions(*shell))?,
    }
    Ok(Exit::Success)
}

/// Every page with its file name.
fn pages(definition: &Definition<'_>) -> Vec<(String, Vec<u8>)> {
    let mut pages = vec![
        ("dmaheap.1".to_owned(), main_page::render(definition)),
        ("dmaheap-json.5".to_owned(), json_page::render(definition.manuals)),
        ("dmaheap-socket.7".to_owned(), socket_page::render()),
    ];
    for manual in definition.manuals {
        if let Some(verb) = definition.command.find_subcommand(manual.verb) {
            pages.push((format!("dmaheap-{}.1", manual.verb), verb_page::render(manual, verb)));
        }
    }
    pages
}

fn write_pages(directory: &Path, pages: &[(String, Vec<u8>)]) -> Result<(), Error> {
    let failed = |path: &Path| {
        let path = path.display().to_string();
        move |error: std::io::Error| Error::errno("write", path, errno_of(&error))
    };
    fs::create_dir_all(directory).map_err(failed(directory))?;
    for (name, page) in pages {
        let path = directory.join(name);
        fs::write(&path, page).map_err(failed(&path))?;
    }
    Ok(())
}

/// The script of a shell. It asks `dmaheap complete`, so it names no option and no value.
fn completions(shell: Shell) -> &'static [u8] {
    match shell {
        Shell::Bash => include_bytes!("../../../completions/dmaheap.bash"),
        Shell::Zsh => include_bytes!("../../../completions/_dmaheap"),
        Shell::Fish => include_bytes!("../../../completions/dmaheap.fish"),
    }
}
