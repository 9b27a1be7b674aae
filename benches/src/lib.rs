//! What the benches measure with: bodies and streams that look like the real ones.
//!
//! ```
//! use cliproxy_benches::{body, frames};
//!
//! assert!(body::chat(200 << 10, true, "hello").len() > 190 << 10);
//! assert!(frames::CHAT.ends_with("\n\n"));
//! ```

pub mod agent;
pub mod body;
pub mod conversation;
pub mod frames;
pub mod replies;

/// The sizes of request that the budgets speak of.
pub const SIZES: [(&str, usize); 3] = [("2k", 2 << 10), ("200k", 200 << 10), ("2m", 2 << 20)];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_have_the_size_that_was_asked_for() {
        for (name, size) in SIZES {
            let length = body::chat(size, false, "hello").len();
            assert!(length.abs_diff(size) < size / 10 + 512, "{name}: {length}");
        }
    }

    #[test]
    fn conversations_have_a_size_and_the_members_that_were_asked_for() {
        type Make = fn(usize, &str) -> Vec<u8>;
        let kinds: [(&str, Make); 4] = [
            ("messages", conversation::chat),
            ("messages", conversation::claude),
            ("contents", conversation::gemini),
            ("input", conversation::responses),
        ];
        for (member, make) in kinds {
            for (name, size) in SIZES {
                let body = make(size, r#","session_id":"s""#);
                assert!(
                    body.len().abs_diff(size) < size / 10 + 512,
                    "{member} {name}"
                );
                let parsed: serde_json::Value = serde_json::from_slice(&body).unwrap();
                assert_eq!(parsed["session_id"], "s");
                let said = parsed[member].as_array().unwrap();
                assert!(said.len() > 2, "{member} {name}");
            }
        }
    }

    #[test]
    fn agents_send_tools_and_a_history_of_the_size_that_was_asked_for() {
        type Make = fn(usize) -> Vec<u8>;
        let kinds: [(&str, &str, Make); 4] = [
            ("messages", "/tools", agent::chat),
            ("messages", "/tools", agent::claude),
            ("contents", "/tools/0/functionDeclarations", agent::gemini),
            ("input", "/tools", agent::responses),
        ];
        for (member, tools, make) in kinds {
            for (name, size) in SIZES {
                let body = make(size);
                assert!(
                    body.len() > size - size / 10 && body.len() < size + 2048,
                    "{member} {name}: {}",
                    body.len()
                );
                let parsed: serde_json::Value = serde_json::from_slice(&body).unwrap();
                let said = parsed[member].as_array().unwrap();
                assert!(said.len() > 2, "{member} {name}");
                let tools = parsed.pointer(tools).and_then(|tools| tools.as_array());
                let expected = if size > 100 << 10 { 24 } else { 1 };
                assert_eq!(tools.unwrap().len(), expected, "{member} {name}");
            }
        }
    }

    #[test]
    fn replies_have_as_many_events_as_were_asked_for_and_a_few() {
        type Make = fn(usize) -> String;
        let kinds: [Make; 4] = [
            replies::chat,
            replies::claude,
            replies::gemini,
            replies::responses,
        ];
        for make in kinds {
            let reply = make(200);
            let data = reply.lines().filter_map(|line| line.strip_prefix("data: "));
            let data: Vec<_> = data.filter(|data| *data != "[DONE]").collect();
            assert!((200..=212).contains(&data.len()), "{}", data.len());
            for event in data {
                serde_json::from_str::<serde_json::Value>(event).unwrap();
            }
        }
    }

    #[test]
    fn bodies_are_json_and_ask_for_what_they_say() {
        for stream in [false, true] {
            let body = body::chat(20 << 10, stream, "hello");
            let parsed: serde_json::Value = serde_json::from_slice(&body).unwrap();
            assert_eq!(parsed["model"], body::MODEL);
            assert_eq!(parsed["stream"], stream);
        }
    }
}
