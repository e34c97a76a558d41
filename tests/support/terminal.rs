//! A terminal, without a program that shows it.

use std::fs::File;
use std::io::Read;
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::fs::OpenOptionsExt;
use std::process::{Command, ExitStatus};

/// Both sides of a terminal. Not by openpty(3), whose descriptors programs inherit that other tests start at the same time.
pub fn terminal(rows: u16, columns: u16) -> (File, File) {
    use nix::fcntl::OFlag;
    let master = nix::pty::posix_openpt(OFlag::O_RDWR | OFlag::O_NOCTTY | OFlag::O_CLOEXEC).expect("a terminal");
    nix::pty::grantpt(&master).expect("grantpt should succeed");
    nix::pty::unlockpt(&master).expect("it opens");
    let name = nix::pty::ptsname_r(&master).expect("a name");
    let slave = File::options().read(true).write(true).custom_flags(libc::O_NOCTTY).open(name).expect("its other side");
    let size = libc::winsize { ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 };
    // SAFETY: TIOCSWINSZ reads one struct winsize, which `size` is.
    let answer = unsafe { libc::ioctl(slave.as_raw_fd(), libc::TIOCSWINSZ, &raw const size) };
    nix::errno::Errno::result(answer).expect("a size");
    (File::from(OwnedFd::from(master)), slave)
}

/// Runs `command` on a terminal with this many columns. Returns how it ended, and all that it showed.
pub fn run_on_terminal(mut command: Command, columns: u16) -> (ExitStatus, String) {
    let (mut terminal, slave) = terminal(24, columns);
    let mut child = command.stdout(slave.try_clone().unwrap()).stderr(slave).spawn().unwrap();
    // When the last of its other sides is closed, a terminal answers EIO.
    drop(command);
    let mut shown = Vec::new();
    let _ = terminal.read_to_end(&mut shown);
    (child.wait().unwrap(), String::from_utf8(shown).expect("text"))
}
