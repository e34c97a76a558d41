//! `/proc/PID/stat` (`do_task_stat`, proc_pid_stat(5)), which anyone may read.

/// `PF_KTHREAD` of include/linux/sched.h, the same since 2.6.
const KERNEL_THREAD: u64 = 0x0020_0000;
/// Where `ppid`, `flags` and `num_threads` stand, counted from `state`, the field behind the command.
const PARENT: usize = 1;
const FLAGS: usize = 6;
const THREADS: usize = 17;

/// Whether the task has neither descriptors nor mappings: the kernel's own ones, and those that have
/// ended and wait for their parent.
pub(crate) fn holds_nothing(bytes: &[u8]) -> bool {
    let Some(text) = behind_command(bytes) else { return false };
    let fields: Vec<&str> = text.split_ascii_whitespace().collect();
    let number = |at: usize| fields.get(at).and_then(|field| field.parse::<u64>().ok());
    let has_ended = matches!(fields.first(), Some(&("Z" | "X"))) && number(THREADS).is_some_and(|threads| threads <= 1);
    has_ended || number(FLAGS).is_some_and(|flags| flags & KERNEL_THREAD != 0)
}

/// The number of the parent process.
pub(crate) fn parent(bytes: &[u8]) -> Option<u32> {
    behind_command(bytes)?.split_ascii_whitespace().nth(PARENT)?.parse().ok()
}

fn behind_command(bytes: &[u8]) -> Option<std::borrow::Cow<'_, str>> {
    // The command may hold parentheses; the last one closes it.
    let end = bytes.iter().rposition(|byte| *byte == b')')?;
    Some(String::from_utf8_lossy(&bytes[end + 1..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parent_is_found_behind_any_name() {
        assert_eq!(parent(b"9 (a) S 7 (b) S 1 9 9 0"), Some(1));
        assert_eq!(parent(b"9 (x) S"), None);
        assert_eq!(parent(b"9 (x"), None);
    }

    #[test]
    fn the_kernels_tasks_hold_nothing_whatever_they_are_called() {
        assert!(holds_nothing(b"2 (kthreadd) S 0 0 0 0 -1 2129984 0 0 0"));
        assert!(!holds_nothing(b"1 (init) S 0 1 1 0 -1 4194560 1 2 3"));
        assert!(!holds_nothing(b"9 (a) S 0 0 0 0 -1 2129984) S 0 1 1 0 -1 4194560 1"));
        assert!(!holds_nothing(b"9 (x"));
        assert!(!holds_nothing(b""));
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_are_a_panic_and_no_name_makes_a_task_the_kernels(
            bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..200), name in "[^\\x00]{0,15}",
        ) {
            let _ = (holds_nothing(&bytes), parent(&bytes));
            let line = format!("9 ({name}) S 1 9 9 0 -1 4194560 1 2 3");
            proptest::prop_assert!(!holds_nothing(line.as_bytes()));
        }
    }

    #[test]
    fn a_zombie_holds_nothing_unless_threads_live_on() {
        assert!(holds_nothing(b"9 (x) Z 1 9 9 0 -1 4227084 1 0 0 0 0 0 0 0 20 0 1 0 5"));
        assert!(!holds_nothing(b"9 (x) Z 1 9 9 0 -1 4227084 1 0 0 0 0 0 0 0 20 0 3 0 5"));
        assert!(!holds_nothing(b"9 (x) S 1 9 9 0 -1 4227084 1 0 0 0 0 0 0 0 20 0 1 0 5"));
    }
}
