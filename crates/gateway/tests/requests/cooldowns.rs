//! How long a failure keeps a credential away, and what is said while all are.

use crate::rig::{Ask, calls, limited, ordered, s, upstream};
use cliproxy_core::Protocol;

#[tokio::test]
async fn everybody_rests() {
    for protocol in Protocol::ALL {
        let upstream = upstream([limited(s(9)), limited(s(5))]);
        let rig = ordered(&upstream, protocol, "ab");
        let ask = Ask::new(protocol, "m", false);
        let limited = rig.send(&ask).await;
        assert_eq!(
            (limited.status.as_u16(), limited.header("retry-after")),
            (429, "5")
        );
        let resting = rig.send(&ask).await;
        assert_eq!(
            calls(&upstream, "ab"),
            [1, 1],
            "{protocol}: nobody is asked"
        );
        assert_eq!(
            (resting.status.as_u16(), resting.header("retry-after")),
            (429, "5")
        );
        let text = resting.text();
        assert!(text.contains("cooling down"), "{protocol}: {text}");
        if protocol == Protocol::Chat {
            assert_eq!(resting.json()["error"]["code"], "model_cooldown", "{text}");
        }
    }
}
