//! Times as people say them.

/// How long something took, from milliseconds.
pub(crate) fn took(ms: u64) -> String {
    match ms {
        0..1_000 => format!("{ms} ms"),
        1_000..10_000 => format!("{}.{} s", ms / 1_000, ms % 1_000 / 100),
        _ => coarse(ms / 1_000),
    }
}

/// How long is still to wait, from milliseconds. What is about to be over is not over yet.
pub(crate) fn until(ms: u64) -> String {
    coarse(ms.div_ceil(1_000).max(1))
}

fn coarse(seconds: u64) -> String {
    let (minutes, hours) = (seconds / 60, seconds / 3_600);
    let both = |large: u64, unit: &str, small: u64, of: &str| match small {
        0 => format!("{large} {unit}"),
        small => format!("{large} {unit} {small} {of}"),
    };
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3_600 => format!("{minutes} min"),
        3_600..86_400 => both(hours, "h", minutes % 60, "min"),
        _ => both(hours / 24, "d", hours % 24, "h"),
    }
}

#[cfg(test)]
mod tests {
    use super::{took, until};

    #[test]
    fn as_people_say_it() {
        let check = |ms, expected: [&str; 2]| {
            assert_eq!([took(ms), until(ms)], expected, "{ms}");
        };
        check(0, ["0 ms", "1 s"]);
        check(1, ["1 ms", "1 s"]);
        check(999, ["999 ms", "1 s"]);
        check(1_250, ["1.2 s", "2 s"]);
        check(9_999, ["9.9 s", "10 s"]);
        check(12_000, ["12 s", "12 s"]);
        check(59_001, ["59 s", "1 min"]);
        check(200_000, ["3 min", "3 min"]);
        check(3_600_000, ["1 h", "1 h"]);
        check(7_500_000, ["2 h 5 min", "2 h 5 min"]);
        check(86_400_000, ["1 d", "1 d"]);
        check(97_200_000, ["1 d 3 h", "1 d 3 h"]);
        check(u64::MAX, ["213503982334 d 14 h", "213503982334 d 14 h"]);
    }
}
