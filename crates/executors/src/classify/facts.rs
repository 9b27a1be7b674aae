//! What an error body says, whatever protocol wrote it.

use cliproxy_json::Value;
use memchr::memmem;
use std::borrow::Cow;

/// How much of a body is searched for telling texts, in bytes. They stand at its beginning.
const SEARCHED: usize = 16 << 10;

/// What was found in an error body.
#[derive(Debug, Default)]
pub(super) struct Facts<'a> {
    /// The object that describes the error, usually the member `error`.
    pub(super) error: Option<Value<'a>>,
    /// Its `code`, or a number as text.
    code: Cow<'a, str>,
    /// Its `type` or `status`.
    kind: Cow<'a, str>,
    /// What it says to a person.
    pub(super) message: Cow<'a, str>,
    /// The beginning of the body.
    text: &'a [u8],
    pub(super) json: bool,
}

/// Texts by which an account says that it does not have a model.
const MODEL_PHRASES: [&str; 10] = [
    "model_not_supported",
    "requested model is not supported",
    "requested model is unsupported",
    "requested model is unavailable",
    "model is not supported",
    "model not supported",
    "unsupported model",
    "model unavailable",
    "not available for your plan",
    "not available for your account",
];

/// Codes that blame the request, whatever the status.
const REQUEST_CODES: [&str; 9] = [
    "cyber_policy",
    "context_length_exceeded",
    "message_too_big",
    "string_above_max_length",
    "invalid_prompt",
    "invalid_value",
    "unsupported_value",
    "invalid_request_error",
    "previous_response_not_found",
];

/// Types that blame the request, whatever the status.
const REQUEST_TYPES: [&str; 4] = [
    "invalid_request",
    "invalid_request_error",
    "bad_request_error",
    "invalid_prompt",
];

impl<'a> Facts<'a> {
    pub(super) fn read(body: &'a [u8]) -> Self {
        let text = body.get(..SEARCHED).unwrap_or(body);
        let Ok(root) = Value::parse_bytes(body) else {
            return Self {
                text,
                ..Self::default()
            };
        };
        // Google wraps the error of a streaming call in a list.
        let root = root.elements().next().unwrap_or(root);
        let error = root
            .get("error")
            .or_else(|| root.at(&["response", "error"]))
            .or_else(|| root.at(&["body", "error"]))
            .unwrap_or(root);
        let text_of = |key: &str| {
            let member = error.get(key).or_else(|| root.get(key))?;
            member
                .as_str()
                .or_else(|| Some(Cow::Borrowed(member.raw())))
        };
        let message = text_of("message")
            .or_else(|| error.as_str())
            .or_else(|| text_of("detail"))
            .unwrap_or_default();
        Self {
            error: Some(error),
            code: text_of("code").unwrap_or_default(),
            kind: error
                .get("type")
                .or_else(|| error.get("status"))
                .and_then(|member| member.as_str())
                .unwrap_or_default(),
            message,
            text,
            json: true,
        }
    }

    /// Whether the body is JSON that names a code, a type or a message.
    pub(super) fn is_structured(&self) -> bool {
        self.json && !(self.code.is_empty() && self.kind.is_empty() && self.message.is_empty())
    }

    /// Case-sensitive: for constants.
    pub(super) fn mentions(&self, constant: &str) -> bool {
        memmem::find(self.text, constant.as_bytes()).is_some()
    }

    fn says(&self, phrase: &str) -> bool {
        contains_ignoring_case(self.text, phrase.as_bytes())
    }

    pub(super) fn is_page(&self) -> bool {
        !self.json && (self.says("<html") || self.says("<!doctype html"))
    }

    /// A challenge page of a content delivery network, which is nobody's credential's fault.
    pub(super) fn is_challenge(&self) -> bool {
        !self.json
            && (self.says("challenge-platform")
                || self.says("cf-mitigated")
                || self.says("cloudflare challenge")
                || self.says("cloudflare") && self.says("<html"))
    }

    pub(super) fn names_missing_model(&self) -> bool {
        MODEL_PHRASES.iter().any(|phrase| self.says(phrase))
    }

    pub(super) fn names_unknown_model(&self) -> bool {
        self.code == "model_not_found"
            || self.says("model_not_found")
            || self.says("model not found")
    }

    /// An item of a conversation the client asked not to store: no credential can have it.
    pub(super) fn is_unstored_item(&self) -> bool {
        self.says("item with id")
            && self.says("not found")
            && self.says("items are not persisted when `store` is set to false")
    }

    /// Google's project may not use the API at all, whatever the model: reasons of
    /// <https://docs.cloud.google.com/service-infrastructure/docs/service-management/reference/rpc/google.api#errorreason>.
    pub(super) fn concerns_project(&self) -> bool {
        let reasons = ["SERVICE_DISABLED", "BILLING_DISABLED", "CONSUMER_SUSPENDED"];
        reasons.iter().any(|reason| self.mentions(reason))
    }

    /// A limit of the account rather than of one model.
    pub(super) fn is_account_quota(&self) -> bool {
        let limits = ["usage_limit_reached", "insufficient_quota", "billing_error"];
        limits
            .iter()
            .any(|limit| self.code == *limit || self.kind == *limit)
    }

    /// A 429 about what the account may use, not about how much: coming back later changes nothing.
    pub(super) fn is_entitlement(&self) -> bool {
        self.says("fast mode") && self.says("usage credits")
    }

    pub(super) fn refuses_request(&self) -> bool {
        REQUEST_CODES.contains(&&*self.code) || REQUEST_TYPES.contains(&&*self.kind)
    }

    /// The error's `type`, or Google's `status`.
    pub(super) fn kind(&self) -> &str {
        &self.kind
    }

    /// The error's `code`.
    pub(super) fn code(&self) -> &str {
        &self.code
    }
}

/// `needle` is lower-case.
fn contains_ignoring_case(haystack: &[u8], needle: &[u8]) -> bool {
    haystack
        .windows(needle.len())
        .any(|window| window.eq_ignore_ascii_case(needle))
}
