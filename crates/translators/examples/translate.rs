//! A Claude client's request for a Gemini upstream, and the stream that comes back.
//!
//! ```console
//! $ cargo run -p cliproxy-translators --example translate
//! ```

#![expect(clippy::print_stdout, reason = "an example that shows its result")]

use cliproxy_core::Protocol;
use cliproxy_json::Body;
use cliproxy_sse::Framer;
use cliproxy_translators::{
    Account, Asked, Options, Profile, ReplyStream, Upstream, translate_request,
};

const REQUEST: &str = r#"{"model":"fast","max_tokens":64,"top_k":20,"speed":"fast","stream":true,
"system":"Be brief.","messages":[{"role":"user","content":"Is it raining?"}],
"tools":[{"name":"weather","input_schema":{"type":"object","properties":{"in":{"type":"string"}}}}]}"#;

const STREAM: &str = r#"data: {"candidates":[{"content":{"role":"model","parts":[{"text":"I will "}]}}],"responseId":"r1"}

data: {"candidates":[{"content":{"role":"model","parts":[{"text":"look."}]}}]}

data: {"candidates":[{"content":{"role":"model","parts":[{"functionCall":{"name":"weather","args":{"in":"Ulm"}}}]},"finishReason":"STOP"}],"usageMetadata":{"promptTokenCount":9,"candidatesTokenCount":7,"totalTokenCount":16}}

"#;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let body = Body::new(REQUEST.into())?;
    let asked = Asked {
        protocol: Protocol::Claude,
        model: "fast",
        streams: true,
        now: 1_750_000_000,
        id: "01",
    };
    let upstream = Upstream::new(
        Protocol::Gemini,
        Profile::of_vendor(Protocol::Gemini, "gemini"),
        "gemini-3-flash",
    );
    let translated = translate_request(&body, &asked, &upstream, &Options::default(), None)?;
    // What only the account knows, such as the project of Code Assist, is settled at the end.
    let sent = translated.body.finish(&Account::default());
    println!("{}\n", String::from_utf8_lossy(&sent.body.to_bytes()));
    for loss in translated.report.losses(&body) {
        println!("lost: {} ({})", loss.path, loss.class.as_str());
    }
    println!();

    // Frames go in as they arrive, bytes come out.
    let mut reply = ReplyStream::new(Protocol::Gemini, &translated.reply);
    let mut framer = Framer::new(1 << 20);
    framer.push(STREAM.into());
    while let Some(frame) = framer.next_frame()? {
        reply.frame(&frame);
        print!("{}", String::from_utf8_lossy(&reply.take()));
    }
    reply.eof();
    print!("{}", String::from_utf8_lossy(&reply.take()));
    Ok(())
}
