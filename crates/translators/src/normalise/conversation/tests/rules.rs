//! Tables of who is asked, the conversation before, and after: turns, calls, results, both ends.

use super::check;

#[test]
fn neighbours_of_one_role_are_merged_and_empty_texts_are_gone() {
    for (to, before, after) in [
        (
            "chat",
            "user: text a\nuser: text b",
            "user: text a | para b\n",
        ),
        (
            "chat",
            "user: text a\nassistant: text b | call c f\nassistant: text d\nuser: result c x",
            "user: text a\nassistant: text b | call c f {} | para d\nuser: result c text x\n",
        ),
        (
            "gemini",
            "user: text a\nassistant: text\nuser: text b",
            "user: text a | para b\n",
        ),
        (
            "claude",
            "user: text a | text  \\n | text b",
            "user: text a | text b\n",
        ),
        ("chat", "user: text a | text *", "user: text a *\n"),
        (
            "chat",
            "user: text a | para | text b",
            "user: text a | para b\n",
        ),
        ("chat", "user: refusal no", "user: text no\n"),
        (
            "chat",
            "user: text a | call c f\nassistant: result c x | text b",
            "user: text a\nassistant: call c f {}\nuser: result c text x\nassistant: text b\n",
        ),
    ] {
        check(to, before, after);
    }
}

#[test]
fn system_messages_stay_move_or_become_texts() {
    let before = "user: text a\nassistant: text b\nsystem: text s | text t\nuser: text c";
    for (to, after) in [
        (
            "chat",
            "user: text a\nassistant: text b\nsystem: text s | text t\nuser: text c\n",
        ),
        (
            "claude mid",
            "user: text a\nassistant: text b\nuser: text c\nsystem: text s | text t\n~2",
        ),
        (
            "claude",
            "user: text a\nassistant: text b\nuser: text <system>\\ns\\n\\nt\\n</system> | para c\n~2",
        ),
    ] {
        check(to, before, after);
    }
    for (to, before, after) in [
        (
            "claude",
            "system: text | text s\nuser: text a",
            "system: text s\nuser: text a\n",
        ),
        (
            "claude mid",
            "user: text a\nsystem: text s\nassistant: text b",
            "user: text a\nsystem: text s\nassistant: text b\n",
        ),
        // Two of them are one, and one that has nothing to stand behind is a text.
        (
            "claude mid",
            "user: text a\nsystem: text s\nuser: text b\nsystem: text t",
            "user: text a | text b\nsystem: text s | text t\n~1",
        ),
        (
            "claude mid",
            "user: text a\nassistant: text b\nsystem: text s\nassistant: text c",
            "user: text a\nassistant: text b\nuser: text <system>\\ns\\n</system>\nassistant: text c\n~2",
        ),
        // Behind the results, whoever keeps it.
        (
            "gemini",
            "user: text a\nassistant: call c f\nsystem: text s\nuser: result c x",
            "user: text a\nassistant: call c f {}\nuser: result c text x | text <system>\\ns\\n</system>\n~2",
        ),
        (
            "responses",
            "user: text a\nassistant: call c f\nsystem: text s\nuser: result c x | text b",
            "user: text a\nassistant: call c f {}\nuser: result c text x\nsystem: text s\nuser: text b\n",
        ),
    ] {
        check(to, before, after);
    }
}

#[test]
fn results_follow_their_calls_in_order() {
    for (to, before, after) in [
        (
            "chat",
            "user: text a\nassistant: call c f | call d g\nuser: text x | result d 2\nuser: result c 1 | text y",
            "user: text a\nassistant: call c f {} | call d g {}\nuser: result c text 1 | result d text 2 | text x | para y\n",
        ),
        // Without ids: by name, then by place.
        (
            "openai",
            "user: text a\nassistant: call 1 f | call 2 g | call 3 f\nuser: result :f x | result :g y | result :f z",
            "user: text a\nassistant: call 1 f {} | call 2 g {} | call 3 f {}\nuser: result 1 text x | result 2 text y | result 3 text z\n",
        ),
        (
            "openai",
            "user: text a\nassistant: call 1 f | call 2 g\nuser: result :h x | result :k y",
            "user: text a\nassistant: call 1 f {} | call 2 g {}\nuser: result 1 text x | result 2 text y\n",
        ),
        // Nothing recorded; the last of two; an answer to nothing.
        (
            "claude",
            "user: text a\nassistant: call c f | call d g\nuser: result d 1 | result d 2",
            "user: text a\nassistant: call c f {} | call d g {}\nuser: error c text No result was recorded for this tool call. | result d text 2\n",
        ),
        (
            "claude",
            "user: text a\nassistant: call c f",
            "user: text a\nassistant: call c f {}\nuser: error c text No result was recorded for this tool call.\n",
        ),
        (
            "chat",
            "user: text a | result q x + image png | text b",
            "user: text a | text [result of tool call q]\\nx | image image/png | text b\n",
        ),
        (
            "chat",
            "user: text a\nassistant: call c f\nuser: text b\nassistant: text d\nuser: result c late",
            "user: text a\nassistant: call c f {}\nuser: error c text Error: No result was recorded for this tool call. | text b\nassistant: text d\nuser: text [result of tool call c]\\nlate\n",
        ),
        (
            "chat strict-tools",
            "user: text a\nassistant: call c f | call d g\nuser: text b | result q 1 | result d 2",
            "user: text a\nassistant: call c f {} | call d g {}\nuser: result d text 2 | result q text 1 | text b\n",
        ),
    ] {
        check(to, before, after);
    }
}

#[test]
fn ids_names_and_arguments_are_those_that_the_target_takes() {
    for (to, call, after) in [
        ("claude", "call f.x.0 f", "call f_x_0_6d7a4881 f {}"),
        ("chat", "call f.x.0 f", "call f.x.0 f {}"),
        ("gemini", "call c 9lives", "call c _9lives_bc867356 {}"),
        ("chat", "call c f {\\\"a\\\": 1", "call c f {\\\"a\\\": 1"),
        ("claude", "call c f {\\\"a\\\": 1", "call c f {\"a\": 1}"),
        ("gemini", "call c f [1]", "call c f {\"value\":[1]}"),
        (
            "chat",
            "custom c f a\\\"b",
            "call c f {\"input\":\"a\\\"b\"}",
        ),
        ("responses", "custom c f a\\\"b", "custom c f a\\\"b"),
        ("gemini", "custom c f", "call c f {\"input\":\"\"}"),
    ] {
        let received = call.split(' ').nth(1).unwrap();
        let fitted = after.split(' ').nth(1).unwrap();
        let before = format!("user: text a\nassistant: {call}\nuser: result {received} x");
        let after = format!("user: text a\nassistant: {after}\nuser: result {fitted} text x\n");
        check(to, &before, &after);
    }
    // One id twice, and none at all.
    check(
        "chat",
        "user: text a\nassistant: call 0 f\nuser: result 0 x\nassistant: call 0 f\nuser: result 0 y",
        "user: text a\nassistant: call 0 f {}\nuser: result 0 text x\nassistant: call 0_2 f {}\nuser: result 0_2 text y\n",
    );
    check(
        "gemini",
        "user: text a\nassistant: call - f\nuser: result :f x",
        "user: text a\nassistant: call call_5eaaaa13b2d1c05f415068f9 f {}\nuser: result call_5eaaaa13b2d1c05f415068f9 text x\n",
    );
}

#[test]
fn a_conversation_begins_and_ends_as_the_target_wants() {
    for (to, before, after) in [
        (
            "claude",
            "assistant: text a\nuser: text b",
            "user: text Continue.\nassistant: text a\nuser: text b\n",
        ),
        (
            "chat",
            "assistant: text a\nuser: text b",
            "assistant: text a\nuser: text b\n",
        ),
        (
            "claude no-prefill",
            "user: text a\nassistant: text 1, ",
            "user: text a\nassistant: text 1,\nuser: text Continue.\n~1",
        ),
        (
            "claude",
            "user: text a\nassistant: text b \\n",
            "user: text a\nassistant: text b\n",
        ),
        (
            "gemini",
            "system: text s\nsystem: text t",
            "system: text s\nuser: text t\n~1",
        ),
        ("chat", "system: text s", "system: text s\n"),
        ("claude", "user: text", ""),
    ] {
        check(to, before, after);
    }
}
