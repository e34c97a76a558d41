//! The command line: verbs, the help that groups them, dispatch, and how an error is reported.

mod help;
mod slip;

use crate::cmd::manual::{Definition, Group};
use crate::cmd::{self, Manual, UsageError, message};
use crate::error::{self, Error, Hint};
use crate::exit::Exit;
use crate::sys::process::startup;
use crate::ui::escape::escaped;
use crate::ui::output;
use clap::error::ErrorKind;
use clap::{ArgMatches, Args, Command, FromArgMatches};
use slip::CommandLine;
use std::ffi::OsString;

const ABOUT: &str = "Inspect and exercise Linux DMA-BUF heaps";
const MORE: &str = "dmaheap lists the DMA-BUF heaps of a machine and explains why one cannot be used. It allocates buffers with any flags, holds them, fills and verifies them, hands them to other processes and to devices, shows who holds them, and checks what the kernel accepts and refuses.";

/// A verb: what it accepts, which is defined when it is needed only, and what it does.
struct Verb {
    name: &'static str,
    manual: &'static Manual,
    define: fn(Command) -> Command,
    run: fn(&ArgMatches) -> Result<anyhow::Result<Exit>, clap::Error>,
}

/// Every verb has a module in [`cmd`] with its name.
macro_rules! verbs {
    ($($name:ident)*) => {
        const VERBS: &[Verb] = &[$(Verb {
            name: stringify!($name),
            manual: &cmd::$name::MANUAL,
            define: cmd::$name::Args::augment_args,
            run: |matches| cmd::$name::Args::from_arg_matches(matches).map(|args| cmd::$name::run(&args)),
        },)* Verb {
            name: "generate",
            manual: &cmd::generate::MANUAL,
            define: cmd::generate::Args::augment_args,
            run: |matches| cmd::generate::Args::from_arg_matches(matches).map(|args| cmd::generate::run(&args, &definition())),
        }];

        /// Every verb's page in the manual.
        const MANUALS: &[Manual] = &[$(cmd::$name::MANUAL,)* cmd::generate::MANUAL];
    };
}
verbs!(list alloc hold exec send recv fill verify load dump info import fence buffers doctor limits probe bench stress sim);

/// Every verb stands in exactly one group.
const GROUPS: &[Group] = &[
    Group { name: "heaps", verbs: &["list", "doctor", "limits"], about: "what exists, why it fails, how much" },
    Group { name: "buffers", verbs: &["alloc", "hold", "exec", "send", "recv"], about: "allocate, keep, hand over" },
    Group {
        name: "bytes",
        verbs: &["fill", "verify", "load", "dump", "info"],
        about: "contents of a buffer, facts about an fd",
    },
    Group { name: "devices", verbs: &["import", "fence"], about: "who accepts a buffer, what it waits for" },
    Group { name: "machine", verbs: &["buffers"], about: "every dma-buf and who holds it" },
    Group { name: "kernel", verbs: &["probe", "bench", "stress"], about: "exact answers, speed, endurance" },
    Group { name: "simulator", verbs: &["sim"], about: "run a command against simulated heaps" },
    Group { name: "itself", verbs: &["generate"], about: "manual pages and completions" },
];

/// The whole definition of the command line, from which manual and completions are made.
fn definition() -> Definition<'static> {
    let mut command = command();
    command.build();
    Definition { command, manuals: MANUALS, groups: GROUPS }
}

/// The command line with all that every verb accepts, and its help.
fn command() -> Command {
    let define = |verb: &Verb| help::arranged((verb.define)(Command::new(verb.name)), verb.manual);
    outline().subcommands(VERBS.iter().map(define))
}

/// The same without the help, and what a verb accepts is defined once it is asked for: to define all of it takes longer
/// than most verbs.
fn deferred() -> Command {
    outline().subcommands(VERBS.iter().map(|verb| Command::new(verb.name).defer(verb.define)))
}

fn outline() -> Command {
    Command::new("dmaheap")
        .version(env!("CARGO_PKG_VERSION"))
        .about(ABOUT)
        .long_about(MORE)
        .override_help(overview())
        .term_width(80)
        .subcommand_required(true)
        .arg_required_else_help(true)
}

/// The top-level help: one line per group, since clap cannot group subcommands.
fn overview() -> String {
    let mut text = format!("{ABOUT}\n\nUsage: dmaheap COMMAND [OPTIONS] [ARGS]\n\n");
    for group in GROUPS {
        text.push_str(&format!("  {:<10}{:<28}{}\n", group.name, group.verbs.join(" "), group.about));
    }
    text.push_str("\nOptions:\n  -h, --help      Print help; `dmaheap COMMAND --help` has more\n");
    text.push_str("  -V, --version   Print version; -V -v adds the target and the commit\n");
    text.push_str("\nStatus: 0 done, 1 failed, 2 usage, 3 bytes differ, 4 nothing there (dmaheap(1))\n");
    text
}

/// Runs the tool with the given arguments (the first is the program's name).
pub fn run(args: impl IntoIterator<Item = OsString>) -> Exit {
    // Without it a broken pipe would be an error message instead of a quiet end; nothing else changes.
    let _ = startup::restore_sigpipe();
    // Beyond RLIMIT_FSIZE a write then answers EFBIG, which is reported.
    let _ = startup::ignore_file_size_signal();
    // Before anything is opened or run. A stand-in that stays inheritable changes nothing.
    let _ = startup::disown_stand_ins();
    let args: Vec<OsString> = args.into_iter().collect();
    if let Some((_, arguments)) = args.get(1..).and_then(<[_]>::split_first).filter(|(verb, _)| *verb == "complete") {
        return cmd::complete::run(arguments, &definition());
    }
    // The statuses of a command are its own: messages of dmaheap are apart from them, as with env(1).
    let failure = if runs_a_command(&args) { Exit::Wrapper } else { Exit::Failure };
    error::report_ends_with(move |error| {
        output::erase();
        message::print_error(error);
        failure.code()
    });
    match act(&args) {
        Ok(Ok(exit)) => exit,
        Ok(Err(error)) => wrapped(tell(&error), failure),
        Err(error) => wrapped(tell_usage(&error, &args), failure),
    }
}

/// Replaces every status of a verb that runs a command by 125, unless it is the command's own.
fn wrapped(exit: Exit, failure: Exit) -> Exit {
    if exit != Exit::Success && failure == Exit::Wrapper { failure } else { exit }
}

/// Whether a command was to be run in place of dmaheap.
fn runs_a_command(args: &[OsString]) -> bool {
    match args.get(1).and_then(|verb| verb.to_str()) {
        Some("exec" | "sim") => true,
        Some("recv" | "import" | "fence") => args.iter().any(|arg| arg == "--"),
        _ => false,
    }
}

/// Does what the arguments say, if they can be understood.
fn act(args: &[OsString]) -> Result<anyhow::Result<Exit>, clap::Error> {
    let mut command = deferred();
    let matches = command.try_get_matches_from_mut(args).map_err(|error| match error.kind() {
        ErrorKind::DisplayHelp => self::command().try_get_matches_from(args).err().unwrap_or(error),
        _ => error,
    })?;
    // clap refuses any other verb, and none.
    let given = matches.subcommand();
    let verb = given.and_then(|(name, matches)| Some((VERBS.iter().find(|verb| verb.name == name)?, matches)));
    let Some((verb, matches)) = verb else {
        return Err(command.error(ErrorKind::InvalidSubcommand, "no such command"));
    };
    (verb.run)(matches).map_err(|error| error.format(&mut command))
}

fn tell(error: &anyhow::Error) -> Exit {
    if let Some(UsageError(text)) = error.downcast_ref() {
        output::info(&escaped(text));
        return Exit::Usage;
    }
    match error.downcast_ref::<Error>() {
        Some(error) => {
            message::print_error(error);
            if error.hint() == Some(&Hint::NoHeaps) {
                return Exit::Nothing;
            }
        }
        None => output::info(&escaped(&format!("{error:#}"))),
    }
    Exit::Failure
}

/// Help and version are data. An error becomes one line, with a hint unless that has said everything.
fn tell_usage(error: &clap::Error, args: &[OsString]) -> Exit {
    let mut text = error.render().to_string();
    if matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) {
        if error.kind() == ErrorKind::DisplayVersion && args.iter().any(|arg| arg == "-v" || arg == "--verbose") {
            text.push_str(concat!("target: ", env!("DMAHEAP_TARGET"), "\n"));
            text.extend(option_env!("DMAHEAP_COMMIT").map(|commit| format!("commit: {commit}\n")));
        }
        return match output::data(text.as_bytes()) {
            Ok(()) => Exit::Success,
            Err(error) => tell(&error.into()),
        };
    }
    if error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        output::lines(&text);
        return Exit::Usage;
    }
    let words: Vec<String> = args.iter().map(|word| word.to_string_lossy().into_owned()).collect();
    let mut command = command();
    command.build();
    let verb = words.get(1).filter(|name| *name != "help").and_then(|name| command.find_subcommand(name));
    let refusal = CommandLine { command: &command, verb, words: &words }.explain(error);
    output::info(&escaped(&refusal.sentence));
    if !refusal.is_complete {
        let name = verb.map(|verb| format!(" {}", verb.get_name())).unwrap_or_default();
        output::hint(&format!("see `dmaheap{name} --help`"));
    }
    Exit::Usage
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_definition_is_consistent() {
        command().debug_assert();
    }

    #[test]
    fn every_verb_stands_in_exactly_one_group() {
        for verb in command().get_subcommands() {
            let groups = GROUPS.iter().filter(|group| group.verbs.contains(&verb.get_name()));
            assert_eq!(groups.count(), 1, "{}", verb.get_name());
        }
        for verb in GROUPS.iter().flat_map(|group| group.verbs) {
            assert!(command().find_subcommand(verb).is_some(), "{verb}");
        }
    }

    #[test]
    fn every_verb_has_a_page_in_the_manual() {
        let verbs: Vec<String> = command().get_subcommands().map(|verb| verb.get_name().to_owned()).collect();
        let pages: Vec<&str> = MANUALS.iter().map(|manual| manual.verb).collect();
        assert_eq!(verbs, pages);
    }

    #[test]
    fn every_option_has_an_example() {
        let command = command();
        let arguments = command
            .get_subcommands()
            .flat_map(|verb| verb.get_arguments().map(move |argument| (verb.get_name(), argument)));
        for (verb, argument) in arguments {
            let help = argument.get_long_help().map(ToString::to_string).unwrap_or_default();
            assert!(help.contains("Example: ") || argument.get_id() == "help", "{verb}: {}", argument.get_id());
        }
    }

    #[test]
    fn the_shells_know_every_value() {
        let is_unknown =
            |argument: &&clap::Arg| argument.get_action().takes_values() && !cmd::complete::knows(argument);
        let definition = definition();
        let verbs = definition.command.get_subcommands();
        let commands = verbs.flat_map(|verb| verb.get_subcommands().chain([verb]));
        let unknown = commands.flat_map(|command| command.get_arguments().filter(is_unknown));
        assert_eq!(unknown.map(ToString::to_string).collect::<Vec<_>>(), Vec::<String>::new());
    }

    #[test]
    fn the_overview_fits_a_terminal() {
        let text = command().render_help().to_string();
        assert!(text.lines().count() <= 24, "{text}");
        assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
    }
}
