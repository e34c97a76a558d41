//! Releases of the kernel, as uname(2) names them.

/// Major and minor number of a kernel release; they compare as releases do (6.12 is later than 6.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Release(pub u16, pub u16);

/// The first release of each line that has "dma-buf: dma-heap: don't publish fd before copy_to_user() succeeds"
/// (30d0aff2c65a; linux-stable 1bf6083a41f8 and 0d4a5d218055), with its third number.
const EFAULT_FIX: [(Release, u16); 3] = [(Release(6, 12), 112), (Release(7, 2), 5), (Release(7, 3), 0)];

impl Release {
    /// The release in `6.12.117+deb12-cloud-amd64`; `None` where the text does not begin with one.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        numbers(text).map(|(release, _)| release)
    }
}

/// The release and its third number, 0 where there is none.
fn numbers(text: &str) -> Option<(Release, u16)> {
    let mut numbers = text.split(|c: char| !c.is_ascii_digit()).map(str::parse);
    let release = Release(numbers.next()?.ok()?, numbers.next()?.ok()?);
    Some((release, numbers.next().and_then(Result::ok).unwrap_or(0)))
}

/// Says why a kernel that leaves a descriptor behind on EFAULT is known to; `None` where that is a failure. `uname`
/// begins with its release; of the simulator's rules the machine's release says nothing.
pub(crate) fn known_leak(uname: &str, simulated: bool) -> Option<String> {
    if simulated { Some("the simulator was asked to".to_owned()) } else { may_lack_fix(uname) }
}

fn may_lack_fix(uname: &str) -> Option<String> {
    let text = uname.split(' ').next().unwrap_or_default();
    let Some((release, patch)) = numbers(text) else {
        return Some(format!("'{text}' does not say which release this is"));
    };
    let Release(major, minor) = release;
    let is_candidate = text.contains("-rc");
    let [.., (mainline, _)] = EFAULT_FIX;
    match EFAULT_FIX.iter().find(|(fixed, _)| *fixed == release) {
        Some((line, _)) if is_candidate && *line == mainline => {
            Some(format!("the fix came during the release candidates of {major}.{minor}"))
        }
        Some((_, first)) if patch < *first => Some(format!(
            "{major}.{minor}.{patch} is below {major}.{minor}.{first}, the first of its line with the fix"
        )),
        None if release < mainline => Some(format!("no {major}.{minor} release is known to have the fix")),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn releases_are_compared_as_numbers() {
        assert_eq!(Release::parse("6.12.117+deb12-cloud-amd64"), Some(Release(6, 12)));
        assert_eq!(Release::parse("7.3-rc1"), Some(Release(7, 3)));
        assert!(Release::parse("10.0.0") > Release::parse("7.2.0"));
        assert_eq!(Release::parse("next"), None);
    }

    #[test]
    fn three_numbers_tell_who_must_have_the_fix() {
        for fixed in [
            "6.12.112",
            "6.12.117+deb12-cloud-amd64",
            "7.2.5",
            "7.2.13+deb14-amd64",
            "7.3.0",
            "7.3",
            "7.4-rc1",
            "10.0.1",
        ] {
            assert_eq!(may_lack_fix(fixed), None, "{fixed}");
        }
        for (old, reason) in [
            ("6.12.111", "6.12.111 is below 6.12.112, the first of its line with the fix"),
            ("7.2.4", "7.2.4 is below 7.2.5, the first of its line with the fix"),
            // A vendor that keeps the third number at 0.
            ("7.2.0-14-generic", "7.2.0 is below 7.2.5, the first of its line with the fix"),
            ("6.12.0-124.el10", "6.12.0 is below 6.12.112, the first of its line with the fix"),
            ("7.2-rc3", "7.2.0 is below 7.2.5, the first of its line with the fix"),
            ("7.3-rc1", "the fix came during the release candidates of 7.3"),
            ("7.3.0-rc1-next-20260904", "the fix came during the release candidates of 7.3"),
            ("6.18.99", "no 6.18 release is known to have the fix"),
            ("5.15.0-1023-raspi", "no 5.15 release is known to have the fix"),
            ("next", "'next' does not say which release this is"),
        ] {
            assert_eq!(may_lack_fix(old).as_deref(), Some(reason), "{old}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_text_is_a_panic(text in ".*") {
            let _ = (Release::parse(&text), may_lack_fix(&text));
        }
    }
}
