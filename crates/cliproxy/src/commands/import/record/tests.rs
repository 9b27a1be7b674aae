//! What becomes of the files of other programs, and what is refused.

use super::{How, Made, Refused, Types, Wanted, record};
use serde_json::{Value, json};
use std::{path::Path, time::UNIX_EPOCH};

const PLACE: &str = "/home/me/.codex/auth.json";

fn made(kind: &str, how: How, file: &Value) -> Result<Made, Refused> {
    let wanted = Wanted {
        kind,
        types: Types(&[]),
        how,
        project: None,
        location: None,
    };
    record(
        &wanted,
        Path::new(PLACE),
        file.to_string().as_bytes(),
        UNIX_EPOCH,
    )
}

/// What says `{"iss": "https://auth.openai.com"}`, and the same of Google.
const OF_OPENAI: &str = "e30.eyJpc3MiOiJodHRwczovL2F1dGgub3BlbmFpLmNvbSJ9.s";
const OF_GOOGLE: &str = "e30.eyJpc3MiOiJodHRwczovL2FjY291bnRzLmdvb2dsZS5jb20ifQ.s";

#[track_caller]
fn becomes(kind: &str, how: How, file: &Value, stem: &str, expected: &Value) {
    let made = made(kind, how, file).unwrap();
    let bytes: Value = serde_json::from_slice(&made.bytes).unwrap();
    assert_eq!((&*made.stem, &bytes), (stem, expected));
}

#[track_caller]
fn refused(kind: &str, how: How, file: &Value, part: &str) {
    let error = made(kind, how, file).unwrap_err().to_string();
    assert!(error.contains(part), "{error}");
    assert!(!error.contains("canary"), "{error}");
}

/// What Codex keeps of a sign-in.
fn codex() -> Value {
    json!({
        "auth_mode": "chatgpt",
        "OPENAI_API_KEY": null,
        "tokens": {
            "access_token": "canary-a",
            "refresh_token": "canary-r",
            "account_id": "acc-1",
        },
        "last_refresh": "2026-05-01T00:00:00Z",
    })
}

fn service_account() -> Value {
    json!({
        "type": "service_account",
        "project_id": "proj",
        "client_email": "me@proj.iam.gserviceaccount.com",
        "private_key": "canary-key",
    })
}

#[test]
fn a_link_leaves_the_tokens_where_they_are() {
    let pointer = json!({"type": "codex", "link": PLACE});
    becomes("codex", How::Link, &codex(), "codex-cf9df9b9", &pointer);
}

#[test]
fn tokens_that_can_be_used_once_are_copied_only_on_request() {
    refused("codex", How::Copy, &codex(), "add --link");
    let kimi = json!({"access_token": "canary-a", "refresh_token": "canary-r"});
    refused("kimi", How::Copy, &kimi, "--take-over");
    let mut copy = codex();
    copy["type"] = json!("codex");
    becomes("codex", How::TakeOver, &codex(), "codex-cf9df9b9", &copy);
}

#[test]
fn keys_and_sign_ins_at_google_are_copied() {
    let key = json!({"OPENAI_API_KEY": "canary-key", "tokens": null});
    let mut copy = key.clone();
    copy["type"] = json!("codex");
    becomes("codex", How::Copy, &key, "codex-0", &copy);
    let google = json!({"access_token": "canary-a", "refresh_token": "canary-r", "email": "a@b.c"});
    let mut copy = google.clone();
    copy["type"] = json!("gemini");
    becomes("gemini", How::Copy, &google, "gemini-a@b.c", &copy);
}

#[test]
fn no_token_goes_to_another_provider() {
    let check = |kind, file: Value| {
        for how in [How::Copy, How::TakeOver, How::Link] {
            refused(
                kind,
                how,
                &file,
                "would be sent to the wrong provider; import it as `",
            );
        }
    };
    let tokens = json!({"access_token": "a", "refresh_token": "r"});
    check("gemini", json!({"auth_mode": "chatgpt", "tokens": tokens}));
    check("kimi", json!({"OPENAI_API_KEY": null, "tokens": tokens}));
    let typed = json!({"type": "Kimi", "access_token": "a", "refresh_token": "r"});
    check("gemini", typed);
    let google = json!({"access_token": "ya29.a", "refresh_token": "r"});
    check("codex", google);
    let nested = json!({"tokens": {"access_token": "ya29.a", "refresh_token": "r"}});
    check("codex", nested);
    let issued =
        |id_token: &str| json!({"access_token": "a", "refresh_token": "r", "id_token": id_token});
    for kind in ["gemini", "kimi", "xai"] {
        check(kind, issued(OF_OPENAI));
    }
    for kind in ["codex", "kimi", "xai"] {
        check(kind, issued(OF_GOOGLE));
    }
}

/// Who issued them is known, and no reason: the client of one's own is a client there.
#[test]
fn tokens_of_a_client_of_your_own_may_be_of_a_known_provider() {
    let own = ["mine".to_owned()];
    let import = |file: Value| {
        let wanted = Wanted {
            kind: "mine",
            types: Types(&own),
            how: How::TakeOver,
            project: None,
            location: None,
        };
        let bytes = file.to_string();
        record(&wanted, Path::new(PLACE), bytes.as_bytes(), UNIX_EPOCH)
    };
    let google = json!({"access_token": "ya29.a", "refresh_token": "r"});
    let openai = json!({"access_token": "a", "refresh_token": "r", "id_token": OF_OPENAI});
    for file in [google, openai] {
        let made = import(file).unwrap();
        assert_eq!(made.record.provider.as_str(), "mine");
    }
    let codex = import(json!({"type": "codex", "access_token": "a", "refresh_token": "r"}));
    assert!(matches!(codex, Err(Refused::OfAnother { .. })), "{codex:?}");
}

/// A `type` that no credential file has is no reason to refuse a file: nobody could name another.
#[test]
fn what_other_programs_call_a_type_is_none() {
    let bearer = json!({"type": "Bearer", "access_token": "a", "refresh_token": "r"});
    let mut copy = bearer.clone();
    copy["type"] = json!("kimi");
    becomes("kimi", How::TakeOver, &bearer, "kimi-0", &copy);
    let google = json!({"type": "Bearer", "access_token": "ya29.a", "refresh_token": "r"});
    refused("kimi", How::TakeOver, &google, "import it as `gemini`");
    let gcloud = json!({
        "type": "authorized_user",
        "client_id": "app",
        "client_secret": "canary-s",
        "refresh_token": "canary-r",
    });
    refused("codex", How::TakeOver, &gcloud, "import it as `gemini`");
    let mut copy = gcloud.clone();
    copy["type"] = json!("gemini");
    becomes("gemini", How::Copy, &gcloud, "gemini-0", &copy);
}

#[test]
fn a_service_account_has_one_project() {
    let mut file = json!({"type": "vertex", "project_id": "a"});
    file["service_account"] = service_account();
    for file in [service_account(), file] {
        let wanted = Wanted {
            kind: "vertex",
            types: Types(&[]),
            how: How::Copy,
            project: Some("a,b"),
            location: None,
        };
        let bytes = file.to_string();
        let made = record(&wanted, Path::new(PLACE), bytes.as_bytes(), UNIX_EPOCH);
        assert!(matches!(made, Err(Refused::SeveralProjects)), "{made:?}");
    }
}

#[test]
fn a_service_account_is_wrapped() {
    let key = service_account();
    let file = json!({
        "type": "vertex",
        "project_id": "proj",
        "email": "me@proj.iam.gserviceaccount.com",
        "location": "us-central1",
        "service_account": key,
    });
    becomes("vertex", How::Copy, &key, "vertex-proj", &file);
}

#[test]
fn what_is_said_wins() {
    let wanted = Wanted {
        kind: "vertex",
        types: Types(&[]),
        how: How::Copy,
        project: Some("other"),
        location: Some("europe-west4"),
    };
    let bytes = service_account().to_string();
    let made = record(&wanted, Path::new("/k.json"), bytes.as_bytes(), UNIX_EPOCH).unwrap();
    let file: Value = serde_json::from_slice(&made.bytes).unwrap();
    assert_eq!(file["project_id"], "other");
    assert_eq!(file["location"], "europe-west4");
    assert_eq!(made.stem, "vertex-other");
}

#[test]
fn what_does_not_belong_to_a_type_is_refused() {
    let check = |kind, project, location, part: &str| {
        let wanted = Wanted {
            kind,
            types: Types(&[]),
            how: How::TakeOver,
            project,
            location,
        };
        let bytes = json!({"access_token": "a"}).to_string();
        let made = record(&wanted, Path::new(PLACE), bytes.as_bytes(), UNIX_EPOCH);
        assert_eq!(made.unwrap_err().to_string(), part);
    };
    let project = "files of `codex` have no project: leave --project out";
    check("codex", Some("p"), None, project);
    let location = "files of `gemini` have no location: leave --location out";
    check("gemini", Some("p"), Some("eu"), location);
}

#[test]
fn whatever_is_wrong_says_what_to_do() {
    let without = |member: &str| {
        let mut key = service_account();
        key.as_object_mut().unwrap().remove(member);
        key
    };
    for member in ["private_key", "client_email", "project_id"] {
        let part = format!("no `{member}`, as the key of a service account has; download");
        refused("vertex", How::Copy, &without(member), &part);
    }
    refused("vertex", How::Link, &service_account(), "leave --link out");
    let key = service_account();
    refused("codex", How::Copy, &key, "cliproxy import vertex FILE");
    refused("gemini", How::Copy, &json!({"a": 1}), "copy the whole file");
    refused("codex", How::Link, &json!({"a": 1}), "copy the whole file");
    refused("claude", How::TakeOver, &codex(), "claude-passthrough");
    refused("qwen", How::TakeOver, &codex(), "this provider was removed");
    let weight = json!({"access_token": "a", "weight": 1.5});
    refused("codex", How::Copy, &weight, "`weight`: ");
    let empty = json!({"tokens": {}});
    refused("codex", How::Copy, &empty, "`access_token`: missing");
    refused("codex", How::Copy, &json!([]), "not a JSON object");
    let wanted = Wanted {
        kind: "codex",
        types: Types(&[]),
        how: How::Copy,
        project: None,
        location: None,
    };
    let half = record(&wanted, Path::new(PLACE), b"{\"tokens\": {", UNIX_EPOCH);
    assert!(matches!(half, Err(Refused::NotJson(_))), "{half:?}");
}
