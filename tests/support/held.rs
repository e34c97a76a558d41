//! Buffers of a real kernel that a test holds, or lets others hold.

use crate::sys::fd::{ioctl, oflags};
use std::fs::File;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::fs::MetadataExt;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};

/// A buffer.
pub struct Held(pub File);

impl Held {
    /// A buffer of `system`, whose descriptor no program inherits.
    #[track_caller]
    pub fn new(size: u64) -> Self {
        Self::from_heap("system", size, oflags::CLOEXEC)
    }

    /// A buffer whose descriptor programs inherit.
    #[track_caller]
    pub fn inherited(size: u64) -> Self {
        Self::from_heap("system", size, 0)
    }

    #[track_caller]
    pub fn from_heap(heap: &str, size: u64, flags: u32) -> Self {
        let node = File::open(format!("/dev/dma_heap/{heap}")).expect("the heap opens");
        Self(ioctl::heap_alloc(node.as_fd(), size, oflags::RDWR | flags, 0).expect("memory").into())
    }

    #[track_caller]
    pub fn named(self, name: &std::ffi::CStr) -> Self {
        ioctl::buffer_set_name(self.0.as_fd(), name).expect("a name");
        self
    }

    pub fn inode(&self) -> u64 {
        self.0.metadata().expect("fstat").ino()
    }

    pub fn duplicate(&self) -> OwnedFd {
        self.0.as_fd().try_clone_to_owned().expect("a descriptor")
    }

    /// Maps all of it; the mapping stays when the descriptor is closed.
    #[track_caller]
    pub fn map(&self) -> Mapping {
        use nix::sys::mman::{MapFlags, ProtFlags, mmap};
        let length = std::num::NonZeroUsize::new(self.0.metadata().expect("fstat").len() as usize).unwrap();
        // SAFETY: the kernel chooses an address where nothing is, and nobody uses the memory.
        let start = unsafe { mmap(None, length, ProtFlags::PROT_READ, MapFlags::MAP_SHARED, self.0.as_fd(), 0) };
        Mapping { start: start.expect("a mapping"), length: length.get() }
    }
}

/// A mapping that nobody reads.
pub struct Mapping {
    start: std::ptr::NonNull<std::ffi::c_void>,
    length: usize,
}

impl Drop for Mapping {
    fn drop(&mut self) {
        // SAFETY: `map` made this very mapping, and nothing refers into it.
        let _ = unsafe { nix::sys::mman::munmap(self.start, self.length) };
    }
}

/// A process that does nothing but hold what it has inherited, until this is dropped.
pub struct Keeper(Child);

impl Keeper {
    /// It has been executed when this returns: spawn waits for that.
    #[track_caller]
    pub fn new() -> Self {
        Self::of_user(0)
    }

    #[track_caller]
    pub fn of_user(uid: u32) -> Self {
        let mut command = Command::new("/bin/cat");
        command.stdin(Stdio::piped()).stdout(Stdio::null()).uid(uid).gid(uid);
        Self(command.spawn().expect("there is cat"))
    }

    pub fn pid(&self) -> u32 {
        self.0.id()
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        drop(self.0.stdin.take());
        let _ = self.0.wait();
    }
}
