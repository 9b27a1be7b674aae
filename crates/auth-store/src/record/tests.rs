//! Credential files as people and programs write them.

mod settings;

use super::{Broken, CredentialFile, CredentialRecord, Inert, Standing, claims::tests::jwt};
use crate::FileName;
use std::sync::Arc;

fn file(json: &str) -> CredentialFile {
    let name = FileName::parse("x.json").unwrap();
    CredentialFile::read(&name, json.as_bytes())
        .unwrap_or_else(|broken| panic!("{json}: {broken:?}"))
}

fn record(json: &str) -> Arc<CredentialRecord> {
    file(json).records[0].clone()
}

/// A codex file with these members as well.
fn codex(members: &str) -> String {
    format!(r#"{{"type":"codex","access_token":"a"{members}}}"#)
}

#[test]
fn providers_and_their_standing() {
    let check = |json: &str, provider: &str, standing: Standing| {
        let record = record(json);
        assert_eq!(record.provider.as_str(), provider, "{json}");
        assert_eq!(record.standing, standing, "{json}");
    };
    let inert = Standing::Inert;
    check(&codex(""), "codex", Standing::Active);
    check(&codex(r#","disabled":true"#), "codex", Standing::Disabled);
    check(
        r#"{"type":"CODEX","refresh_token":"r"}"#,
        "codex",
        Standing::Active,
    );
    check(
        r#"{"type":"gemini","token":{"access_token":"a"}}"#,
        "gemini-cli",
        Standing::Active,
    );
    check(
        r#"{"type":"kimi","access_token":"a"}"#,
        "kimi",
        Standing::Active,
    );
    check(
        r#"{"type":"somebody","api_key":"k"}"#,
        "somebody",
        Standing::Active,
    );
    check(
        r#"{"type":"Claude","access_token":"a"}"#,
        "claude",
        inert(Inert::PassthroughOnly),
    );
    check(
        r#"{"type":"antigravity","access_token":"a"}"#,
        "antigravity",
        inert(Inert::Unsupported),
    );
    check(
        r#"{"type":"qwen","access_token":"a"}"#,
        "qwen",
        inert(Inert::Removed),
    );
    check(r#"{"type":"iflow"}"#, "iflow", inert(Inert::Removed));
    check(r#"{"access_token":"a"}"#, "unknown", inert(Inert::Untyped));
    check(r#"{"type":" "}"#, "unknown", inert(Inert::Untyped));
    check(r#"{"type":7}"#, "unknown", inert(Inert::Untyped));
    check(
        r#"{"type":"codex"}"#,
        "codex",
        inert(Inert::Incomplete("access_token")),
    );
    check(
        r#"{"type":"vertex","service_account":{"client_email":"e"}}"#,
        "vertex",
        inert(Inert::Incomplete("service_account.private_key")),
    );
    check(
        r#"{"type":"vertex","service_account":{"client_email":"e","private_key":"k"}}"#,
        "vertex",
        Standing::Active,
    );
    // A switch that is off keeps what is of no use of no use.
    check(
        r#"{"type":"claude","disabled":true}"#,
        "claude",
        inert(Inert::PassthroughOnly),
    );
}

#[test]
fn what_is_inert_says_so_in_the_listing() {
    assert_eq!(
        Inert::PassthroughOnly.to_string(),
        "unsupported (passthrough only)"
    );
    let found = file(r#"{"type":"claude","access_token":"a"}"#).problems;
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(
        found[0].to_string(),
        "x.json: type: a Claude sign-in is not used by the gateway (set claude-passthrough, so that \
         Claude Code's own sign-in is passed through, or use an API key)"
    );
}

#[test]
fn whose_account_it_is() {
    let token = jwt(
        r#"{"email":"claim@x","aud":"app","https://api.openai.com/auth":
            {"chatgpt_account_id":"claimed","chatgpt_plan_type":"plus"}}"#,
    );
    let plain = record(&codex(&format!(r#","id_token":"{token}""#)));
    assert_eq!(plain.account.email.as_deref(), Some("claim@x"));
    assert_eq!(plain.account.account_id.as_deref(), Some("claimed"));
    assert_eq!(plain.account.plan.as_deref(), Some("plus"));
    assert_eq!(
        plain.account.client.as_ref().map(|client| &*client.id),
        Some("app")
    );
    assert_eq!(
        plain.tokens.id, None,
        "the largest part of a file is not kept"
    );
    let own = record(&codex(&format!(
        r#","id_token":"{token}","account_id":"own","email":"own@x""#
    )));
    assert_eq!(own.account.account_id.as_deref(), Some("own"));
    assert_eq!(own.account.email.as_deref(), Some("own@x"));
    let google = record(
        r#"{"type":"gemini","token":{"access_token":"a","client_id":"c","client_secret":"canary",
            "token_uri":"https://t"}}"#,
    );
    let client = google.account.client.clone().unwrap();
    assert_eq!(
        (&*client.id, client.token_uri.as_deref()),
        ("c", Some("https://t"))
    );
    assert_eq!(
        client.secret.as_ref().map(|secret| secret.expose()),
        Some("canary")
    );
}

#[test]
fn which_client_an_id_token_names() {
    let check = |kind: &str, claims: &str, more: &str, client: Option<&str>| {
        let token = jwt(claims);
        let read = record(&format!(
            r#"{{"type":"{kind}","access_token":"a","refresh_token":"r","id_token":"{token}"{more}}}"#
        ));
        let found = read.account.client.as_ref().map(|client| &*client.id);
        assert_eq!(found, client, "{kind} {claims}");
        assert_eq!(read.account.email.as_deref(), Some("e@x"), "{kind}");
    };
    let openai = r#"{"iss":"https://auth.openai.com/","aud":["app"],"email":"e@x"}"#;
    let google = r#"{"iss":"https://accounts.google.com","azp":"app","email":"e@x"}"#;
    let silent = r#"{"aud":"app","email":"e@x"}"#;
    check("codex", openai, "", Some("app"));
    check("codex", silent, "", Some("app"));
    check("codex", google, "", None);
    check("codex", google, r#","client_id":"own""#, Some("own"));
    for kind in ["gemini", "kimi", "xai", "mine"] {
        for claims in [openai, google, silent] {
            check(kind, claims, "", None);
            check(kind, claims, r#","client_id":"own""#, Some("own"));
        }
    }
}

#[test]
fn which_chatgpt_account_nobody_says() {
    let check = |json: &str, is_known: bool| {
        let members: Vec<_> = file(json)
            .problems
            .into_iter()
            .map(|problem| problem.member)
            .collect();
        let expected: &[&str] = if is_known { &[] } else { &["account_id"] };
        assert_eq!(members, expected, "{json}");
    };
    let token = |claims: &str| codex(&format!(r#","id_token":"{}""#, jwt(claims)));
    check(&codex(""), false);
    check(&token(r#"{"email":"e@x"}"#), false);
    check(
        &token(r#"{"https://api.openai.com/auth":{"chatgpt_account_id":"acc"}}"#),
        true,
    );
    check(&codex(r#","account_id":"acc""#), true);
    check(r#"{"type":"codex","api_key":"k"}"#, true);
    check(r#"{"type":"kimi","access_token":"a"}"#, true);
}

#[test]
fn how_it_is_called() {
    let check = |json: &str, label: &str| assert_eq!(&*record(json).label, label, "{json}");
    check(&codex(r#","label":"work","email":"e@x""#), "work");
    check(&codex(r#","email":"e@x""#), "e@x");
    check(&codex(""), "codex");
    check(r#"{"type":"vertex","project_id":"p","api_key":"k"}"#, "p");
}

#[test]
fn several_projects_are_several_records() {
    let check = |project: &str, more: &str, expected: &[&str]| {
        let file = file(&format!(
            r#"{{"type":"gemini","email":"e","token":{{"access_token":"a"}},"project_id":"{project}",
                "priority":3,"headers":{{"X-A":"1"}}{more}}}"#
        ));
        let ids: Vec<_> = file
            .records
            .iter()
            .map(|record| record.id.as_str())
            .collect();
        assert_eq!(ids, expected, "{project}");
        file
    };
    let several = check("p1, p2,p1", "", &["x.json", "x.json::p1", "x.json::p2"]);
    let [parent, first, second] = &*several.records else {
        panic!("{several:?}");
    };
    let children = Box::from([first.id.clone(), second.id.clone()]);
    assert_eq!(parent.standing, Standing::Parent(children));
    for (child, project) in [(first, "p1"), (second, "p2")] {
        assert_eq!(child.standing, Standing::Active);
        assert_eq!(&*child.label, format!("e [{project}]"));
        assert_eq!(child.projects, Box::from([Box::from(project)]));
        assert_eq!(child.parent.as_ref(), Some(&parent.id));
        assert_eq!(child.provider, parent.provider);
        assert_eq!(child.settings.priority, Some(3));
        assert!(
            Arc::ptr_eq(&child.tokens, &parent.tokens),
            "one set of tokens"
        );
    }
    check("p1", "", &["x.json"]);
    check(" , p1,, ", "", &["x.json"]);
    check(
        "my proj/1,b",
        "",
        &["x.json", "x.json::my_proj_1", "x.json::b"],
    );
    check("a b,a_b", "", &["x.json", "x.json::a_b", "x.json::a_b-"]);
    // Nobody serves for an account that the operator has switched off.
    let off = check("p1,p2", r#","disabled":true"#, &["x.json"]);
    assert_eq!(off.records[0].standing, Standing::Disabled);
    // Elsewhere a comma is part of the name.
    let other = record(r#"{"type":"vertex","api_key":"k","project_id":"a,b"}"#);
    assert_eq!(other.projects, Box::from(["a,b".into()]));
}

#[test]
fn what_cannot_be_read() {
    let check = |bytes: &[u8], expected: &str| {
        let name = FileName::parse("x.json").unwrap();
        let broken = CredentialFile::read(&name, bytes).unwrap_err();
        assert!(
            broken.problem().to_string().starts_with(expected),
            "{}",
            broken.problem()
        );
        matches!(broken, Broken::Empty(_))
    };
    assert!(check(b"", "x.json: empty (write it again"));
    assert!(check(b" \n", "x.json: empty"));
    assert!(!check(
        br#"{"type":"codex","access_to"#,
        "x.json: not JSON: "
    ));
    assert!(!check(
        b"[]",
        "x.json: not a JSON object (repair or remove it"
    ));
    assert!(!check(b"\xff", "x.json: not JSON: "));
    for weight in ["1.5", "\"x\"", "1000001", "true"] {
        let json = codex(&format!(r#","weight":{weight}"#));
        assert!(!check(
            json.as_bytes(),
            "x.json: weight: not a share of the work"
        ));
    }
}

#[test]
fn a_pointer_record_takes_its_tokens_from_another_program() {
    let name = FileName::parse("mine.json").unwrap();
    let pointer = br#"{"type":"codex","link":"/home/u/.codex/auth.json","priority":2}"#;
    let there = br#"{"tokens":{"access_token":"a","refresh_token":"r","account_id":"acc"},"last_refresh":"2026-01-02T03:04:05Z"}"#;
    let file = CredentialFile::linked(&name, pointer, Some(there)).unwrap();
    let record = &file.records[0];
    assert_eq!(record.standing, Standing::Active);
    assert_eq!(
        record.tokens.refresh.as_ref().map(|token| token.expose()),
        Some("r")
    );
    assert_eq!(record.account.account_id.as_deref(), Some("acc"));
    assert_eq!(record.settings.priority, Some(2));
    let later = CredentialFile::linked(
        &name,
        pointer,
        Some(b"{\"tokens\":{\"access_token\":\"b\"}}"),
    );
    assert_ne!(
        file.digest,
        later.unwrap().digest,
        "a change there is a change"
    );
    let key = CredentialFile::linked(&name, pointer, Some(br#"{"OPENAI_API_KEY":"k"}"#)).unwrap();
    assert_eq!(
        key.records[0].api_key.as_ref().map(|key| key.expose()),
        Some("k")
    );
}

#[test]
fn one_account_in_two_versions_of_a_file() {
    let check = |before: &str, after: &str, same: bool| {
        assert_eq!(
            record(before).is_same_identity(&record(after)),
            same,
            "{before} {after}"
        );
    };
    let codex = |members: &str| codex(members);
    check(
        &codex(r#","account_id":"a""#),
        &codex(r#","account_id":"a","refresh_token":"r""#),
        true,
    );
    check(
        &codex(r#","account_id":"a""#),
        &codex(r#","account_id":"b""#),
        false,
    );
    check(
        &codex(r#","email":"e","priority":1"#),
        &codex(r#","email":"e","priority":2"#),
        true,
    );
    check(
        &codex(r#","email":"e","base_url":"https://a""#),
        &codex(r#","email":"e""#),
        false,
    );
    // Without a word about the account, the refresh token is all there is.
    check(
        &codex(r#","refresh_token":"r""#),
        &codex(r#","refresh_token":"r","expired":7"#),
        true,
    );
    check(
        &codex(r#","refresh_token":"r""#),
        &codex(r#","refresh_token":"s""#),
        false,
    );
    check(
        r#"{"type":"a","api_key":"k"}"#,
        r#"{"type":"a","api_key":"K"}"#,
        false,
    );
}

#[test]
fn nothing_secret_is_printed() {
    let json = r#"{"type":"vertex","access_token":"canary-1","refresh_token":"canary-2",
        "api_key":"canary-3","proxy_url":"socks5h://u:canary-4@h:1","headers":{"X-A":"canary-5"},
        "service_account":{"client_email":"e","private_key":"canary-6"},
        "token":{"client_id":"c","client_secret":"canary-7"}}"#;
    let shown = format!("{:?}", file(json));
    assert!(!shown.contains("canary"), "{shown}");
}
