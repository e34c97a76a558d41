//! `/proc/PID/stat` (`do_task_stat`, proc_pid_stat(5)), which anyone may read.

/// `PF_KTHREAD` of include/linux/sched.h, the same since 2.6.
const KERNEL_THREAD: u64 = 0x0020_0000;
/// Fields between the command, which is in parentheses, and `flags`.
const BEFORE_FLAGS: usize = 6;

/// Whether the task is the kernel's own: it has no descriptors and no mappings.
#[must_use]
pub fn is_kernel_thread(bytes: &[u8]) -> bool {
    // The command may hold parentheses; the last one closes it.
    let Some(end) = bytes.iter().rposition(|byte| *byte == b')') else { return false };
    let fields = String::from_utf8_lossy(&bytes[end + 1..]);
    let flags = fields.split_ascii_whitespace().nth(BEFORE_FLAGS);
    flags.and_then(|flags| flags.parse::<u64>().ok()).is_some_and(|flags| flags & KERNEL_THREAD != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_flags_tell_and_the_command_does_not() {
        assert!(is_kernel_thread(b"2 (kthreadd) S 0 0 0 0 -1 2129984 0 0 0"));
        assert!(!is_kernel_thread(b"1 (init) S 0 1 1 0 -1 4194560 1 2 3"));
        assert!(!is_kernel_thread(b"9 (a) S 0 0 0 0 -1 2129984) S 0 1 1 0 -1 4194560 1"));
        assert!(!is_kernel_thread(b"9 (x"));
        assert!(!is_kernel_thread(b""));
    }
}
