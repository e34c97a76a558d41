use super::*;
use std::fs::File;
use std::os::fd::AsFd;
use std::os::unix::fs::FileExt;

fn page() -> usize {
    usize::try_from(page_size()).unwrap()
}

/// A file of `pages` pages, and all of it mapped.
fn mapped(pages: usize, access: Access) -> (File, Mapping) {
    let file = tempfile::tempfile().unwrap();
    let length = pages as u64 * page_size();
    file.set_len(length).unwrap();
    let mapping = Mapping::new(file.as_fd(), 0, length, access).unwrap();
    (file, mapping)
}

#[test]
fn what_is_written_is_in_the_file() {
    let (file, mapping) = mapped(2, Access::ReadWrite);
    mapping.write(page() - 1, b"ab").unwrap();
    mapping.fill(page() + 1, 3, b'c').unwrap();
    let mut there = [0; 5];
    file.read_exact_at(&mut there, page_size() - 1).unwrap();
    assert_eq!(&there, b"abccc");
    let mut there = [0; 3];
    mapping.read(page(), &mut there).unwrap();
    assert_eq!(&there, b"bcc");
}

#[test]
fn cells_of_every_width_carry_bytes_in_memory_order() {
    let (_file, mapping) = mapped(1, Access::ReadWrite);
    let bytes: Vec<u8> = (1..=16).collect();
    let check = || {
        let mut there = [0; 16];
        mapping.read(8, &mut there).unwrap();
        assert_eq!(there, *bytes);
        mapping.fill(0, page(), 0).unwrap();
    };
    macro_rules! each {
        ($($cell:ty)*) => {$(
            mapping.write_cells::<$cell>(8, &bytes).unwrap();
            let mut there = [0; 16];
            mapping.read_cells::<$cell>(8, &mut there).unwrap();
            assert_eq!(there, *bytes);
            check();
        )*};
    }
    each!(u8 u16 u32 u64);
}

#[test]
fn nothing_outside_is_touched() {
    let (_file, mapping) = mapped(1, Access::ReadWrite);
    let outside = Err(AccessError::Outside);
    assert_eq!(mapping.read(page(), &mut [0]), outside);
    assert_eq!(mapping.write(page() - 1, &[0, 0]), outside);
    assert_eq!(mapping.fill(1, page(), 0), outside);
    assert_eq!(mapping.fill(1, usize::MAX, 0), outside);
    assert_eq!(mapping.read(usize::MAX, &mut [0]), outside);
    assert_eq!(mapping.write_cells::<u32>(page(), &[0; 4]), outside);
    assert_eq!(mapping.read(page(), &mut []), Ok(()));
}

#[test]
fn cells_lie_at_multiples_of_their_width() {
    let (_file, mapping) = mapped(1, Access::ReadWrite);
    let misaligned = Err(AccessError::Misaligned);
    assert_eq!(mapping.read_cells::<u16>(1, &mut [0; 2]), misaligned);
    assert_eq!(mapping.write_cells::<u64>(8, &[0; 12]), misaligned);
    assert_eq!(mapping.write_cells::<u8>(3, &[0; 5]), Ok(()));
}

#[test]
fn a_mapping_is_for_its_direction() {
    let (_file, reader) = mapped(1, Access::Read);
    assert_eq!(reader.write(0, &[1]), Err(AccessError::Direction));
    assert_eq!(reader.fill(0, 1, 1), Err(AccessError::Direction));
    assert_eq!(reader.write_cells::<u8>(0, &[1]), Err(AccessError::Direction));
    let (_file, writer) = mapped(1, Access::Write);
    assert_eq!(writer.read(0, &mut [1]), Err(AccessError::Direction));
    assert_eq!(writer.read_cells::<u8>(0, &mut [1]), Err(AccessError::Direction));
}

#[test]
fn a_length_that_no_address_reaches_is_refused() {
    let file = tempfile::tempfile().unwrap();
    let refused = |offset, length| Mapping::new(file.as_fd(), offset, length, Access::Read).unwrap_err();
    assert_eq!(refused(0, u64::MAX), Errno::EOVERFLOW);
    assert_eq!(refused(u64::MAX, 1), Errno::EOVERFLOW);
    assert_eq!(refused(0, 0), Errno::EINVAL);
    assert_eq!(refused(1, 1), Errno::EINVAL);
}

#[test]
fn a_page_that_is_gone_is_an_error_and_stays_one() {
    let (file, mapping) = mapped(8, Access::ReadWrite);
    file.set_len(page_size() * 3).unwrap();
    let gone = Err(AccessError::Fault(Fault { at: page() * 3, cause: FaultCause::NoPage }));
    assert_eq!(mapping.fill(0, page() * 3, 7), Ok(()));
    assert_eq!(mapping.fill(0, page() * 8, 7), gone);
    // What lies there now is no longer the file.
    assert_eq!(mapping.read(0, &mut [0]), gone);
    assert_eq!(mapping.write_cells::<u8>(page() * 3, &[0]), gone);
    assert_eq!(mapping.fault().map(|fault| fault.at), Some(page() * 3));
    assert_eq!(file.metadata().unwrap().len(), page_size() * 3);
}

#[test]
fn pages_that_are_gone_take_no_memory() {
    let (file, mapping) = mapped(300, Access::ReadWrite);
    file.set_len(0).unwrap();
    let gone = Err(AccessError::Fault(Fault { at: 0, cause: FaultCause::NoPage }));
    assert_eq!(mapping.fill(0, mapping.length(), 7), gone);
    let mut present = vec![0; 300];
    // SAFETY: `mincore` writes a byte for each page of the mapping, of which there are 300, and keeps no pointer.
    let status =
        unsafe { libc::mincore(mapping.memory.start().as_ptr().cast(), mapping.length(), present.as_mut_ptr()) };
    assert_eq!(status, 0);
    assert_eq!(present.iter().position(|page| page & 1 == 1), Some(299));
}

#[test]
fn every_access_notices() {
    let accesses: [fn(&Mapping) -> Accessed; 4] = [
        |mapping| mapping.read(0, &mut [0; 8]),
        |mapping| mapping.write(0, &[0; 8]),
        |mapping| mapping.read_cells::<u32>(0, &mut [0; 8]),
        |mapping| mapping.write_cells::<u64>(0, &[0; 8]),
    ];
    for access in accesses {
        let (file, mapping) = mapped(1, Access::ReadWrite);
        file.set_len(0).unwrap();
        let gone = access(&mapping);
        // Copies need not begin with the first byte.
        let noticed = matches!(gone, Err(AccessError::Fault(Fault { at: 0..8, cause: FaultCause::NoPage })));
        assert!(noticed, "{gone:?}");
    }
}

#[test]
fn faults_in_many_threads_and_mappings_do_not_meet() {
    std::thread::scope(|scope| {
        for thread in 0..8 {
            scope.spawn(move || {
                for round in 0..50 {
                    let (file, mapping) = mapped(4, Access::ReadWrite);
                    let gone = (thread + round) % 5;
                    file.set_len(gone as u64 * page_size()).unwrap();
                    let jobs = [0, 1].map(|_| scope_fill(&mapping));
                    let expected = (gone < 4).then(|| gone * page());
                    assert_eq!(jobs[0].or(jobs[1]), expected);
                    assert_eq!(mapping.fault().map(|fault| fault.at), expected);
                }
            });
        }
    });
}

/// Two threads fill one mapping; where the first fault was.
fn scope_fill(mapping: &Mapping) -> Option<usize> {
    let fill = || match mapping.fill(0, mapping.length(), 1) {
        Ok(()) => None,
        Err(AccessError::Fault(fault)) => Some(fault.at),
        Err(error) => panic!("{error:?}"),
    };
    std::thread::scope(|scope| {
        let other = scope.spawn(fill);
        let here = fill();
        here.or(other.join().unwrap())
    })
}

#[test]
fn no_slice_is_made_of_a_mapping() {
    let source = include_str!("../mapping.rs");
    for maker in ["from_raw_parts", "as_ref()", "as_mut()", "&*", "&mut *", "from_ref"] {
        assert!(!source.contains(maker), "{maker} makes a reference of a pointer");
    }
}
