use super::*;
use std::fs::File;
use std::os::fd::AsFd;
use std::os::unix::fs::FileExt;
use std::panic::{AssertUnwindSafe, catch_unwind};

fn page() -> usize {
    usize::try_from(page_size()).unwrap()
}

/// A file of `pages` pages, and all of it mapped.
fn mapped(pages: usize, access: MappingAccess) -> (File, Mapping) {
    let file = tempfile::tempfile().unwrap();
    let length = pages as u64 * page_size();
    file.set_len(length).unwrap();
    let mapping = Mapping::new(file.as_fd(), 0, length, access).unwrap();
    (file, mapping)
}

#[test]
fn written_mapping_changes_the_file() {
    let (file, mapping) = mapped(2, MappingAccess::ReadWrite);
    mapping.write(page() - 1, b"ab");
    mapping.fill(page() + 1, 3, b'c');
    let mut there = [0; 5];
    file.read_exact_at(&mut there, page_size() - 1).unwrap();
    assert_eq!(&there, b"abccc");
    let mut there = [0; 3];
    mapping.read(page(), &mut there);
    assert_eq!(&there, b"bcc");
}

#[test]
fn cells_of_every_width_carry_bytes_in_memory_order() {
    let (_file, mapping) = mapped(1, MappingAccess::ReadWrite);
    let bytes: Vec<u8> = (1..=16).collect();
    let check = || {
        let mut there = [0; 16];
        mapping.read(8, &mut there);
        assert_eq!(there, *bytes);
        mapping.fill(0, page(), 0);
    };
    macro_rules! each {
        ($($cell:ty)*) => {$(
            mapping.write_cells::<$cell>(8, &bytes);
            let mut there = [0; 16];
            mapping.read_cells::<$cell>(8, &mut there);
            assert_eq!(there, *bytes);
            check();
        )*};
    }
    each!(u8 u16 u32 u64);
}

#[test]
fn access_outside_unaligned_or_unmapped_panics() {
    let (_file, mapping) = mapped(1, MappingAccess::ReadWrite);
    let (_file, reader) = mapped(1, MappingAccess::Read);
    let (_file, writer) = mapped(1, MappingAccess::Write);
    let wrong: [&dyn Fn(); 12] = [
        &|| mapping.read(page(), &mut [0]),
        &|| mapping.write(page() - 1, &[0, 0]),
        &|| mapping.fill(1, page(), 0),
        &|| mapping.fill(1, usize::MAX, 0),
        &|| mapping.read(usize::MAX, &mut [0]),
        &|| mapping.write_cells::<u32>(page(), &[0; 4]),
        &|| mapping.read_cells::<u16>(1, &mut [0; 2]),
        &|| mapping.write_cells::<u64>(8, &[0; 12]),
        &|| reader.write(0, &[1]),
        &|| reader.fill(0, 1, 1),
        &|| writer.read(0, &mut [1]),
        &|| writer.read_cells::<u8>(0, &mut [1]),
    ];
    for (number, access) in wrong.iter().enumerate() {
        assert!(catch_unwind(AssertUnwindSafe(access)).is_err(), "{number}");
    }
    mapping.read(page(), &mut []);
    mapping.write_cells::<u8>(3, &[0; 5]);
}

#[test]
fn a_length_that_no_address_reaches_is_refused() {
    let file = tempfile::tempfile().unwrap();
    let refused = |offset, length| Mapping::new(file.as_fd(), offset, length, MappingAccess::Read).err();
    assert_eq!(refused(0, u64::MAX), Some(Errno::EOVERFLOW));
    assert_eq!(refused(u64::MAX, 1), Some(Errno::EOVERFLOW));
    assert_eq!(refused(0, 0), Some(Errno::EINVAL));
    assert_eq!(refused(1, 1), Some(Errno::EINVAL));
}

#[test]
fn no_slice_is_made_of_a_mapping() {
    let source = include_str!("../mapping.rs");
    for maker in ["from_raw_parts", "as_ref()", "as_mut()", "&*", "&mut *", "from_ref"] {
        assert!(!source.contains(maker), "{maker} makes a reference of a pointer");
    }
}
