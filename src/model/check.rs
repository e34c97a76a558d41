//! The checks of the kernel that a caller can notice, each by its name: a test leaves them out one after another.

macro_rules! checks {
    ($($function:literal: $($name:ident)*;)*) => {
        /// A check, or a step that an answer depends on.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum Check {
            $($(#[doc = $function] $name,)*)*
        }

        impl Check {
            #[cfg(test)]
            pub(crate) const ALL: &'static [Self] = &[$($(Self::$name),*),*];
        }
    };
}

checks! {
    "`dma_heap_ioctl`": Number CopyIn ZeroFill CopyOut;
    "`dma_heap_ioctl_allocate`": FdField FdFlags HeapFlags Reserved;
    "`dma_heap_buffer_alloc`": Rounding Length;
    "`get_unused_fd_flags`": FreeDescriptor;
    "`cma_heap_mmap`": SharedMapping;
    "`dma_buf_ioctl`": BufferNumber SyncCopyIn SyncFlags SyncDirection;
    "`dma_buf_set_name`": NameCopyIn NameLength;
    "`dma_buf_mmap_internal`": MmapOperation MmapEnd;
    "`dma_buf_llseek`": SeekWhence SeekOffset;
    "`dma_buf_export_sync_file`": ExportCopyIn ExportFlags ExportDirection ExportDescriptor ExportCopyOut;
    "`dma_buf_import_sync_file`": ImportCopyIn ImportFlags ImportDirection ImportFence;
    "`udmabuf_ioctl`": UdmabufNumber;
    "`udmabuf_ioctl_create`": CreateCopyIn;
    "`udmabuf_ioctl_create_list`": ListCopyIn ListLimit ItemsCopyIn;
    "`udmabuf_create`": OffsetAligned SizeAligned SizeLimit NoPages OpenFile UdmabufDescriptor;
    "`check_memfd_seals`": MemoryFile SealShrink SealWrite;
    "`memfd_pin_folios`": RangeEnd;
    "`end_cpu_udmabuf`": AccessBegun;
}
