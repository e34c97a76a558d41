//! What the fuzz targets feed: each takes any bytes and panics where a parser breaks its promise.
//!
//! Built for `fuzz/` only; the targets there are one line each, since the library shows no parser.

use crate::bench::FigureChange;
use crate::capacity::child::Answer;
use crate::cmd::bench::saved::{self as file, SavedRun};
use crate::host::class;
use crate::host::cma::CmaArea;
use crate::host::config::{self, Config};
use crate::host::memory::SystemMemory;
use crate::host::memory_cgroup::{Way, of_memory};
use crate::host::parse::cgroup::{self, CgroupVersion, Limit};
use crate::host::parse::{self, buddyinfo, bufinfo as table, devices, fdinfo, link, maps, meminfo, mountinfo, stat};
use crate::host::users::Users;
use crate::model::{Release, known_leak};
use crate::pass::run::command::CommandFailure;
use crate::pass::run::environment::{PassedInfo, environment};
use crate::pass::socket::protocol::{Acknowledgement, Description, Header, MOST_TOTAL, line};
use crate::probe::Expectations;
use crate::probe::child::Message;
use crate::probe::observation::Observation;
use crate::quote::{is_harmless, quoted};
use crate::sim::messages::{FrontEndRequest, SupervisorReport};
use crate::stress::peer::PeerReply;
use crate::sys::process::channel;
use crate::sys::sim::launch::LaunchReport;
use crate::ui::{Cell, escape, json};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::borrow::Cow;
use std::fmt::Debug;
use std::path::Component;

/// The kernel's list of all buffers, with a name that another process chose: it changes nothing but itself.
pub fn bufinfo(data: &[u8]) {
    let any = table::parse(data);
    assert!(any.records.len() <= data.len() / MINIMAL_RECORD);

    let name = c_string(data, LONGEST_NAME);
    let before = b"00008192\t02000002\t00080007\t00000002\tsystem\t00000007\t".as_slice();
    let behind =
        b"\n\tAttached Devices:\n\tvgem\nTotal 1 devices attached\n\n\nTotal 1 objects, 8192 bytes\n".as_slice();
    let info = table::parse(&[before, name, behind].concat());
    assert!(info.is_complete);
    let [record] = info.records.as_slice() else { panic!("{} records", info.records.len()) };
    assert_eq!((record.inode, record.size, record.count, &*record.exporter), (7, 8192, 2, "system"));
    assert!(record.devices.counts().eq([("vgem", 1)]));
    let first = first_line(name);
    assert_eq!(record.name.as_deref(), Some(&*first).filter(|name| !matches!(*name, "" | "<none>")));
}

/// Four numbers of eight digits, two texts and the tabulators between them.
const MINIMAL_RECORD: usize = 45;
/// `DMA_BUF_NAME_LEN` without its NUL.
const LONGEST_NAME: usize = 31;

/// The files of a process: what it has chosen, its command and the names of its buffers, changes nothing else.
pub fn process(data: &[u8]) {
    let _ = (stat::holds_nothing(data), mountinfo::hidepid(data));
    for line in data.split(|byte| *byte == b'\n') {
        // Only lines of buffers are looked at, and as all others are.
        let buffer = maps::parse_if(line, link::is_buffer);
        assert!(buffer.is_none() || buffer == maps::parse_line(line));
    }

    let command = c_string(data, 15);
    let task = |flags: u32| [b"9 (", command, format!(") S 1 9 9 0 -1 {flags} 1 2 3").as_bytes()].concat();
    assert!(!stat::holds_nothing(&task(4_194_560)) && stat::holds_nothing(&task(2_129_984)));

    let name = c_string(data, LONGEST_NAME);
    // Some kernels print less.
    for plain in [
        b"flags:\t02000002\nino:\t7\nsize:\t8192\ncount:\t1\nexp_name:\tsystem\n".as_slice(),
        b"pos:\t0\nflags:\t02000002\nsize:\t8192\n",
    ] {
        let expected = fdinfo::Fdinfo { name: Some(first_line(name).into_owned()), ..fdinfo::parse(plain) };
        assert_eq!(fdinfo::parse(&[plain, b"name:\t", name, b"\n"].concat()), expected);
    }

    let path: Vec<u8> = name
        .iter()
        .flat_map(|byte| if *byte == b'\n' { br"\012" } else { std::slice::from_ref(byte) })
        .copied()
        .collect();
    let row = [b"7f2e4c000000-7f2e4c002000 rw-s 00001000 00:0b 7     /dmabuf:".as_slice(), &path].concat();
    let mapping = maps::parse_if(&row, link::is_buffer).expect("a mapping of a buffer");
    assert_eq!(
        (mapping.start, mapping.end, mapping.offset, mapping.inode),
        (0x7f2e_4c00_0000, 0x7f2e_4c00_2000, 4096, 7)
    );
    assert_eq!((mapping.device.major, mapping.device.minor), (0, 11));
    assert_eq!(link::buffer_name(mapping.path), Some(path.as_slice()));
    assert!(maps::buffer_name(&mapping).is_none_or(|shown| shown.len() <= 3 * name.len()));
}

/// The files of a machine: numbers that are too large are left out or count as the largest, and no path leads out.
pub fn machine(data: &[u8]) {
    let meminfo = meminfo::parse(data);
    for bytes in
        [meminfo.total, meminfo.free, meminfo.available, meminfo.cma_total, meminfo.cma_free].into_iter().flatten()
    {
        assert_eq!(bytes % 1024, 0);
    }
    if let Some(memory) = SystemMemory::of_meminfo(meminfo) {
        assert!([4096, 65_536].iter().all(|page| memory.budget(*page) <= memory.available));
    }
    let page = crate::sys::system::page_size();
    let mut files = data.split(|byte| *byte == 0);
    let files: [&[u8]; 5] = std::array::from_fn(|_| files.next().unwrap_or_default());
    let mut area = CmaArea::default();
    area.fill(|_, file| {
        let at =
            ["count", "used", "maxchunk", "total_pages", "available_pages"].iter().position(|name| *name == file)?;
        Some(files[at].to_vec())
    });
    let pages = |at: usize| parse::number(files[at]).and_then(|pages| pages.checked_mul(page));
    assert_eq!((area.largest, area.total), (pages(2), pages(3).or(pages(0))));
    assert!(pages(4).is_some() || area.free.is_none_or(|free| pages(0).is_some_and(|all| free <= all)));

    match (cgroup::limit(data), cgroup::usage(data)) {
        (Some(Limit::Bytes(bytes)), usage) => assert_eq!(usage, Some(bytes)),
        (None, usage) => assert_eq!(usage, None),
        (Some(Limit::Unlimited), usage) => assert!(usage.is_none_or(|usage| usage > u64::MAX >> 2)),
    }
    for version in [CgroupVersion::One, CgroupVersion::Two] {
        let _ = cgroup::reclaimable(version, data);
    }
    let (memberships, mounts) = (cgroup::memberships(data), mountinfo::memory_cgroups(data));
    let way = of_memory(&memberships).and_then(|(membership, version)| Way::to(membership, version, &mounts));
    for level in way.iter().flat_map(Way::levels) {
        assert!(level.components().all(|part| matches!(part, Component::Normal(_))), "{}", level.display());
    }
    for zone in buddyinfo::parse(data) {
        assert!(zone.free.len() <= data.len() / 2);
    }
    let _ = (devices::character_major(data, "dma_heap"), class::device(data));
    let config = Config::plain("/boot/config".into(), data);
    assert!(config.value("DMABUF_HEAPS").is_none_or(|value| value.len() <= 3 * data.len()));
    if let Ok(release) = std::str::from_utf8(data) {
        let _ = (Release::parse(release), known_leak(release, false));
    }
}

/// A packed kernel configuration.
pub fn config(data: &[u8]) {
    /// A header without a name, a comment or a time.
    const HEADER: &[u8] = &[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3];
    // Deflate makes at most 1032 bytes of one.
    let is_bounded = |text: Option<String>| assert!(text.is_none_or(|text| text.len() <= 1032 * (data.len() + 8)));
    is_bounded(config::unpack(data));
    is_bounded(config::unpack(&[HEADER, data].concat()));
}

/// Users and groups.
pub fn users(data: &[u8]) {
    let (passwd, group) = data.split_at(data.iter().position(|byte| *byte == 0).unwrap_or(data.len()));
    let users = Users::new(passwd.to_vec(), group.to_vec());
    for id in [0, 7] {
        let (user, group) = (users.user(id), users.group(id));
        assert!(!user.is_empty() && !user.contains([':', '\n']) && !group.is_empty() && !group.contains([':', '\n']));
        // Only those who have a line of their own are members.
        assert!(!users.is_member(id, "g") || users.has_group("g") && has_line(passwd, id));
    }
    assert!(!users.is_member(0, "\n") && !users.has_group(":"));

    // What comes behind the lines that are found changes nothing.
    let known = |behind: &[u8]| {
        let users = Users::new([b"u:x:7:5::/:\n", behind].concat(), [b"g:x:5:\nh:x:6:u\n", behind].concat());
        (users.user(7), users.group(5), users.is_member(7, "g"), users.is_member(7, "h"))
    };
    assert_eq!(known(data), ("u".to_owned(), "g".to_owned(), true, true));
}

fn has_line(passwd: &[u8], id: u32) -> bool {
    let text = String::from_utf8_lossy(passwd);
    text.lines().any(|line| {
        let fields: Vec<&str> = line.split(':').collect();
        fields.len() > 2 && !fields[0].is_empty() && fields[2].parse() == Ok(id)
    })
}

/// The lines of the socket protocol, and what a command learns of what a peer said.
pub fn socket(data: &[u8]) {
    if let Ok(header) = Header::parse(data) {
        assert!(header.fds > 0 && header.fds <= MOST_TOTAL && header.buffers.len() <= header.fds);
        assert_eq!(Header::parse(&line(&header)), Ok(header));
    }
    if let Ok(answer) = Acknowledgement::parse(data) {
        assert_eq!(Acknowledgement::parse(&line(&answer)), Ok(answer));
    }
    let text = String::from_utf8_lossy(data).into_owned();
    let answer = Acknowledgement::refused(text.clone());
    let written = line(&answer);
    assert_eq!(written.iter().position(|byte| *byte == b'\n'), Some(written.len() - 1));
    assert_eq!(Acknowledgement::parse(&written), Ok(answer));
    let description = Description { heap: None, name: Some(text) };
    let header = Header::new(vec![description.clone(), Description::default()]);
    let written = line(&header);
    assert_eq!(written.iter().position(|byte| *byte == b'\n'), Some(written.len() - 1));
    assert_eq!(Header::parse(&written).as_ref(), Ok(&header));

    let info = [PassedInfo { size: None, description }, PassedInfo::default()];
    let variables = environment([], 3, &info, 9);
    let [fds, sizes, count, process, names] = variables.as_slice() else { panic!("{variables:?}") };
    assert!(
        fds == "DMAHEAP_FDS=3 4"
            && sizes == "DMAHEAP_SIZES=- -"
            && count == "LISTEN_FDS=2"
            && process == "LISTEN_PID=9"
    );
    let names = names.to_str().and_then(|names| names.strip_prefix("LISTEN_FDNAMES=")).expect("its names");
    assert!(names.len() <= 255 + 1 + 255 && names.bytes().all(|byte| matches!(byte, b' '..=b'~')));
    assert_eq!(names.split(':').count(), 2);
}

/// What the tool's processes write to each other.
pub fn messages(data: &[u8]) {
    if let Ok(Message::Done(report)) = channel::decode(data) {
        // What a case reports is read from within; it has no floating-point numbers, which lose digits.
        let _ = channel::encode(&report).map(|report| message::<Result<Observation, Observation>>(&report));
    }
    let _ = (message::<LaunchReport>(data), message::<CommandFailure>(data));
    let _ = (message::<SupervisorReport>(data), message::<FrontEndRequest>(data));
    let _ = (message::<Answer>(data), message::<PeerReply>(data));
}

/// Reads one as a parent does; what can be read means the same once it is written again.
fn message<T: Serialize + DeserializeOwned + Debug>(data: &[u8]) -> Option<T> {
    let read: T = channel::decode(data).ok()?;
    let written = channel::encode(&read).expect("a message");
    let again: T = channel::decode(&written).expect("what was written");
    assert_eq!(format!("{again:?}"), format!("{read:?}"));
    Some(read)
}

/// Files that people keep: of `bench --save`, and of `probe --expect`.
pub fn saved(data: &[u8]) {
    if let Ok(run) = file::parse(data) {
        check_run(&run);
    }
    // In a file that is right else, in the places of some members.
    let text = String::from_utf8_lossy(data);
    let mut parts = text.split('\0');
    let mut next = |usual: &'static str| parts.next().filter(|part| !part.is_empty()).unwrap_or(usual).to_owned();
    let [rounds, ratio, median, heap, size] = ["1", "null", "3", "\"system\"", "4096"].map(&mut next);
    let whole = format!(
        "{{\"version\":1,\"simulated\":false,\"rows\":[{{\"heap\":{heap},\"size\":{size},\"step\":\"fill\",\"count\":9,\
         \"p50_ns\":{median},\"ratio\":{ratio},\"rounds\":[{rounds}]}}]}}"
    );
    match file::parse(whole.as_bytes()) {
        Ok(run) => check_run(&run),
        Err(reason) => assert!(!data.iter().all(|byte| *byte == 0), "{reason}"),
    }

    if let Ok(expected) = Expectations::parse(&text) {
        let lines = text.lines().count();
        assert!(expected.heaps().len() <= lines);
        assert!(
            expected
                .find("system", "len_zero")
                .is_none_or(|outcome| !outcome.is_empty() && outcome.len() <= text.len())
        );
    }
}

/// Checks that no figure that was read differs from itself.
fn check_run(run: &SavedRun) {
    for figure in &run.figures {
        let comparison = FigureChange::of(figure, std::slice::from_ref(figure));
        assert!(comparison.verdict.is_none(), "{comparison:?}");
    }
}

/// Names that others chose, where they are shown or become part of a command: they stay one piece, and no more than that.
pub fn names(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let shown = escape::escaped(&text);
    assert!(shown.chars().all(is_harmless) && shown.len() <= 6 * text.len());
    assert_eq!(unescaped(&shown), text);
    assert!(escape::disarmed(&text).chars().all(is_harmless));
    let document = json::text(&Cell::Text(text.clone().into_owned()));
    assert!(document.chars().all(is_harmless) && document.len() <= 6 * text.len() + 2);
    let xml = escape::xml(&text);
    assert!(xml.len() <= 6 * text.len() && !xml.contains(['<', '>', '"', '\n']));
    let name = std::ffi::OsStr::new(&*text);
    for word in [quoted(name), quoted(std::os::unix::ffi::OsStrExt::from_bytes(data) as &std::ffi::OsStr)] {
        assert!(word.chars().all(is_harmless) && !word.is_empty() && word.len() <= 4 * data.len().max(text.len()) + 3);
    }
}

/// Recovers what [`escape::escaped`] was given: that this is possible shows that no two names look the same.
fn unescaped(shown: &str) -> String {
    let mut parts = shown.split('\\');
    let mut text = parts.next().unwrap_or_default().to_owned();
    while let Some(part) = parts.next() {
        let Some(digits) = part.strip_prefix('x') else {
            text.push('\\');
            text.push_str(parts.next().unwrap_or_default());
            continue;
        };
        // What changes the direction of a line has four digits, and none of the others begins as it does.
        let (number, behind) = digits.split_at(if digits.starts_with("20") { 4 } else { 2 });
        text.extend(u32::from_str_radix(number, 16).ok().and_then(char::from_u32));
        text.push_str(behind);
    }
    text
}

/// Cuts what a program can have given as a name: it ends at a NUL.
fn c_string(data: &[u8], longest: usize) -> &[u8] {
    &data[..data.iter().position(|byte| *byte == 0).unwrap_or(data.len()).min(longest)]
}

fn first_line(name: &[u8]) -> Cow<'_, str> {
    String::from_utf8_lossy(name.split(|byte| *byte == b'\n').next().unwrap_or_default())
}
