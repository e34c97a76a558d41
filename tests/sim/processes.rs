//! Signals by process number to anything under the simulator, and its end by force: who lives is served, and nobody is
//! left over.

use super::next_line;
use crate::support::binary;
use std::io::{BufReader, Read, Write};
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

/// A safety net: what is promised is a second, on a machine that does nothing else.
const LIMIT: Duration = Duration::from_secs(10);

/// A script under the simulator, with a place of its own for the private directory.
struct Simulation {
    front_end: Child,
    supervisor: u32,
    command: u32,
    input: Option<ChildStdin>,
    lines: BufReader<ChildStdout>,
    place: tempfile::TempDir,
}

impl Simulation {
    /// `script`, with `$0` as its argument, which begins when the numbers of the processes are known.
    fn start(script: &str, argument: &str) -> Self {
        Self::of(Command::new(binary()).args(["sim", "--", "/bin/sh", "-c"]), script, argument)
    }

    fn of(shell: &mut Command, script: &str, argument: &str) -> Self {
        let place = tempfile::tempdir().expect("a temporary directory");
        let mut front_end = shell
            .args([&format!("echo $PPID $$; {script}"), argument])
            .env("XDG_RUNTIME_DIR", place.path())
            .env("DMAHEAP", binary())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the tool should start");
        let mut lines = BufReader::new(front_end.stdout.take().expect("stdout is a pipe"));
        let numbers = next_line(&mut lines);
        let (supervisor, command) = numbers.trim().split_once(' ').expect("two numbers");
        let number = |text: &str| text.parse().expect("a number");
        let (supervisor, command) = (number(supervisor), number(command));
        Self { input: front_end.stdin.take(), front_end, supervisor, command, lines, place }
    }

    fn front_end(&self) -> u32 {
        self.front_end.id()
    }

    #[track_caller]
    fn expect(&mut self, line: &str) {
        assert_eq!(next_line(&mut self.lines), format!("{line}\n"));
    }

    /// Lets the script go on that waits for a line.
    fn go_on(&mut self) {
        self.input.as_mut().expect("it is open").write_all(b"\n").expect("it reads");
    }

    /// Waits for the end, and until no process is left that could write.
    #[track_caller]
    fn end(mut self) -> (std::process::ExitStatus, String) {
        let (ended, end) = mpsc::channel();
        let mut lines = self.lines;
        std::thread::spawn(move || ended.send(lines.read_to_end(&mut Vec::new())));
        end.recv_timeout(LIMIT).expect("every process should be gone").expect("a pipe");
        let status = self.front_end.wait().expect("it can be waited for");
        let mut stderr = String::new();
        self.front_end.stderr.take().expect("stderr is a pipe").read_to_string(&mut stderr).expect("text");
        let left: Vec<_> = std::fs::read_dir(self.place.path()).expect("it is there").collect();
        assert!(left.is_empty(), "{left:?}");
        (status, stderr)
    }
}

#[track_caller]
fn send(signal: &str, processes: &[u32]) {
    let numbers = processes.iter().map(u32::to_string);
    assert!(Command::new("kill").arg(signal).args(numbers).status().expect("kill should start").success());
}

/// Waits until a process is in `state`, a letter of its stat.
#[track_caller]
fn until(process: u32, state: char) {
    let deadline = Instant::now() + LIMIT;
    let stat = || std::fs::read_to_string(format!("/proc/{process}/stat")).expect("it lives");
    while !stat().contains(&format!(") {state} ")) {
        assert!(Instant::now() < deadline, "{process} should be in state {state}: {}", stat());
        std::thread::yield_now();
    }
}

/// Twenty processes that say `up`: children, sessions of their own, daemons that lost two parents, and `$0`, for root a
/// program that takes another user's rights.
const TREE: &str = "hold='echo up; exec sleep 1000'
    for i in 1 2 3 4 5 6 7 8 9 10; do /bin/sh -c \"$hold\" & done
    for i in 1 2 3; do setsid /bin/sh -c \"$hold\" & done
    for i in 1 2 3; do (setsid /bin/sh -c \"($hold) & $hold\" &); done
    /bin/sh -c 'echo up; exec \"$0\" 1000' \"$0\" &
    read line; kill -STOP $$";

/// Where the system's programs are one program, this one must have its name.
fn foreign_sleep(place: &Path) -> String {
    let program = place.join("sleep");
    let found = ["/bin/sleep", "/usr/bin/sleep", "/bin/busybox"].into_iter().find(|path| Path::new(path).exists());
    std::fs::copy(found.expect("a program that sleeps"), &program).expect("it can be copied");
    // Who is not root has one without another owner.
    let _ = std::os::unix::fs::chown(&program, Some(65534), None);
    std::fs::set_permissions(&program, std::os::unix::fs::PermissionsExt::from_mode(0o4755)).expect("it is ours");
    program.to_str().expect("text").to_owned()
}

fn with_tree(then: impl FnOnce(&mut Simulation)) -> (std::process::ExitStatus, String) {
    let place = tempfile::tempdir().expect("a temporary directory");
    let mut simulation = Simulation::start(TREE, &foreign_sleep(place.path()));
    for _ in 0..20 {
        simulation.expect("up");
    }
    then(&mut simulation);
    simulation.end()
}

/// Programs that were about to begin may have said before what they miss.
const SUPERVISOR_KILLED: &str =
    "dmaheap: serve the command: the supervisor was killed by SIGKILL, so the command was also killed\n";

#[test]
fn when_the_front_end_is_killed_nothing_is_left() {
    let (status, stderr) = with_tree(|simulation| send("-KILL", &[simulation.front_end()]));
    assert_eq!((status.signal(), stderr.as_str()), (Some(9), ""));
}

#[test]
fn when_the_supervisor_is_killed_nothing_is_left() {
    let (status, stderr) = with_tree(|simulation| send("-KILL", &[simulation.supervisor]));
    assert!(status.code() == Some(125) && stderr.ends_with(SUPERVISOR_KILLED), "{status}: {stderr}");
}

/// A stopped process does not see that another has ended.
#[test]
fn when_the_supervisor_of_a_stopped_job_is_killed_nothing_is_left() {
    let (status, stderr) = with_tree(|simulation| {
        simulation.go_on();
        until(simulation.front_end(), 'T');
        send("-KILL", &[simulation.supervisor]);
    });
    assert!(status.code() == Some(125) && stderr.ends_with(SUPERVISOR_KILLED), "{status}: {stderr}");
}

#[test]
fn when_both_are_killed_the_command_does_not_live_on() {
    let simulation = Simulation::start("exec sleep 1000", "");
    send("-KILL", &[simulation.supervisor, simulation.front_end()]);
    let Simulation { mut lines, place, .. } = simulation;
    assert_eq!(lines.read_to_end(&mut Vec::new()).expect("a pipe"), 0);
    // The private directory is nobody's any more.
    assert!(
        Command::new("chmod").args(["-R", "u+w"]).arg(place.path()).status().expect("chmod should start").success()
    );
}

/// A shell that becomes the simulator leaves it its background jobs.
#[test]
fn process_from_before_the_simulation_outlives_it() {
    let mut shell = Command::new("/bin/sh");
    let shell = shell.args(["-c", "sleep 1000 >/dev/null 2>&1 & exec $DMAHEAP sim -- /bin/sh -c \"$0\" $!"]);
    let mut simulation = Simulation::of(shell, "echo $0; read line", "");
    let bystander: u32 = next_line(&mut simulation.lines).trim().parse().expect("a number");
    send("-KILL", &[simulation.supervisor]);
    assert_eq!(simulation.end().0.code(), Some(125));
    send("-KILL", &[bystander]);
}

/// Says `up`, and `served` for each line that it reads, and ends with them.
const SERVED: &str =
    "exec 3<&0; { echo up; while read line; do test -c /dev/dma_heap/system && echo served; done; } <&3 & ";

#[test]
fn while_the_command_is_stopped_its_children_are_served() {
    let mut simulation = Simulation::start(&format!("{SERVED} wait; exit 5"), "");
    simulation.expect("up");
    send("-STOP", &[simulation.command]);
    until(simulation.front_end(), 'T');
    simulation.go_on();
    simulation.expect("served");
    // The shell that started the job also sees it go on, whoever continued it.
    send("-CONT", &[simulation.command]);
    simulation.go_on();
    simulation.expect("served");
    drop(simulation.input.take());
    assert_eq!(simulation.end().0.code(), Some(5));
}

#[test]
fn a_stopped_command_stops_the_simulator_and_goes_on_with_it() {
    let mut simulation = Simulation::start("kill -STOP $$; echo continued", "");
    until(simulation.front_end(), 'T');
    send("-CONT", &[simulation.front_end()]);
    simulation.expect("continued");
    assert!(simulation.end().0.success());
}

#[test]
fn a_stopped_command_that_is_killed_ends_the_simulator() {
    let simulation = Simulation::start("kill -STOP $$", "");
    until(simulation.front_end(), 'T');
    send("-KILL", &[simulation.command]);
    assert_eq!(simulation.end().0.signal(), Some(9));
}

/// The kernel sends SIGHUP to a group that loses its last tie to its session while one of it is stopped.
#[test]
fn the_end_of_a_stopped_command_hurts_nobody_in_its_process_group() {
    let mut shell = Command::new("setsid");
    // The first process of a session, without a shell that has jobs: `sh` and the simulator are one group.
    let shell = shell.args(["/bin/sh", "-c", "$DMAHEAP sim -- /bin/sh -c \"$0\"; echo $?"]);
    let mut simulation = Simulation::of(shell, "echo $(cut -d' ' -f4 /proc/$PPID/stat); kill -STOP $$", "");
    let front_end: u32 = next_line(&mut simulation.lines).trim().parse().expect("a number");
    until(front_end, 'T');
    send("-KILL", &[simulation.command]);
    simulation.expect("137");
    assert!(simulation.end().0.success());
}

#[test]
fn simulator_processes_cannot_be_stopped() {
    let mut simulation = Simulation::start(&format!("{SERVED} wait; exit 6"), "");
    simulation.expect("up");
    send("-STOP", &[simulation.supervisor]);
    simulation.go_on();
    simulation.expect("served");
    send("-STOP", &[simulation.front_end()]);
    until(simulation.front_end(), 'T');
    simulation.go_on();
    simulation.expect("served");
    // Nor both at a time.
    send("-STOP", &[simulation.front_end()]);
    until(simulation.front_end(), 'T');
    send("-STOP", &[simulation.supervisor]);
    simulation.go_on();
    simulation.expect("served");
    // What would end the supervisor does not.
    send("-TERM", &[simulation.supervisor]);
    send("-HUP", &[simulation.supervisor]);
    simulation.go_on();
    simulation.expect("served");
    drop(simulation.input.take());
    // The end of the command is not kept back either.
    assert_eq!(simulation.end().0.code(), Some(6));
}

#[test]
fn descendants_are_served_when_the_command_was_killed_and_end_with_the_simulator() {
    let mut simulation = Simulation::start(&format!("{SERVED} wait"), "");
    simulation.expect("up");
    send("-KILL", &[simulation.command]);
    simulation.go_on();
    simulation.expect("served");
    // The command's end is known before the next line is answered, but to the supervisor only.
    while simulation.front_end.try_wait().expect("it can be asked").is_none() {
        send("-TERM", &[simulation.front_end()]);
        std::thread::yield_now();
    }
    assert_eq!(simulation.end().0.signal(), Some(15));
}

/// A pipe ends for its reader when the command has closed it.
#[test]
fn descriptors_of_the_caller_are_the_commands_alone() {
    let place = tempfile::tempdir().expect("a temporary directory");
    let fifo = place.path().join("fifo");
    assert!(Command::new("mkfifo").arg(&fifo).status().expect("mkfifo should start").success());
    let mut shell = Command::new("/bin/sh");
    let shell = shell.env("FIFO", &fifo).args(["-c", "exec $DMAHEAP sim -- /bin/sh -c \"$0\" 5>$FIFO"]);
    // It ends after the test has seen the end of the pipe, or never.
    let reader = std::thread::spawn(move || std::fs::read(fifo).expect("a pipe"));
    let mut simulation = Simulation::of(shell, "echo text >&5; exec 5>&-; read line", "");
    assert_eq!(reader.join().expect("it reads"), b"text\n");
    simulation.go_on();
    assert!(simulation.end().0.success());
}
