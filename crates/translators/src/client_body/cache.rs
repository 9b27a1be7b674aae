//! Caching marks on parts and tools.

use crate::request_ir::CacheMark;
use cliproxy_json::Value;

/// The mark that a part has: Claude's `cache_control`, which vendors of Chat have taken over, or
/// OpenAI's `prompt_cache_breakpoint`.
pub(crate) fn mark(control: Option<Value<'_>>, breakpoint: Option<Value<'_>>) -> Option<CacheMark> {
    let control = control.and_then(|control| {
        let ephemeral = control.get("type")?.as_str()? == "ephemeral";
        let ttl = control.get("ttl").and_then(|ttl| ttl.as_str());
        ephemeral.then_some(match ttl.as_deref() {
            Some("1h") => CacheMark::EphemeralHour,
            _ => CacheMark::Ephemeral,
        })
    });
    let breakpoint = breakpoint.filter(|value| value.as_bool() != Some(false));
    control.or_else(|| breakpoint.map(|_| CacheMark::Breakpoint))
}
