//! `cliproxy translate`: recordings that are of another kind than the command line says, and results that
//! do not arrive.

use crate::{
    operations::ended,
    translate::{REQUEST, translate},
};
use cliproxy_e2e::Launch;

#[test]
fn a_recording_of_another_kind_is_told() {
    let check = |text: &str, args: &str, told: &str| ended(&translate(text, args), 1, &[told]);
    let request = "--from gemini --to claude";
    check("", request, "recorded: the file is empty");
    check("data: {}\n\n", request, "translated with --stream");
    check("\u{feff}{}", request, "a byte order mark");
    check(REQUEST, request, "it looks like one of chat or claude");
    let reply = r#"{"candidates":[]}"#;
    check(
        reply,
        request,
        "a reply of gemini, which is translated with --reply",
    );
    let reply = "--from gemini --to claude --reply";
    check("data: {}\n\n", reply, "translated with --stream");
    let empty = [
        "translate",
        "--from",
        "chat",
        "--to",
        "claude",
        "--model",
        "",
    ];
    let launch = Launch::new(&empty).arg("recorded");
    let finished = launch.file("recorded", REQUEST).run();
    ended(&finished, 2, &["--model is empty"]);
}

/// `/dev/full` is what a full disk is.
#[test]
#[cfg(target_os = "linux")]
fn a_result_that_cannot_be_written_is_an_error() {
    let check = |launch: Launch| {
        let full = std::fs::File::options().write(true).open("/dev/full");
        let finished = launch.run_to(full.expect("a full disk").into());
        ended(&finished, 1, &["cannot write the result"]);
    };
    check(Launch::new(&["print-schema"]));
    let args = ["translate", "--from", "claude", "--to", "chat", "recorded"];
    check(Launch::new(&args).file("recorded", REQUEST));
    let args = "translate --from chat --to claude --stream recorded";
    let args: Vec<_> = args.split(' ').collect();
    let stream = "data: {\"choices\":[{\"delta\":{\"content\":\"hi\"}}]}\n\ndata: [DONE]\n\n";
    check(Launch::new(&args).file("recorded", stream));
}
