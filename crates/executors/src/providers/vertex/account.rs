//! Gemini models on Vertex AI with a service account.
//!
//! <https://docs.cloud.google.com/gemini-enterprise-agent-platform/resources/locations>: the address
//! names the project that pays and the location that serves, and each location has a host of its own.

use crate::{
    Call, Endpoint, Provider, UpstreamError,
    address::{Base, segment},
    headers::Forward,
    providers::{Host, gemini, host_provider},
};
use cliproxy_core::{ErrorKind, Protocol, Scope};
use url::Url;

/// Where a credential that names no location is served.
const DEFAULT_LOCATION: &str = "us-central1";

pub(in crate::providers) fn provider(endpoint: Endpoint) -> Provider {
    let follows_location = endpoint.base_url.is_none();
    host_provider(ServiceAccount { follows_location }, endpoint)
}

struct ServiceAccount {
    /// The host is that of the credential's location, since the entry names none.
    follows_location: bool,
}

impl Host for ServiceAccount {
    fn protocols(&self) -> &[Protocol] {
        &[Protocol::Gemini]
    }

    fn url(&self, base: &Base, call: &Call<'_>) -> Result<Url, Box<UpstreamError>> {
        let project = call.credential.project.as_deref();
        let project = project.filter(|project| !project.is_empty());
        let project = project.ok_or_else(|| unusable("the credential names no `project_id`"))?;
        let account = call.credential.account();
        let location = account.and_then(|account| account.location.as_deref());
        let location = location.filter(|location| !location.is_empty());
        let location = location.unwrap_or(DEFAULT_LOCATION);
        let nowhere = || unusable("the credential's `location` is none of Google's");
        if !is_label(location) {
            return Err(nowhere());
        }
        let project = segment(project);
        let models = format!("v1/projects/{project}/locations/{location}/publishers/google/models");
        let mut url = gemini::model_url(base, &models, call);
        if self.follows_location {
            url.set_host(Some(&host(location))).map_err(|_| nowhere())?;
        }
        Ok(url)
    }

    fn default_base(&self) -> Option<&'static str> {
        Some("https://aiplatform.googleapis.com")
    }

    fn forward(&self, _protocol: Protocol) -> &'static Forward {
        &gemini::FORWARD
    }
}

/// The host of a location: one for all, those of the two multi-regions, and one for each region.
fn host(location: &str) -> String {
    match location {
        "global" => "aiplatform.googleapis.com".to_owned(),
        "eu" | "us" => format!("aiplatform.{location}.rep.googleapis.com"),
        region => format!("{region}-aiplatform.googleapis.com"),
    }
}

/// Whether a text can stand in a host's name and cannot end it: the token goes wherever that leads. A part
/// of a name has 63 letters at most (RFC 1035 section 2.3.4), and the region's ends in `-aiplatform`.
pub(in crate::providers) fn is_label(text: &str) -> bool {
    let is_inside = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    let is_framed = !text.starts_with('-') && !text.ends_with('-');
    text.len() <= 63 - "-aiplatform".len() && is_framed && text.bytes().all(is_inside)
}

/// A credential that no request can be made with; another one may be whole.
fn unusable(what: &'static str) -> Box<UpstreamError> {
    Box::new(UpstreamError {
        kind: ErrorKind::Internal,
        scope: Scope::Credential,
        ..UpstreamError::malformed(what)
    })
}
