//! `limits`: what one client may cost.

use super::Resolver;
use crate::{Limits, raw::RawLimits, tree::Spot};
use std::num::NonZeroUsize;

/// The HTTP library cannot read a head with less room.
const MIN_HEADER_KIB: u32 = 8;
const MIB: usize = 1024 * 1024;

impl Resolver<'_> {
    pub(super) fn limits(&mut self, raw: &RawLimits, spot: &Spot<'_>) -> Limits {
        let default = Limits::default();
        let head = self.at_least(
            raw.max_header_kib,
            MIN_HEADER_KIB,
            &spot.key("max-header-kib"),
        );
        let connections = self.at_least(raw.max_connections, 1, &spot.key("max-connections"));
        let connections_per_ip = self.at_least(
            raw.max_connections_per_ip,
            1,
            &spot.key("max-connections-per-ip"),
        );
        let event = raw.max_event_bytes.and_then(|size| {
            let bytes = usize::try_from(size.0).ok().filter(|bytes| *bytes >= 1024);
            if bytes.is_none() {
                let spot = spot.key("max-event-bytes");
                self.report.error(&spot, "must be at least 1KiB", "");
            }
            bytes
        });
        let max_body = self
            .at_least(raw.max_body_mib, 1, &spot.key("max-body-mib"))
            .and_then(|mib| mib.checked_mul(MIB))
            .unwrap_or(default.max_body);
        let mut deadline = |given, default, key| self.deadline(given, default, &spot.key(key));
        Limits {
            idle_timeout: deadline(raw.idle_timeout, default.idle_timeout, "idle-timeout"),
            header_timeout: deadline(raw.header_timeout, default.header_timeout, "header-timeout"),
            body_timeout: deadline(raw.body_timeout, default.body_timeout, "body-timeout"),
            write_timeout: deadline(raw.write_timeout, default.write_timeout, "write-timeout"),
            max_body,
            max_event: event.unwrap_or(default.max_event),
            max_header_bytes: head
                .and_then(|kib| kib.checked_mul(1024))
                .unwrap_or(default.max_header_bytes),
            max_connections: connections.unwrap_or(default.max_connections),
            max_connections_per_ip: connections_per_ip.unwrap_or(default.max_connections_per_ip),
            max_concurrency_per_key: raw
                .max_concurrency_per_key
                .and_then(|most| NonZeroUsize::new(usize::try_from(most).ok()?)),
            max_buffered: self.max_buffered(raw.max_buffered_mib, max_body, spot),
        }
    }

    /// Room for at least one body: otherwise the largest one would never get in.
    fn max_buffered(&mut self, given: Option<u32>, max_body: usize, spot: &Spot<'_>) -> usize {
        let default = Limits::default().max_buffered.max(max_body);
        let Some(mib) = given else {
            return default;
        };
        let bytes = usize::try_from(mib).ok().and_then(|m| m.checked_mul(MIB));
        bytes.filter(|b| *b >= max_body).unwrap_or_else(|| {
            self.report.error(
                &spot.key("max-buffered-mib"),
                "must be at least `max-body-mib`",
                "remove it for the default",
            );
            default
        })
    }

    fn at_least(&mut self, given: Option<u32>, least: u32, spot: &Spot<'_>) -> Option<usize> {
        let given = given?;
        if given < least {
            let message = format!("must be at least {least}");
            self.report
                .error(spot, message, "remove it for the default");
            return None;
        }
        usize::try_from(given).ok()
    }
}
