//! What stands under which heading in help.

/// A heading holds for all that follows it: a verb's own options stand before the groups that it shares.
#[test]
fn no_option_stands_under_the_heading_of_a_group_before_it() {
    let mut sources = Vec::new();
    for folder in ["cmd", "args"] {
        let all = format!("{}/src/{folder}/**/*.rs", env!("CARGO_MANIFEST_DIR"));
        sources.extend(glob::glob(&all).expect("a pattern").map(|path| path.expect("a source")));
    }
    assert!(sources.len() > 50);
    for path in sources {
        let text = std::fs::read_to_string(&path).expect("a source");
        for structure in text.split("\n}\n") {
            let Some((before, after)) = structure.split_once("#[command(flatten)]") else { continue };
            if before.contains("next_help_heading") {
                continue;
            }
            for option in after.split("#[arg(").skip(1) {
                let (attributes, _) = option.split_once(")]\n").expect("an end");
                let has_place = attributes.contains("help_heading") || attributes.contains("skip");
                assert!(has_place, "{}: {attributes}", path.display());
            }
        }
    }
}
