//! The verb's page in the manual, which lists every case.

use super::columns::COLUMNS;
use crate::cmd::Manual;
use crate::probe::cases::GROUPS;
use crate::ui::headings;

pub(crate) const MANUAL: Manual = Manual { verb: "probe", columns: || headings(COLUMNS), prose };

fn prose() -> String {
    include_str!("probe.md").replace("{cases}\n", &cases()).replace("{run}\n", include_str!("run.txt"))
}

fn cases() -> String {
    let mut items = String::new();
    for group in GROUPS {
        let cases = group.cases.iter().map(|case| (case.id, case.sends));
        for (term, meaning) in std::iter::once((group.name, group.about)).chain(cases) {
            items.push_str(&format!("- **{term}**: {meaning}\n"));
        }
    }
    items
}
