//! An interactive shell on a terminal: what its user types reaches the command.

use crate::support::{Ground, binary};
use std::path::Path;

/// A shell on a terminal of its own. It echoes what is typed, so words that are waited for are typed in
/// two halves.
const SCRIPT: &str = r#"
import os, pty, signal, sys
pid, terminal = pty.fork()
if pid == 0:
    # Whoever started the tests in the background lets them ignore it.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    os.execvpe('bash', ['bash', '--norc', '--noprofile', '-i'], dict(os.environ, PS1='prompt> ', TERM='dumb'))
seen = b''
def until(text):
    global seen
    while text not in seen:
        more = os.read(terminal, 4096)
        if not more:
            sys.exit(f'{text} did not come: {seen}')
        seen += more
    seen = seen[seen.index(text) + len(text):]
def type(text):
    os.write(terminal, text)
def command(text):
    until(b'prompt> ')
    type(text.encode() + b'\n')
sim = sys.argv[1] + ' sim -- '
loop = sim + '''sh -c 'trap "echo aga""in" CONT; echo rea""dy; while :; do sleep 0.01; done' '''
command(loop); until(b'ready'); type(b'\x03')
command('echo stat""us $?'); until(b'status 130')
command(loop); until(b'ready'); type(b'\x1a'); until(b'Stopped')
command('fg'); until(b'again'); type(b'\x1a'); until(b'Stopped')
command('bg; kill %1; wait %1; echo stat""us $?'); until(b'status 143')
command(sim + "sh -c 'read line; echo got $line'"); type(b'a li'b'ne\n'); until(b'got a line')
command('exit')
print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
"#;

#[test]
fn keys_interrupt_and_stop_the_command_and_it_reads_what_is_typed() {
    let tool = binary();
    let args = ["-c", SCRIPT, tool.to_str().expect("the tool's path is text")];
    assert_eq!(Ground::Kernel.run(&[], Path::new("python3"), args).run().success(), "0\n");
}
