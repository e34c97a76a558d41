//! The files of a process.
#![no_main]

use dmaheap::machine::acl;
use dmaheap::procfs::{devices, fdinfo, idmap, link, maps, meminfo, mountinfo, stat};

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
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
});
