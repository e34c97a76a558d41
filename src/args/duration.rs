//! How times are typed.

use std::time::Duration;

const ACCEPTED: &str = "expected seconds (2, 0.5) or a unit: 250ms, 10s, 5m, 1h";

/// More is taken for this: 68 years, which can be added to any time and fit a `time_t` of 32 bits.
pub(crate) const LONGEST: Duration = Duration::from_secs(i32::MAX as u64);

/// A time: a number, with a unit or in seconds.
pub(crate) fn duration(text: &str) -> Result<Duration, String> {
    if text.starts_with('-') {
        return Err(format!("a duration cannot be negative; {ACCEPTED}"));
    }
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    let seconds = match unit {
        "" | "s" => 1.0,
        "ms" => 0.001,
        "m" | "min" => 60.0,
        "h" => 3600.0,
        _ => return Err(format!("unknown unit '{unit}'; {ACCEPTED}")),
    };
    let number: f64 = number.parse().map_err(|_| format!("not a number; {ACCEPTED}"))?;
    let time = Duration::try_from_secs_f64(number * seconds).map_err(|_| "too long".to_owned())?;
    Ok(time.min(LONGEST))
}

/// A time that is not 0.
pub(crate) fn some_time(text: &str) -> Result<Duration, String> {
    match duration(text) {
        Ok(Duration::ZERO) => Err("the duration must be greater than zero".to_owned()),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_need_no_unit() {
        for (text, milliseconds) in
            [("2", 2000), ("0.5", 500), ("250ms", 250), ("10s", 10_000), ("5m", 300_000), ("1h", 3_600_000), ("0", 0)]
        {
            assert_eq!(duration(text), Ok(Duration::from_millis(milliseconds)), "{text}");
        }
        for text in ["", "-1", "x", "1d", "1.2.3", "s", "1e3", "99999999999999999999h", "."] {
            assert!(duration(text).is_err(), "{text}");
        }
        assert_eq!(duration("10000000000000000000"), Ok(LONGEST));
    }
}
