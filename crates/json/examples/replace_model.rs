//! Changes the model of a request without copying the request.
//!
//! ```text
//! cargo run -p cliproxy-json --example replace_model
//! ```

use std::io::{self, Write};

use bytes::Bytes;
use cliproxy_json::{Body, quoted};

const REQUEST: &str = r#"{"model": "fast", "messages": [{"role": "user", "content": "my \"model\" is big"}]}
"#;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let body = Body::new(Bytes::from_static(REQUEST.as_bytes()))?;
    if body.head().count("model") > 1 {
        // Parsers disagree on which one counts, so the model that is allowed may not be the one that is served.
        return Err("more than one model".into());
    }
    let model = body.head().get("model").ok_or("no model")?;
    let sent = body.replace(model.span(), quoted("gpt-5.4"));

    let mut out = io::stdout().lock();
    for piece in sent.iter() {
        out.write_all(piece)?;
    }
    Ok(())
}
