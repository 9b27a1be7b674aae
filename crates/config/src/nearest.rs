//! What a word that nobody knows was most likely meant to be.

/// The one of `known` that `key` most likely was meant to be.
#[must_use]
pub fn nearest<'a>(key: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let plain = plain(key);
    known
        .map(|known| (distance(&plain, &self::plain(known)), known))
        .filter(|(distance, known)| *distance <= 1 + known.len() / 6)
        .min()
        .map(|(_, known)| known)
}

/// A key without what people mix up: case, and `-`, `_` or nothing between words.
fn plain(key: &str) -> Vec<char> {
    key.chars()
        .filter(|c| !matches!(c, '-' | '_' | ' '))
        .map(|c| c.to_ascii_lowercase())
        .collect()
}

/// How many letters must be added, removed, replaced or swapped with their neighbour (the optimal
/// string alignment distance). Swaps count as one, since `prot` is closer to `port` than to `host`.
fn distance(a: &[char], b: &[char]) -> usize {
    let mut before_last = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let replaced = last[j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut least = replaced.min(last[j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                least = least.min(before_last[j - 2] + 1);
            }
            row.push(least);
        }
        before_last = std::mem::replace(&mut last, row);
    }
    last[b.len()]
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn nearest_key() {
        let known = ["session-affinity", "strategy", "session-affinity-ttl"];
        let check = |key: &str, expected: Option<&str>| {
            assert_eq!(nearest(key, known.into_iter()), expected, "{key:?}");
        };
        check("sesion-affinity", Some("session-affinity"));
        check("sessionAffinity", Some("session-affinity"));
        check("session_affinity_ttl", Some("session-affinity-ttl"));
        check("startegy", Some("strategy"));
        check("stratgy", Some("strategy"));
        check("timeout", None);
        check("", None);
        assert_eq!(nearest("prot", ["host", "port"].into_iter()), Some("port"));
    }
}
