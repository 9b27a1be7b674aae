//! Taking the gateway's own secrets out of what an upstream says.

use bytes::Bytes;
use cliproxy_core::Secret;

/// Shorter keys are words like `none`, given to servers that want none, and words occur in errors.
const SECRET: usize = 8;

/// Replaces each secret where it occurs exactly.
pub(crate) fn without(body: &Bytes, secrets: &[Secret]) -> Bytes {
    let mut body = body.clone();
    let secrets = secrets.iter().map(Secret::expose);
    for secret in secrets.filter(|secret| secret.len() >= SECRET) {
        let finder = memchr::memmem::Finder::new(secret.as_bytes());
        if finder.find(&body).is_none() {
            continue;
        }
        let mut clean = Vec::with_capacity(body.len());
        let mut from = 0;
        for at in finder.find_iter(&body) {
            clean.extend_from_slice(&body[from..at]);
            clean.extend_from_slice(b"[redacted]");
            from = at + secret.len();
        }
        clean.extend_from_slice(&body[from..]);
        body = clean.into();
    }
    body
}

#[cfg(test)]
mod tests {
    use super::without;
    use bytes::Bytes;
    use cliproxy_core::Secret;

    #[test]
    fn held_secrets_are_replaced_where_they_occur_exactly() {
        let held = |texts: &[&str]| {
            texts
                .iter()
                .map(|&text| text.into())
                .collect::<Vec<Secret>>()
        };
        let body = Bytes::from_static(b"key sk-00001 is wrong: sk-00001, not sk-00002");
        assert_eq!(
            without(&body, &held(&["sk-00001", "", "wrong"])),
            "key [redacted] is wrong: [redacted], not sk-00002"
        );
        assert_eq!(without(&body, &held(&["sk-00003"])).as_ptr(), body.as_ptr());
    }
}
