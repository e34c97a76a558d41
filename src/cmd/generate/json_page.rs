//! dmaheap-json(5)

use super::page::Page;
use crate::cmd::Manual;
use crate::ui::json;

pub(super) fn render(manuals: &[Manual]) -> Vec<u8> {
    let mut page = Page::new("dmaheap-json", "5");
    page.markdown(&include_str!("json.md").replace("{version}", &json::VERSION.to_string()));
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
