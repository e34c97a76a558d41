//! dmaheap-socket(7)

use super::page::Page;
use crate::pass::socket::protocol::{LONGEST_LINE, MOST_FDS, MOST_TOTAL, VERSION};

/// Programs that the page shows, by the words that stand for them in its text.
const PROGRAMS: [(&str, &str); 3] = [
    ("{client}", include_str!("../../../examples/recv.py")),
    ("{plain_c}", include_str!("../../../examples/plain.c")),
    ("{plain_python}", include_str!("../../../examples/plain.py")),
];

pub(super) fn render() -> Vec<u8> {
    let mut text = include_str!("socket.md").to_owned();
    for (name, number) in [
        ("{version}", VERSION as usize),
        ("{most_total}", MOST_TOTAL),
        ("{longest_line}", LONGEST_LINE),
        ("{most_fds}", MOST_FDS),
    ] {
        text = text.replace(name, &number.to_string());
    }
    for (name, program) in PROGRAMS {
        text = text.replace(name, program);
    }
    let mut page = Page::new("dmaheap-socket", "7");
    page.markdown(&text);
    page.section("SEE ALSO");
    page.text("dmaheap(1), dmaheap-hold(1), dmaheap-recv(1), dmaheap-send(1), unix(7)");
    page.render()
}
