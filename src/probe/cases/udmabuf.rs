//! The requests of udmabuf: each check that they go through.

use super::row::{EFAULT, EINVAL, ENOTTY, OK, cases, same};
use crate::model::Release;
use crate::probe::case::CaseAction::{self, Send};
use crate::probe::case::{Case, Outcomes};
use crate::probe::memfd::{MemfdArgument, MemfdRange};
use crate::probe::request::Placement::{Null, ReadOnly, Straddling};
use crate::probe::request::{Fd, FilesLimit, Len, RawRequest, Show};
use crate::uapi::dma_heap::IOCTL_ALLOC;
use crate::uapi::ioctl::{WRITE, ioc};
use crate::uapi::udmabuf::{CREATE, CREATE_LIST, Create, FLAGS_CLOEXEC, LIST_HEAD, MAGIC};

const IOCTL: &str = "udmabuf_ioctl";
const COPY_IN: &str = "udmabuf_ioctl_create";
const LIST: &str = "udmabuf_ioctl_create_list";
const CREATION: &str = "udmabuf_create";
const SEALS: &str = "check_memfd_seals";
const PIN: &str = "memfd_pin_folios";

const F_SEAL_SHRINK: u32 = 0x2;
const F_SEAL_WRITE: u32 = 0x8;
const F_SEAL_FUTURE_WRITE: u32 = 0x10;

/// The first of the two pages of the memfd.
const FIRST: MemfdRange = MemfdRange { memfd: Fd::Open, offset: Len::Bytes(0), size: Len::Pages(1, 0) };
const SECOND: MemfdRange = MemfdRange { offset: Len::Pages(1, 0), ..FIRST };
const CLOSED: MemfdRange = MemfdRange { memfd: Fd::Number(u32::MAX), ..FIRST };
const GOOD: MemfdArgument = MemfdArgument { flags: 0, count: None, items: &[FIRST], seals: Some(F_SEAL_SHRINK) };
const BOTH: MemfdArgument = MemfdArgument { count: Some(2), items: &[SECOND, FIRST], ..GOOD };

const fn create(argument: &'static MemfdArgument) -> RawRequest {
    RawRequest::of_memfds(CREATE, argument)
}

const fn list(argument: &'static MemfdArgument) -> RawRequest {
    RawRequest::of_memfds(CREATE_LIST, argument)
}

const fn number(number: u32) -> CaseAction {
    Send(RawRequest::of_memfds(number, &GOOD))
}

const EBADFD: Outcomes = same("EBADFD");

pub(super) const CASES: &[Case] = cases! {
    "udmabuf_create": "UDMABUF_CREATE of the first page of a memfd",
        Send(create(&GOOD).show(Show::Pages)) => same("ok 1p"), CREATION;
    "udmabuf_second_page": "offset and size one page",
        Send(create(&MemfdArgument { items: &[SECOND], ..GOOD }).show(Show::Pages)) => same("ok 1p"), PIN;
    "udmabuf_flags_none": "flags 0", Send(create(&GOOD).show(Show::Flags)) => same("ok rw"), CREATION;
    "udmabuf_flags_cloexec": "flags UDMABUF_FLAGS_CLOEXEC",
        Send(create(&MemfdArgument { flags: FLAGS_CLOEXEC, ..GOOD }).show(Show::Flags))
            => same("ok rw cloexec"), CREATION;
    "udmabuf_flags_unknown": "flags with every other bit, which are ignored",
        Send(create(&MemfdArgument { flags: !FLAGS_CLOEXEC, ..GOOD }).show(Show::Flags)) => same("ok rw"), CREATION;
    "udmabuf_offset_odd": "offset 1",
        Send(create(&MemfdArgument { items: &[MemfdRange { offset: Len::Bytes(1), ..FIRST }], ..GOOD }))
            => EINVAL, CREATION;
    "udmabuf_size_odd": "size one byte more than a page",
        Send(create(&MemfdArgument { items: &[MemfdRange { size: Len::Pages(1, 1), ..FIRST }], ..GOOD }))
            => EINVAL, CREATION;
    "udmabuf_size_zero": "size 0 and descriptor -1: the size is checked first",
        Send(create(&MemfdArgument { items: &[MemfdRange { size: Len::Bytes(0), ..CLOSED }], ..GOOD }))
            => EINVAL, CREATION;
    "udmabuf_size_limit": "the greatest size and descriptor -1: size_limit_mb is checked first",
        Send(create(&MemfdArgument { items: &[MemfdRange { size: Len::Pages(u64::MAX, 0), ..CLOSED }], ..GOOD }))
            => EINVAL, CREATION;
    "udmabuf_closed": "descriptor -1", Send(create(&MemfdArgument { items: &[CLOSED], ..GOOD })) => EBADFD, CREATION;
    "udmabuf_no_memfd": "the descriptor of the device itself",
        Send(create(&MemfdArgument { seals: None, ..GOOD })) => EBADFD, SEALS;
    "udmabuf_unsealed": "a memfd without F_SEAL_SHRINK",
        Send(create(&MemfdArgument { seals: Some(0), ..GOOD })) => EINVAL, SEALS;
    "udmabuf_seal_write": "a memfd with F_SEAL_WRITE",
        Send(create(&MemfdArgument { seals: Some(F_SEAL_SHRINK | F_SEAL_WRITE), ..GOOD })) => EINVAL, SEALS;
    "udmabuf_seal_future_write": "a memfd with F_SEAL_FUTURE_WRITE, which older kernels take",
        Send(create(&MemfdArgument { seals: Some(F_SEAL_SHRINK | F_SEAL_FUTURE_WRITE), ..GOOD }))
            => same("ok|EINVAL").since(&[(Release(6, 13), "EINVAL")]), SEALS;
    "udmabuf_past_the_end": "a page that begins at the end of the memfd",
        Send(create(&MemfdArgument { items: &[MemfdRange { offset: Len::Pages(2, 0), ..FIRST }], ..GOOD }))
            => EINVAL, PIN;
    "udmabuf_across_the_end": "two pages from the second one on",
        Send(create(&MemfdArgument { items: &[MemfdRange { size: Len::Pages(2, 0), ..SECOND }], ..GOOD }))
            => EINVAL, PIN;
    "udmabuf_null": "NULL", Send(create(&GOOD).at(Null)) => EFAULT, COPY_IN;
    "udmabuf_read_only": "a struct that can only be read", Send(create(&GOOD).at(ReadOnly)) => OK, COPY_IN;
    "udmabuf_straddling": "half of the struct mapped", Send(create(&GOOD).at(Straddling(12))) => EFAULT, COPY_IN;
    "udmabuf_files_full": "a good request while no descriptor is free: the buffer must be released",
        Send(create(&GOOD).files(FilesLimit::Full)) => same("EMFILE"), "dma_buf_fd";
    "udmabuf_compat": "a good request by the entry for 32-bit programs", Send(create(&GOOD).compat()) => OK, IOCTL;
    "udmabuf_other_size": "UDMABUF_CREATE with a size of 8 bytes: the whole number is compared",
        number(ioc(WRITE, MAGIC, 0x42, 8)) => ENOTTY, IOCTL;
    "udmabuf_alloc": "DMA_HEAP_IOCTL_ALLOC", number(IOCTL_ALLOC) => ENOTTY, IOCTL;
    "udmabuf_list": "UDMABUF_CREATE_LIST of both pages of a memfd, the second one first",
        Send(list(&BOTH).show(Show::Pages)) => same("ok 2p"), CREATION;
    "udmabuf_list_cloexec": "a list with flags UDMABUF_FLAGS_CLOEXEC",
        Send(list(&MemfdArgument { flags: FLAGS_CLOEXEC, ..BOTH }).show(Show::Flags))
            => same("ok rw cloexec"), CREATION;
    "udmabuf_list_empty": "a list of no items",
        Send(list(&MemfdArgument { count: Some(0), items: &[], ..BOTH })) => EINVAL, CREATION;
    "udmabuf_list_limit": "a list of 2^32-1 items, none of which is mapped: list_limit is checked first",
        Send(list(&MemfdArgument { count: Some(u32::MAX), ..BOTH }).at(Straddling(LIST_HEAD))) => EINVAL, LIST;
    "udmabuf_list_null": "a list at NULL", Send(list(&BOTH).at(Null)) => EFAULT, LIST;
    "udmabuf_list_unmapped": "a list whose second item is not mapped",
        Send(list(&BOTH).at(Straddling(LIST_HEAD + size_of::<Create>()))) => EFAULT, LIST;
    "udmabuf_list_closed": "a list whose second item has descriptor -1: the first page must be released",
        Send(list(&MemfdArgument { items: &[FIRST, CLOSED], ..BOTH })) => EBADFD, CREATION;
};
