//! What is at the pointer of a request, and what goes back there.

use crate::model::{Errno, Reply, Request, vfs};
use crate::sim::caller::Caller;
use crate::sim::faults::{Faults, Rule};
use crate::sys::sim::seccomp::CallResult;
use crate::uapi::dma_buf::NAME_LEN;

/// `struct fsuuid2`: a length and a UUID, of version 8, which means nothing.
const UUID: [u8; 17] = *b"\x10dmaheap\x80sim\x80----";

pub(super) struct Argument<'a> {
    caller: &'a Caller<'a>,
    faults: &'a Faults,
    address: u64,
    /// The readable ones, as the rules see them.
    pub(super) bytes: Vec<u8>,
}

impl<'a> Argument<'a> {
    /// Reads what the request names, and a name's length in any case.
    pub(super) fn read(caller: &'a Caller<'a>, faults: &'a Faults, request: Request, address: u64) -> Self {
        let mut bytes = vec![0; request.size().max(NAME_LEN)];
        let readable = caller.read(address, &mut bytes);
        bytes.truncate(readable);
        Self { caller, faults, address, bytes }
    }

    /// Returns how many of the bytes that the request writes can be written. Found out by writing the bytes that are
    /// there, as the kernel itself will do with most of them.
    pub(super) fn writable(&self, request: Request) -> usize {
        self.write(&self.bytes[..self.bytes.len().min(request.out_size())])
    }

    /// Writes `bytes` and returns how many could be written.
    pub(super) fn write(&self, bytes: &[u8]) -> usize {
        self.caller.write(self.address, bytes)
    }

    /// Writes what `reply` writes and ends the call.
    pub(super) fn reply(&self, reply: &Reply) -> CallResult {
        if self.write(&reply.copy_out) < reply.copy_out.len() {
            return Errno::EFAULT.into();
        }
        match reply.result {
            Err(Errno::EFAULT) if self.faults.breaks(Rule::FaultIsEinval) => Errno::EINVAL.into(),
            result => result.into(),
        }
    }

    /// An answer of the VFS. What depends on the file system is as on devtmpfs.
    pub(super) fn reply_of_vfs(&self, answer: vfs::VfsAnswer) -> CallResult {
        match answer {
            vfs::VfsAnswer::Reply(reply) | vfs::VfsAnswer::Depends { usual: Some(reply), .. } => self.reply(&reply),
            // The descriptor's own file answers these as any file does.
            vfs::VfsAnswer::Effect(_) => CallResult::Continue,
            // FS_IOC_GETFSUUID alone, and devtmpfs has made one up as well.
            vfs::VfsAnswer::Depends { usual: None, .. } => {
                self.reply(&Reply { result: Ok(0), copy_out: UUID.to_vec() })
            }
        }
    }
}
