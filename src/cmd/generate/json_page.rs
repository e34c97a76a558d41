//! dmaheap-json(5)

use super::page::Page;
use crate::cmd::Manual;
use crate::ui::json;

pub(super) fn render(manuals: &[Manual]) -> Vec<u8> {
    let mut page = Page::new("dmaheap-json", "5");
    page.section("NAME");
    page.text("dmaheap-json - what dmaheap prints with --json");
    page.section("DESCRIPTION");
    page.text("A command with --json prints one object. Its members:");
    page.item("version", &format!("The version of this schema, a number: {}. Members and keys do not change their meaning or vanish without a new version; new ones may come.", json::VERSION));
    page.item(
        "simulated",
        "Whether the answers come from dmaheap sim and not from a kernel's heaps. The list of columns (--list-columns) is dmaheap's own: it says false everywhere.",
    );
    page.item("rows", "An array of objects, one a row of the table. All columns are in it, in the order of the manual, unless --output chooses others.");
    page.section("VALUES");
    page.item("sizes", "Numbers of bytes.");
    page.item("texts", "What a terminal could obey, control characters and those that change the direction of a line, is written as \\uNNNN.");
    page.item("times", "Numbers; the key ends in their unit: _ns are nanoseconds.");
    page.item("request words", "Flags and request numbers are hexadecimal strings: \"0x80002\".");
    page.item("what may be inferred", "An object of value and inferred: {\"value\": \"cma\", \"inferred\": true} was concluded from a name; with false the kernel said it.");
    page.item("what is not known", "null.");
    for manual in manuals {
        let columns = (manual.columns)();
        if columns.is_empty() {
            continue;
        }
        page.section(&format!("KEYS OF {}", manual.verb.to_uppercase()));
        for column in columns {
            page.item(column.key, &format!("{} (column {})", column.help, column.name));
        }
    }
    page.section("SEE ALSO");
    page.text("dmaheap(1)");
    page.render()
}
