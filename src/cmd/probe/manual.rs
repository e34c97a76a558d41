//! The verb's page in the manual, which lists every case.

use super::columns::COLUMNS;
use crate::cmd::Manual;
use crate::probe::case::CaseGroup;
use crate::probe::cases::GROUPS;
use crate::ui::headings;

pub(crate) const MANUAL: Manual = Manual { verb: "probe", columns: || headings(COLUMNS), prose };

fn prose() -> String {
    include_str!("probe.md").replace("{cases}\n", &cases()).replace("{run}\n", include_str!("run.txt"))
}

fn cases() -> String {
    let item = |(term, meaning): (&str, &str)| format!("- **{term}**: {meaning}\n");
    let of_group = |group: &CaseGroup| {
        let cases = group.cases.iter().map(|case| (case.id, case.sends));
        std::iter::once((group.name, group.about)).chain(cases).map(item).collect::<String>()
    };
    GROUPS.iter().map(of_group).collect()
}
