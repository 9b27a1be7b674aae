//! What the environment and the command line put over the file.

use crate::{
    Env, Place,
    problem::Report,
    tree::{KeyPath, Kind, Member, Node, Spot},
};

/// What the command line says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Overrides {
    /// `--host`; empty text means every interface.
    pub host: Option<String>,
    /// `--port`
    pub port: Option<u16>,
    /// `--allow-insecure`
    pub allow_insecure: Option<bool>,
    /// `--strict-config`: unknown keys, and a strategy that is none, are errors.
    pub strict: Option<bool>,
}

const PREFIX: &str = "CLIPROXY_";
/// Variables of this prefix that are read elsewhere.
const NOT_KEYS: [&str; 2] = ["CLIPROXY_CONFIG", "CLIPROXY_LOCAL_PASSWORD"];

/// Puts `CLIPROXY_ROUTING__STRATEGY` and its like into the tree, then the command line.
///
/// They become nodes like any other, so that types, unknown names and bad values are reported as in
/// the file. A variable that is set to nothing counts as absent: container tools pass on unset
/// variables that way, and `CLIPROXY_HOST=` must not open every interface.
pub(crate) fn apply(tree: &mut Node, env: &Env, overrides: &Overrides, report: &mut Report) {
    for (name, value) in env.iter() {
        let Some(rest) = name.strip_prefix(PREFIX) else {
            continue;
        };
        if NOT_KEYS.contains(&name) || value.trim().is_empty() {
            continue;
        }
        let mut keys: Vec<String> = rest
            .split("__")
            .map(|key| key.to_ascii_lowercase().replace('_', "-"))
            .collect();
        // The members of a client are named as RFC 6749 does it.
        if let [group, _, member] = keys.as_mut_slice()
            && group == "oauth"
        {
            *member = member.replace('-', "_");
        }
        let place = Place::Env(name.to_owned());
        if set(tree, &keys, place.clone(), value.to_owned()).is_err() {
            let path = keys
                .iter()
                .fold(KeyPath::default(), |path, key| path.key(key));
            report.error(
                &Spot::outside(&place, path),
                "the environment cannot set this",
                "only settings outside of lists can be overridden",
            );
        }
    }
    let flags = [
        ("host", "--host", overrides.host.clone()),
        (
            "port",
            "--port",
            overrides.port.map(|port| port.to_string()),
        ),
        (
            "allow-insecure",
            "--allow-insecure",
            overrides.allow_insecure.map(|flag| flag.to_string()),
        ),
    ];
    for (key, flag, value) in flags {
        if let Some(value) = value {
            // The root is the only thing in the way, and what is wrong with it is reported anyway.
            let _ = set(tree, &[key.to_owned()], Place::Flag(flag), value);
        }
    }
}

/// There is a list or a scalar on the way.
struct Blocked;

/// Sets the scalar at `keys`, with the mappings that lead there.
fn set(node: &mut Node, keys: &[String], place: Place, value: String) -> Result<(), Blocked> {
    let Some((key, rest)) = keys.split_first() else {
        *node = Node::new(place, Kind::Scalar(value));
        return Ok(());
    };
    if matches!(node.kind, Kind::Null) {
        node.kind = Kind::Map(Vec::new());
    }
    let Kind::Map(members) = &mut node.kind else {
        return Err(Blocked);
    };
    let index = match members.iter().position(|member| member.key == *key) {
        Some(index) => index,
        None => {
            members.push(Member {
                key: key.clone(),
                place: place.clone(),
                value: Node::new(place.clone(), Kind::Null),
            });
            members.len() - 1
        }
    };
    if rest.is_empty() {
        members[index].place = place.clone();
    }
    set(&mut members[index].value, rest, place, value)
}
