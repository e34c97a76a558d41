//! The kernel's list of all buffers, with a name that somebody else has chosen: no panic, and the name changes
//! nothing but itself.
#![no_main]

use dmaheap::procfs::bufinfo::parse;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let _ = parse(data);

    let length = data.iter().position(|byte| *byte == 0).unwrap_or(data.len()).min(31);
    let before = b"00008192\t02000002\t00080007\t00000002\tsystem\t00000007\t".as_slice();
    let behind = b"\n\tAttached Devices:\n\tvgem\nTotal 1 devices attached\n\n\nTotal 1 objects, 8192 bytes\n".as_slice();
    let info = parse(&[before, &data[..length], behind].concat());
    assert!(info.is_complete);
    assert_eq!(info.records.len(), 1);
    assert_eq!((info.records[0].inode, info.records[0].size), (7, 8192));
    assert!(info.records[0].devices.names().eq(["vgem"]));
});
