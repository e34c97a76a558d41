//! Each check of the kernel is seen by a case: without it the answer is another one.

use super::{Abi, Case, ExporterKind, KINDS, Kernel, cases_on, said};
use crate::model::Check::{self, *};
use std::collections::BTreeMap;

/// The cases that differ without a check, as patterns; `!` excepts.
const SEEN_BY: &[(Check, &str)] = &[
    (Number, "request_every_number request_every_foreign_number request_set_name"),
    (
        CopyIn,
        "pointer_* !pointer_last_bytes !pointer_misaligned !pointer_read_only* !pointer_null_and_unknown \
         compat_null request_size_without_memory",
    ),
    (
        ZeroFill,
        "request_size_* !request_size_0 !request_size_25 !request_size_48 !request_size_128 !request_size_129 \
         !request_size_4096 !request_size_most !request_size_without_memory request_sync request_sync_end",
    ),
    (CopyOut, "pointer_read_only compat_read_only"),
    (FdField, "fd_field_* !fd_field_zero compat_fd_field"),
    (
        FdFlags,
        "fd_flags_bit_* !fd_flags_bit_00 !fd_flags_bit_01 !fd_flags_bit_19 fd_flags_all \
         fd_flags_valid_and_nonblock pointer_read_only_and_flags",
    ),
    (HeapFlags, "heap_flags_bit_* compat_heap_flags_high"),
    (Reserved, "reserved_first reserved_second reserved_both"),
    (Rounding, "len_one len_page_less_one len_page_and_one compat_len_page_and_one"),
    (
        Length,
        "len_zero len_wraps_* compat_len_zero compat_len_wraps limits_files_full_and_empty \
         pointer_read_only_and_empty request_drm_version request_high_half_and_empty request_none request_read \
         request_size_0 request_zero",
    ),
    (FreeDescriptor, "limits_files_full limits_files_zero"),
    (SharedMapping, "buffer_mmap_private buffer_mmap_private_page"),
    (BufferNumber, "buffer_sync_both buffer_sync_other_size buffer_unknown target_buffer"),
    (SyncCopyIn, "buffer_sync_null buffer_sync_straddling"),
    (SyncFlags, "buffer_sync_09 buffer_sync_1? !buffer_sync_12 buffer_sync_all buffer_sync_bit_*"),
    (SyncDirection, "buffer_sync_00 buffer_sync_04"),
    (NameCopyIn, "buffer_name_kernel buffer_name_null buffer_name_unterminated"),
    (NameLength, "buffer_name_too_long"),
    (MmapOperation, "buffer_mmap buffer_mmap_exec buffer_mmap_rdonly buffer_mmap_second_page"),
    (MmapEnd, "buffer_mmap_across_the_end buffer_mmap_past_the_end buffer_mmap_too_long"),
    (SeekWhence, "buffer_lseek_cur buffer_lseek_data buffer_lseek_hole"),
    (SeekOffset, "buffer_lseek_end_less buffer_lseek_set_more"),
    (ExportCopyIn, "buffer_export_null"),
    (ExportFlags, "buffer_export_all_flags"),
    (ExportDirection, "buffer_export_no_flags"),
    (ExportDescriptor, "buffer_export_files_full"),
    (ExportCopyOut, "buffer_export_read_only"),
    (ImportCopyIn, "buffer_import_null"),
    (ImportFlags, "buffer_import_end"),
    (ImportDirection, "buffer_import_no_flags"),
    (ImportFence, "buffer_import_none buffer_import_other"),
    (UdmabufNumber, "udmabuf_other_size udmabuf_alloc"),
    (CreateCopyIn, "udmabuf_null udmabuf_straddling"),
    (ListCopyIn, "udmabuf_list_null"),
    (ListLimit, "udmabuf_list_limit"),
    (ItemsCopyIn, "udmabuf_list_unmapped"),
    (OffsetAligned, "udmabuf_offset_odd"),
    (SizeAligned, "udmabuf_size_odd"),
    (SizeLimit, "udmabuf_size_limit"),
    (NoPages, "udmabuf_size_zero udmabuf_list_empty"),
    (OpenFile, "udmabuf_closed udmabuf_list_closed"),
    (UdmabufDescriptor, "udmabuf_files_full"),
    (MemoryFile, "udmabuf_no_memfd"),
    (SealShrink, "udmabuf_unsealed"),
    (SealWrite, "udmabuf_seal_*"),
    (RangeEnd, "udmabuf_past_the_end udmabuf_across_the_end"),
    (AccessBegun, "buffer_sync_05 buffer_sync_06 buffer_sync_07"),
];

/// The kernel and the heap that make this check.
fn kernel_that_makes(check: Check) -> (Kernel, ExporterKind) {
    let kernel = Kernel { sync_file: true, ..Kernel::DEBIAN_6_12 };
    match check {
        Reserved => (Kernel { abi: Abi::V12, ..kernel }, ExporterKind::System),
        SharedMapping => (kernel, ExporterKind::Cma),
        MmapOperation => (kernel, ExporterKind::Protected),
        UdmabufNumber | CreateCopyIn | ListCopyIn | ListLimit | ItemsCopyIn | OffsetAligned | SizeAligned
        | SizeLimit | NoPages | OpenFile | UdmabufDescriptor | MemoryFile | SealShrink | SealWrite | RangeEnd
        | AccessBegun => (kernel, ExporterKind::Udmabuf),
        _ => (kernel, ExporterKind::System),
    }
}

fn answers(kernel: &Kernel, exporter: ExporterKind) -> BTreeMap<&'static str, Option<String>> {
    let answer = |case: &'static Case| (case.id, said(kernel, exporter, &case.action));
    let kinds = KINDS.iter().filter(|(_, known)| *known == exporter);
    kinds.flat_map(|(kind, _)| cases_on(*kind)).map(answer).collect()
}

fn is_named(patterns: &str, id: &str) -> bool {
    let matches = |pattern: &str| glob::Pattern::new(pattern).expect("a pattern").matches(id);
    let is_excepted = |pattern: &str| pattern.strip_prefix('!').is_some_and(matches);
    patterns.split(' ').any(matches) && !patterns.split(' ').any(is_excepted)
}

#[test]
fn a_check_that_is_gone_is_seen_by_these_cases_and_by_no_other() {
    let named: Vec<Check> = SEEN_BY.iter().map(|(check, _)| *check).collect();
    assert_eq!(named, Check::ALL);
    for (check, patterns) in SEEN_BY {
        let (kernel, exporter) = kernel_that_makes(*check);
        let (with, without) =
            (answers(&kernel, exporter), answers(&Kernel { without: Some(*check), ..kernel }, exporter));
        let differ: Vec<&str> = with.iter().filter(|(id, said)| without[*id] != **said).map(|(id, _)| *id).collect();
        let expected: Vec<&str> = with.keys().copied().filter(|id| is_named(patterns, id)).collect();
        assert_eq!(differ, expected, "{check:?}");
        assert!(!differ.is_empty(), "nothing sees that {check:?} is gone");
    }
}
