//! A credential, ready to be used: with its provider, its client and its entry's settings.

use cliproxy_auth_store::Credential;
use cliproxy_executors::Provider;
use cliproxy_proxyutil::HttpClient;

/// One credential of a snapshot.
#[derive(Clone, Debug)]
pub(crate) struct Member {
    /// The entry's place among the sources that models were derived from.
    pub(crate) source: usize,
    pub(crate) credential: Credential,
    pub(crate) provider: Provider,
    pub(crate) client: HttpClient,
    /// Rounds this credential takes part in after the first.
    pub(crate) rounds: u32,
    /// Ask a stream for its usage figures, whatever the client asked.
    pub(crate) force_stream_usage: bool,
}
