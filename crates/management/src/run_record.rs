//! What is known of a gateway that runs.

use cliproxy_core::Secret;
use serde::Deserialize;
use serde_json::json;
use std::net::SocketAddr;

/// What a process says about itself, for those who look for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunRecord {
    /// Its number.
    pub pid: u32,
    /// When it started, in Unix milliseconds.
    pub started_ms: u64,
    /// The absolute path of its configuration file, or `demo`.
    pub config: String,
    /// Where clients reach it.
    pub address: String,
    /// Where its control socket is.
    pub control: SocketAddr,
    /// What the control socket wants to see.
    pub token: Secret,
}

/// A record as it is written down.
#[derive(Deserialize)]
struct Written {
    pid: u32,
    started_ms: u64,
    config: String,
    address: String,
    control: SocketAddr,
    token: String,
}

impl RunRecord {
    /// As JSON, with the token.
    pub(crate) fn to_json(&self) -> String {
        let text = json!({
            "pid": self.pid,
            "started_ms": self.started_ms,
            "config": self.config,
            "address": self.address,
            "control": self.control,
            "token": self.token.expose(),
        });
        format!("{text}\n")
    }

    /// Reads what a process has written; `None` if no gateway has. Members that a newer one adds
    /// are left alone.
    pub(crate) fn from_json(text: &[u8]) -> Option<Self> {
        let written: Written = serde_json::from_slice(text).ok()?;
        // The token goes to this address, and nowhere off this machine.
        if !written.control.ip().is_loopback() {
            return None;
        }
        Some(Self {
            pid: written.pid,
            started_ms: written.started_ms,
            config: written.config,
            address: written.address,
            control: written.control,
            token: written.token.into(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::RunRecord;
    use cliproxy_core::Secret;

    fn record(control: &str) -> RunRecord {
        RunRecord {
            pid: 7,
            started_ms: 1_778_234_400_000,
            config: "/etc/cliproxy/config.yaml".to_owned(),
            address: "127.0.0.1:8317".to_owned(),
            control: control.parse().unwrap(),
            token: Secret::from("canary"),
        }
    }

    #[test]
    fn what_is_written_is_read() {
        let record = record("127.0.0.1:4711");
        let text = record.to_json();
        assert_eq!(RunRecord::from_json(text.as_bytes()), Some(record.clone()));
        assert!(!format!("{record:?}").contains("canary"));
        let newer = text.replacen('{', r#"{"colour": "green","#, 1);
        assert_eq!(RunRecord::from_json(newer.as_bytes()), Some(record));
    }

    #[test]
    fn what_no_gateway_has_written() {
        let elsewhere = record("192.0.2.1:80").to_json();
        for text in ["", "{}", "[]", "null", "{\"pid\": 7}", &elsewhere] {
            assert_eq!(RunRecord::from_json(text.as_bytes()), None, "{text}");
        }
    }
}
