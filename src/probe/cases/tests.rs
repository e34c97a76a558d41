use super::*;
#[test]
fn placeholder_ids_are_unique() {
    let mut ids: Vec<&str> = all().map(|(_, case)| case.id).collect();
    let count = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), count);
}
