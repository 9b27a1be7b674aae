//! What the ChatGPT backend wants different of a native body; [`crate::profile::codex`] has the table.

use super::Patch;
use crate::{
    finish::{CACHE_KEY, Mark},
    profile::codex::{INCLUDE, SERVICE_TIER, WEB_SEARCH, WEB_SEARCH_PREVIEW},
    rejection::Rejection,
    request_ir::{Class, Place, Why},
    splice::Plan,
};
use bytes::Bytes;
use cliproxy_json::{Kind, Value, quoted};

/// Values that a member has anyway, so that nothing is lost with them.
const DEFAULTS: [(&str, &str); 5] = [
    ("background", "false"),
    ("temperature", "1"),
    ("top_logprobs", "0"),
    ("top_p", "1"),
    ("truncation", "\"disabled\""),
];

impl Patch<'_> {
    /// # Errors
    ///
    /// [`Rejection`] for a `previous_response_id`: the backend keeps no responses.
    pub(super) fn codex(&mut self) -> Result<(), Rejection> {
        let given = |name| self.root.get(name).filter(|value| !value.is_null());
        if let Some(previous) = given("previous_response_id") {
            return Err(Rejection::UnsupportedParameter {
                place: Place::of(previous),
                message: "this upstream keeps no responses to continue from".into(),
            });
        }
        self.plan.cut("previous_response_id");
        for (name, wanted) in [("stream", "true"), ("store", "false")] {
            if self.root.get(name).map(|value| value.raw()) != Some(wanted) {
                self.plan.set(name, wanted);
            }
        }
        if self.root.get("instructions").is_none_or(|it| it.is_null()) {
            self.plan.set("instructions", "\"\"");
        }
        self.text_input();
        self.include();
        self.tools();
        self.removed();
        if self.root.get(CACHE_KEY).is_none_or(|it| it.is_null()) {
            self.plan.cut(CACHE_KEY);
            let takes_key = self.target.params.name(CACHE_KEY) == Some(CACHE_KEY);
            let model = self.root.get("model").filter(|_| takes_key);
            let mark = model.map(|model| Mark::CacheKey(model.span().end));
            self.marks.extend(mark);
            self.marks.sort_by_key(Mark::place);
        }
        Ok(())
    }

    /// The backend takes items only.
    fn text_input(&mut self) {
        let input = self.root.get("input");
        if let Some(input) = input.filter(|input| input.kind() == Kind::String) {
            const HEAD: &[u8] =
                br#"[{"type":"message","role":"user","content":[{"type":"input_text","text":"#;
            let (start, end) = (input.span().start, input.span().end);
            self.splices.replace(start..start, Bytes::from_static(HEAD));
            self.splices.replace(end..end, Bytes::from_static(b"}]}]"));
        }
    }

    fn include(&mut self) {
        let include = self.root.get("include");
        let list = include.filter(|include| include.kind() == Kind::Array);
        let mut out = b"[".to_vec();
        for element in list.into_iter().flat_map(|list| list.elements()) {
            if element.as_str().as_deref() == Some(INCLUDE) {
                return;
            }
            out.extend_from_slice(element.raw().as_bytes());
            out.push(b',');
        }
        out.extend_from_slice(&quoted(INCLUDE));
        out.push(b']');
        self.plan.set("include", out);
    }

    fn tools(&mut self) {
        let tools = self.root.get("tools").into_iter();
        let mut has_tools = false;
        for tool in tools.flat_map(|tools| tools.elements()) {
            has_tools = true;
            self.web_search(tool);
        }
        if let Some(choice) = self.root.get("tool_choice") {
            self.web_search(choice);
        }
        let parallel = self.root.get("parallel_tool_calls");
        match has_tools {
            true if parallel.is_none_or(|it| it.is_null()) => {
                self.plan.set("parallel_tool_calls", "true");
            }
            true => {}
            false => self.plan.cut("parallel_tool_calls"),
        }
    }

    fn web_search(&mut self, tool: Value<'_>) {
        let Some(kind) = tool.get("type") else {
            return;
        };
        let name = kind.as_str().unwrap_or_default();
        if name.starts_with(WEB_SEARCH_PREVIEW) {
            self.splices.replace(kind.span(), quoted(WEB_SEARCH));
        }
    }

    fn removed(&mut self) {
        for (name, class) in self.target.profile.removed {
            let Some(value) = self.root.get(name) else {
                continue;
            };
            self.plan.cut(name);
            let mut defaults = DEFAULTS.iter();
            let is_default = value.is_null()
                || defaults.any(|(known, default)| known == name && is_same(value, default));
            if !is_default {
                self.losses.drop(Place::of(value), *class, Why::Dialect);
            }
        }
        if let Some(tier) = self.root.get("service_tier") {
            let name = tier.as_str().unwrap_or_default();
            if name != SERVICE_TIER {
                self.plan.cut("service_tier");
                if !matches!(&*name, "" | "auto" | "default") {
                    self.losses.drop(Place::of(tier), Class::Quality, Why::Tier);
                }
            }
        }
    }

    /// What the backend wants different of one item.
    pub(crate) fn codex_item(&mut self, item: Value<'_>, plan: &mut Plan<'_>) {
        let role = item.get("role").and_then(|role| role.as_str());
        if role.as_deref() == Some("system") {
            plan.set("role", quoted("developer"));
        }
        for list in ["content", "output"] {
            let parts = item.get(list).into_iter();
            for part in parts.flat_map(|parts| parts.elements()) {
                if part.get("prompt_cache_breakpoint").is_some() {
                    let mut plan = Plan::default();
                    plan.cut("prompt_cache_breakpoint");
                    self.splices.members(part, &plan);
                }
            }
        }
    }
}

fn is_same(value: Value<'_>, default: &str) -> bool {
    value.raw() == default || value.as_f64().is_some_and(|it| Ok(it) == default.parse())
}
