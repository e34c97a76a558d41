use super::*;
use proptest::prelude::*;

/// 6.12, two buffers, one imported by vgem.
const PRESENT: &[u8] = b"\nDma-buf Objects:\n\
size    \tflags   \tmode    \tcount   \texp_name\tino     \tname\n\
00008192\t02000002\t00080007\t00000002\tsystem\t00000007\tcamera 0\n\
\tkernel fence:vgem unbound seq 1 signalled\n\
\tAttached Devices:\n\
\tvgem\n\
\tplatform:2\n\
Total 2 devices attached\n\n\
01048576\t02000002\t0008001f\t00000001\treserved\t00000009\t<none>\n\
\tAttached Devices:\n\
Total 0 devices attached\n\n\
\nTotal 2 objects, 1056768 bytes\n";

/// 5.10: no heading for the name, nothing in place of a missing one, fences of the old kind.
const OLD: &[u8] = b"\nDma-buf Objects:\n\
size    \tflags   \tmode    \tcount   \texp_name\tino     \n\
00004096\t00000002\t00080007\t00000003\tsystem_heap\t00012345\t\n\
\tExclusive fence: drm_sched gfx signalled\n\
\tShared fence: drm_sched gfx unsignalled\n\
\tAttached Devices:\n\
\tfe600000.gpu\n\
Total 1 devices attached\n\n\
\nTotal 1 objects, 4096 bytes\n";

fn record(inode: u64, size: u64, count: u64, exporter: &str, name: Option<&str>, devices: &[&str]) -> Record {
    Record {
        inode,
        size,
        count,
        exporter: exporter.into(),
        name: name.map(Into::into),
        devices: Devices::of(devices.iter().map(|device| Arc::from(*device))),
        pending: 0,
    }
}

#[test]
fn the_formats_of_today_and_of_5_10_are_read() {
    let info = parse(PRESENT);
    assert!(info.is_complete);
    let first = record(7, 8192, 2, "system", Some("camera 0"), &["vgem", "platform:2"]);
    assert_eq!(info.records, [first, record(9, 1_048_576, 1, "reserved", None, &[])]);
    let info = parse(OLD);
    assert!(info.is_complete);
    let old = record(12_345, 4096, 3, "system_heap", None, &["fe600000.gpu"]);
    assert_eq!(info.records, [Record { pending: 1, ..old }]);
}

/// The texts of 6.12 and of 7.3, which has no names for a fence that is signaled.
#[test]
fn pending_fences_are_counted_and_no_name_forges_one() {
    let pending = |name: &str, lines: &str| {
        let text = String::from_utf8_lossy(PRESENT).replace("<none>\n", &format!("{name}\n{lines}"));
        let info = parse(text.as_bytes());
        assert!(info.is_complete && info.records[1].devices.is_empty(), "{name} {lines}");
        info.records[1].pending
    };
    assert_eq!(pending("x", "\tread fence:sw_sync fence seq 1 unsignalled\n\twrite fence:a b seq 2 unsignalled\n"), 2);
    assert_eq!(pending("x", "\tread fence:3:1 fence sw_sync unsignalled\n\tread fence:3:1 t d unsignalled\n"), 2);
    assert_eq!(pending("x", "\tread fence:sw_sync fence seq 1 signalled\n\tread fence:3:1   signalled\n"), 0);
    assert_eq!(pending("x\n\tr fence:3:1 ab unsignalled", ""), 0);
    assert_eq!(pending("\n\tread fence:3:1 ab unsignalled", ""), 0);
}

#[test]
fn common_texts_of_buffers_are_shared() {
    let devices = "\tgpu\n\tcam\n\tgpu\n";
    let text = String::from_utf8_lossy(PRESENT).replace("\tvgem\n\tplatform:2\nTotal 2", &format!("{devices}Total 3"));
    let records = parse(text.replace("reserved", "system").as_bytes()).records;
    assert!(records[0].devices.counts().eq([("gpu", 2), ("cam", 1)]), "{records:?}");
    assert!(Arc::ptr_eq(&records[0].exporter, &records[1].exporter));
}

#[test]
fn more_devices_than_are_kept_are_not_all() {
    for (count, is_complete) in [(MOST_DEVICES, true), (MOST_DEVICES + 1, false)] {
        let lines = "\tcam\n".repeat(count);
        let text =
            String::from_utf8_lossy(PRESENT).replace("\tvgem\n\tplatform:2\nTotal 2", &format!("{lines}Total {count}"));
        let info = parse(text.as_bytes());
        assert_eq!((info.is_complete, info.records.len()), (is_complete, 2));
        assert_eq!(info.records[0].devices.counts().map(|(_, count)| count).sum::<u64>(), MOST_DEVICES as u64);
    }
}

#[test]
fn an_empty_list_is_complete_and_a_cut_one_is_not() {
    let info = parse(b"\nDma-buf Objects:\nsize\tflags\n\nTotal 0 objects, 0 bytes\n");
    assert!(info.is_complete && info.records.is_empty());
    assert!(!parse(b"").is_complete);
    let cut = parse(&PRESENT[..PRESENT.len() / 2]);
    assert!(!cut.is_complete);
    assert_eq!(cut.records.len(), 1);
}

/// The second buffer with a name of at most 31 bytes, which the kernel accepts.
fn named(name: &str) -> Vec<u8> {
    assert!(name.len() <= 31);
    String::from_utf8_lossy(PRESENT).replace("<none>", name).into_bytes()
}

#[test]
fn no_name_forges_devices_buffers_or_totals() {
    for name in [
        "x\n\tAttached Devices:\n\tfake",
        "x\nTotal 0 devices attached",
        "x\nTotal 9 devices attached\n\n",
        "x\nTotal 9 objects, 1 bytes",
        "x\n00004096\t02000002\t0008001f",
        "x\n1\t1\t1\t1\tsystem\t99\ty",
    ] {
        let info = parse(&named(name));
        assert_eq!(info.records.len(), 2, "{name}");
        assert_eq!(info.records[1], record(9, 1_048_576, 1, "reserved", Some("x"), &[]), "{name}");
        assert!(info.is_complete, "{name}");
    }
    // In the first buffer, whose devices follow the name.
    let text = String::from_utf8_lossy(PRESENT).replace("camera 0", "x\nTotal 0 devices attached");
    assert!(parse(text.as_bytes()).records[0].devices.counts().eq([("vgem", 1), ("platform:2", 1)]));
}

proptest! {
    #[test]
    fn any_name_leaves_the_other_fields_alone(name in "[\\x00-\\x7f]{0,31}") {
        let info = parse(&named(&name));
        prop_assert_eq!(info.records.len(), 2);
        prop_assert!(info.is_complete);
        prop_assert_eq!(info.records[0].devices.counts().map(|(_, count)| count).sum::<u64>(), 2);
        prop_assert_eq!((info.records[1].inode, info.records[1].size), (9, 1_048_576));
        prop_assert!(info.records[1].devices.is_empty());
    }

    #[test]
    fn no_bytes_are_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let _ = parse(&bytes);
    }

    #[test]
    fn no_cut_and_no_changed_byte_is_a_panic(at in 0..PRESENT.len(), byte in any::<u8>(), end in 0..PRESENT.len()) {
        let mut bytes = PRESENT.to_vec();
        bytes[at] = byte;
        let _ = parse(&bytes[..end]);
    }
}

#[test]
fn a_name_that_counts_devices_leaves_the_list_whole() {
    let text = b"00004096\t02000002\t00080007\t00000001\tsystem\t00000007\t\nTotal 88888 devices attached\n\
                 \tAttached Devices:\nTotal 0 devices attached\n\n\nTotal 1 objects, 4096 bytes\n";
    assert!(parse(text).is_complete);
}
