//! What the fuzz targets feed: each takes any bytes and panics where a parser breaks its promise.
//!
//! Built for `fuzz/` only; the targets there are one line each, since the library shows no parser.

use crate::machine::acl;
use crate::procfs::{bufinfo, devices, fdinfo, idmap, link, maps, meminfo, mountinfo, stat};

/// The kernel's list of all buffers, with a name that another process chose: it changes nothing but itself.
pub fn bufinfo(data: &[u8]) {
    let _ = bufinfo::parse(data);

    let length = data.iter().position(|byte| *byte == 0).unwrap_or(data.len()).min(31);
    let before = b"00008192\t02000002\t00080007\t00000002\tsystem\t00000007\t".as_slice();
    let behind =
        b"\n\tAttached Devices:\n\tvgem\nTotal 1 devices attached\n\n\nTotal 1 objects, 8192 bytes\n".as_slice();
    let info = bufinfo::parse(&[before, &data[..length], behind].concat());
    assert!(info.is_complete);
    assert_eq!(info.records.len(), 1);
    assert_eq!((info.records[0].inode, info.records[0].size), (7, 8192));
    assert!(info.records[0].devices.names().eq(["vgem"]));
}

/// The files of a process.
pub fn process(data: &[u8]) {
    let _ = (devices::character_major(data, "dma_heap"), meminfo::parse(data), mountinfo::hidepid(data));
    let _ = idmap::IdMap::parse(data);
    let _ = (stat::holds_nothing(data), link::buffer_name(data), acl::parse(data));
    for line in data.split(|byte| *byte == b'\n') {
        let _ = (maps::parse_line(line), maps::parse_buffer(line).map(|mapping| maps::buffer_name(&mapping)));
    }

    // A name stands last, so it can change no field before it.
    let plain = b"flags:\t02000002\nino:\t7\nsize:\t8192\ncount:\t1\nexp_name:\tsystem\n".as_slice();
    let named = fdinfo::parse(&[plain, b"name:\t", data, b"\n"].concat());
    assert_eq!(fdinfo::Fdinfo { name: None, ..named }, fdinfo::parse(plain));
}
