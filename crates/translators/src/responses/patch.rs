//! A Responses body that goes up as it is: items and reasoning.
//!
//! Of items: what is sealed, what the gateway has named, and what the ChatGPT backend calls otherwise.

use crate::{
    carrier::{Family, Kind},
    finish::{Mark, Sealed},
    patch::{
        Patch,
        history::{Found, GATEWAY, read as sealed_by},
    },
    rejection::Rejection,
    splice::{Fate, Plan},
    thinking::{
        Resolved, Written,
        read::{self, Wish},
    },
};
use cliproxy_json::{Value, quoted};

impl Patch<'_> {
    pub(super) fn responses_history(&mut self) {
        let Some(input) = self.root.get("input") else {
            return;
        };
        let mut fates = Vec::new();
        // The items that stay, with the account that alone can read them.
        let mut kept = Vec::new();
        for item in input.elements() {
            let fate = match self.item(item) {
                None => Fate::Cut,
                Some(realm) => {
                    kept.push((item.span(), realm));
                    Fate::Keep
                }
            };
            fates.push(fate);
        }
        for (index, (span, realm)) in kept.iter().enumerate() {
            let Some(realm) = *realm else {
                continue;
            };
            let before = index.checked_sub(1).map(|before| kept[before].0.end);
            let behind = kept.get(index + 1).map_or(span.end, |(span, _)| span.start);
            self.marks.push(Mark::Sealed(Sealed {
                realm,
                span: span.clone(),
                before,
                behind,
            }));
        }
        self.settle_all(input, fates);
    }

    /// `None` for an item that is cut, else the account that alone can read it.
    fn item(&mut self, item: Value<'_>) -> Option<Option<u32>> {
        let id = item.get("id").and_then(|id| id.as_str());
        let is_minted = id.as_deref().is_some_and(is_minted);
        let mut plan = Plan::default();
        let kind = item.get("type").and_then(|kind| kind.as_str());
        // Of a reference the id is all there is: the upstream says that it does not know it.
        if is_minted && kind.as_deref() != Some("item_reference") {
            plan.cut("id");
        }
        let mut realm = None;
        if kind.as_deref() == Some("reasoning") {
            let sealed = item.get("encrypted_content").filter(|it| !it.is_null());
            let found =
                sealed.map(|sealed| sealed_by(sealed, self.own_family(), &[Kind::Encrypted]));
            match found {
                None if is_minted => {
                    self.lose(item);
                    return None;
                }
                Some(Found::Foreign) => {
                    self.lose(item);
                    return None;
                }
                Some(Found::Own {
                    data,
                    item: own,
                    realm: named,
                }) => {
                    plan.set("encrypted_content", data);
                    if let Some(own) = own.filter(|_| is_minted || id.is_none()) {
                        plan.set("id", quoted(&own));
                    }
                    realm = named;
                }
                None | Some(Found::Plain) => {}
            }
        }
        if self.target.profile.is_codex {
            self.codex_item(item, &mut plan);
        }
        if !plan.is_empty() {
            self.splices.members(item, &plan);
        }
        Some(realm)
    }

    fn own_family(&self) -> Family {
        match self.target.profile.name {
            "xai" => Family::Xai,
            _ => Family::OpenAi,
        }
    }

    pub(super) fn responses_wish(&self) -> Result<Wish, Rejection> {
        let reasoning = self.root.get("reasoning");
        reasoning.map_or_else(|| Ok(Wish::default()), read::responses)
    }

    pub(super) fn responses_reasoning(&mut self, written: Written, resolved: &Resolved<'_>) {
        let mut reasoning = Plan::default();
        reasoning.cut("effort");
        if !resolved.reasons() || !resolved.control().is_on() {
            reasoning.cut("summary");
            reasoning.cut("generate_summary");
        }
        if let Written::Responses {
            effort: Some(effort),
            ..
        } = written
        {
            reasoning.set("effort", quoted(effort));
        }
        let (plan, splices) = (&mut self.plan, &mut self.splices);
        plan.within("reasoning", self.root, &reasoning, splices);
    }
}

/// Whether the gateway has made this id of an item: `msg_gw_…`, `rs_gw_…`, `fc_gw_…`.
fn is_minted(id: &str) -> bool {
    id.split_once(GATEWAY).is_some_and(|(kind, _)| {
        let is_letter = |byte: u8| byte.is_ascii_lowercase();
        !kind.is_empty() && kind.bytes().all(is_letter)
    })
}
