//! The arguments of a call, as this client takes them.

use crate::{
    completeness::Completeness,
    freeform::FreeformInput,
    json_str::JsonStr,
    reply::{ReplyContext, ReplyLoss, ReplyLosses},
};
use cliproxy_json::escape_into;

/// Reads one call's arguments as they arrive.
#[derive(Debug)]
pub(super) struct Arguments {
    form: Form,
    /// Whether they are complete, of JSON.
    completeness: Option<Completeness>,
    /// The client is told where they are not.
    tells_cut: bool,
    /// Their first character that is not blank.
    first: Option<char>,
}

#[derive(Debug)]
enum Form {
    /// As they are: JSON text.
    Json,
    /// As they are: the text of a freeform tool.
    Text,
    /// A freeform tool that the upstream knows as a function.
    Unwrapped(Box<FreeformInput>),
    /// A freeform tool that the client knows as a function.
    Wrapped { has_begun: bool },
}

impl Arguments {
    /// `is_freeform`: deltas are plain text. `is_clients`: the client's tool is freeform.
    pub(super) fn new(cx: &ReplyContext, is_freeform: bool, is_clients: bool) -> Self {
        let rules = cx.rules();
        let has_freeform = rules.has_freeform_calls && !cx.uses_legacy_functions;
        let form = match (is_freeform, has_freeform) {
            (true, true) => Form::Text,
            (true, false) => Form::Wrapped { has_begun: false },
            (false, true) if is_clients => Form::Unwrapped(Box::default()),
            (false, _) => Form::Json,
        };
        let is_json = matches!(form, Form::Json | Form::Unwrapped(_));
        Self {
            form,
            completeness: is_json.then(Completeness::default),
            tells_cut: rules.tells_cut_calls,
            first: None,
        }
    }

    pub(super) const fn is_freeform(&self) -> bool {
        matches!(self.form, Form::Text | Form::Unwrapped(_))
    }

    /// What a delta is for the client, written into `out` if it is another text. What stands behind the
    /// end of JSON is lost: with it the client could read nothing of the call.
    pub(super) fn push<'a>(
        &mut self,
        mut text: JsonStr<'a>,
        out: &'a mut Vec<u8>,
        losses: &mut ReplyLosses,
    ) -> Option<JsonStr<'a>> {
        if let Some(completeness) = &mut self.completeness {
            let kept = completeness.cut_escaped(text.as_escaped()).len();
            let behind = JsonStr::escaped(&text.as_escaped()[kept..]);
            if !behind.is_empty() && matches!(self.form, Form::Json) {
                if !behind.is_blank() {
                    losses.note(ReplyLoss::Call);
                }
                text = text.cut(kept);
                if text.is_empty() {
                    return None;
                }
            }
        }
        if self.first.is_none() {
            let decoded = text.decoded();
            self.first = decoded.chars().find(|char| !char.is_whitespace());
        }
        out.clear();
        match &mut self.form {
            Form::Json | Form::Text => return Some(text),
            Form::Unwrapped(input) => input.push_escaped(text.as_escaped(), out),
            Form::Wrapped { has_begun } => {
                if !std::mem::replace(has_begun, true) {
                    out.extend_from_slice(br#"{\"input\":\""#);
                }
                // What is escaped already is escaped once more: it is a string in a string.
                escape_into(out, text.as_escaped());
            }
        }
        let text = str::from_utf8(out).ok().filter(|text| !text.is_empty());
        text.map(JsonStr::escaped)
    }

    /// What ends them.
    pub(super) const fn rest(&self) -> Option<JsonStr<'static>> {
        match self.form {
            Form::Wrapped { has_begun: true } => Some(JsonStr::escaped(r#"\"}"#)),
            Form::Wrapped { has_begun: false } => Some(JsonStr::escaped(r#"{\"input\":\"\"}"#)),
            Form::Json | Form::Text | Form::Unwrapped(_) => None,
        }
    }

    /// Whether they ended early. The text of a freeform tool may be anything, also where a model gives it
    /// without the object around it.
    pub(super) fn is_cut(&self) -> bool {
        let completeness = self.completeness.as_ref().filter(|_| self.tells_cut);
        let is_complete = completeness.map(Completeness::is_complete);
        match (&self.form, self.first) {
            (_, None) => false,
            (Form::Unwrapped(_), Some(first)) if first != '{' => false,
            _ => is_complete == Some(false),
        }
    }
}
