//! One text delta of each protocol, about 200 bytes, as providers send them.

/// OpenAI chat completions.
pub const CHAT: &str = concat!(
    r#"data: {"id":"chatcmpl-9a1","object":"chat.completion.chunk","created":1767225600,"model":"bench-model","choices":[{"index":0,"delta":{"content":" the next few words"},"finish_reason":null}]}"#,
    "\n\n"
);

/// Anthropic messages.
pub const CLAUDE: &str = concat!(
    "event: content_block_delta\n",
    r#"data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":" the next few words, and a few more of them to be as long as the others are here"}}"#,
    "\n\n"
);

/// Gemini `streamGenerateContent`, which repeats the usage in every event.
pub const GEMINI: &str = concat!(
    r#"data: {"candidates":[{"content":{"parts":[{"text":" the next few words"}],"role":"model"}}],"usageMetadata":{"promptTokenCount":512,"candidatesTokenCount":7,"totalTokenCount":519},"modelVersion":"bench-model"}"#,
    "\r\n\r\n"
);

/// OpenAI responses.
pub const RESPONSES: &str = concat!(
    "event: response.output_text.delta\n",
    r#"data: {"type":"response.output_text.delta","sequence_number":42,"item_id":"msg_68c0","output_index":0,"content_index":0,"delta":" the next few words","logprobs":[]}"#,
    "\n\n"
);
