//! Older ways to write a configuration, turned into the current one before decoding.

use crate::{
    Place,
    problem::Report,
    tree::{KeyPath, Kind, Member, Node, Spot},
};

/// Rewrites what older versions wrote, with a warning for each.
pub(crate) fn modernise(tree: &mut Node, report: &mut Report) {
    auth_providers(tree, report);
    generative_language_keys(tree, report);
    compatibility_keys(tree, report);
    for item in tree.list_mut("api-keys") {
        spell_out(item, "key");
    }
}

/// `auth.providers[]` of version 6 becomes `api-keys`, if that has none.
fn auth_providers(tree: &mut Node, report: &mut Report) {
    let Some(mut auth) = tree.remove("auth") else {
        return;
    };
    let has_keys = tree
        .get("api-keys")
        .is_some_and(|member| matches!(&member.value.kind, Kind::List(keys) if !keys.is_empty()));
    let keys: Vec<Node> = auth
        .value
        .list_mut("providers")
        .iter_mut()
        .filter(|provider| {
            matches!(
                provider.get("type").map(|member| &member.value.kind),
                Some(Kind::Scalar(kind)) if kind == "config-api-key"
            )
        })
        .filter_map(|provider| take_list(provider, "api-keys"))
        .flatten()
        .collect();
    let spot = Spot::outside(&auth.place, KeyPath::default().key("auth"));
    if has_keys || keys.is_empty() {
        report.warning(
            &spot,
            "accepted and ignored: `api-keys` counts",
            "remove it",
        );
        return;
    }
    report.warning(
        &spot,
        "an old way to give client keys",
        "move the keys to `api-keys`",
    );
    append(tree, "api-keys", &auth.place, keys);
}

/// `generative-language-api-key: [key]` becomes `gemini-api-key`.
fn generative_language_keys(tree: &mut Node, report: &mut Report) {
    let key = "generative-language-api-key";
    let Some(old) = tree.remove(key) else {
        return;
    };
    report.warning(
        &Spot::outside(&old.place, KeyPath::default().key(key)),
        "an old way to give Gemini keys",
        "move them to `gemini-api-key` as `- api-key: …`",
    );
    if let Kind::List(mut keys) = old.value.kind {
        for key in &mut keys {
            spell_out(key, "api-key");
        }
        append(tree, "gemini-api-key", &old.place, keys);
    }
}

/// `openai-compatibility[].api-keys: [key]` becomes `api-key-entries`, if that has none.
fn compatibility_keys(tree: &mut Node, report: &mut Report) {
    let section = "openai-compatibility";
    for (index, entry) in tree.list_mut(section).iter_mut().enumerate() {
        let Some(old) = entry.remove("api-keys") else {
            continue;
        };
        let path = KeyPath::default().key(section).index(index).key("api-keys");
        report.warning(
            &Spot::outside(&old.place, path),
            "an old way to give the keys of a provider",
            "move them to `api-key-entries` as `- api-key: …`",
        );
        let has_keys = !entry.list_mut("api-key-entries").is_empty();
        if let (Kind::List(mut keys), false) = (old.value.kind, has_keys) {
            for key in &mut keys {
                spell_out(key, "api-key");
            }
            append(entry, "api-key-entries", &old.place, keys);
        }
    }
}

/// Turns the scalar `text` into the mapping `{key: text}`.
fn spell_out(node: &mut Node, key: &str) {
    if !matches!(node.kind, Kind::Scalar(_)) {
        return;
    }
    let place = node.place.clone();
    let value = std::mem::replace(node, Node::new(place.clone(), Kind::Null));
    node.kind = Kind::Map(vec![Member {
        key: key.to_owned(),
        place,
        value,
    }]);
}

fn take_list(node: &mut Node, key: &str) -> Option<Vec<Node>> {
    match node.remove(key)?.value.kind {
        Kind::List(items) => Some(items),
        Kind::Null | Kind::Scalar(_) | Kind::Map(_) | Kind::Refused => None,
    }
}

/// Adds `items` to the list under `key`, which is made if there is none.
fn append(node: &mut Node, key: &str, place: &Place, items: Vec<Node>) {
    let Kind::Map(members) = &mut node.kind else {
        return;
    };
    match members.iter_mut().find(|member| member.key == key) {
        Some(member) => match &mut member.value.kind {
            Kind::List(existing) => existing.extend(items),
            Kind::Null => member.value.kind = Kind::List(items),
            // Of the wrong type, which decoding reports.
            Kind::Scalar(_) | Kind::Map(_) | Kind::Refused => {}
        },
        None => members.push(Member {
            key: key.to_owned(),
            place: place.clone(),
            value: Node::new(place.clone(), Kind::List(items)),
        }),
    }
}
