//! A credential, ready to be used: with its provider, its client and its entry's settings.

use crate::{count::CountEndpoint, credentials::SignIn};
use cliproxy_auth_store::{Account, Credential, CredentialRecord, FileName, Settings};
use cliproxy_config::ErrorRule;
use cliproxy_core::Protocol;
use cliproxy_executors::Provider;
use cliproxy_proxyutil::HttpClient;
use cliproxy_translators::{Params, Profile};
use std::sync::Arc;

/// One credential of a snapshot.
#[derive(Clone, Debug)]
pub(crate) struct Member {
    /// The entry's place among the sources that models were derived from.
    pub(crate) source: usize,
    pub(crate) credential: Credential,
    /// What its account is called in reasoning that only it can read.
    pub(crate) realm: u32,
    pub(crate) calls: Arc<Calls>,
    pub(crate) client: HttpClient,
    /// What its client goes through, without a password; none where the environment decides.
    pub(crate) proxy: Option<Arc<str>>,
    /// Higher is served first.
    pub(crate) priority: i32,
    /// Its share, where weights count.
    pub(crate) weight: u32,
    /// Rounds this credential takes part in after the first.
    pub(crate) rounds: u32,
    /// The account that this is a project of.
    pub(crate) parent: Option<Arc<str>>,
    /// Where its tokens are found, if it has signed in.
    pub(crate) sign_in: Option<SignIn>,
    /// The file it comes from, if it is an account.
    pub(crate) origin: Option<Origin>,
}

/// How an upstream is called: what all members of an offer have in common.
#[derive(Debug)]
pub(crate) struct Calls {
    pub(crate) provider: Provider,
    /// What the upstream speaks, the first where it has to be translated. Never empty for those that
    /// routes have.
    pub(crate) dialects: Arc<[Dialect]>,
    /// What its errors mean, where the operator knows better.
    pub(crate) rules: Arc<[ErrorRule]>,
    /// Whether it counts tokens.
    pub(crate) counts: CountEndpoint,
    /// Ask a stream for its usage figures, whatever the client asked.
    pub(crate) force_stream_usage: bool,
}

/// What a credential file says of an account besides its tokens, which come and go.
#[derive(Clone, Debug)]
pub(crate) struct Origin {
    pub(crate) file: FileName,
    pub(crate) account: Arc<Account>,
    pub(crate) settings: Arc<Settings>,
}

impl Origin {
    pub(crate) fn of(record: &CredentialRecord) -> Self {
        Self {
            file: record.file.clone(),
            account: Arc::clone(&record.account),
            settings: Arc::clone(&record.settings),
        }
    }
}

/// A protocol as one upstream speaks it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Dialect {
    pub(crate) protocol: Protocol,
    /// What the upstream takes of it, the entry's switches included.
    pub(crate) profile: Profile,
    /// Members that the upstream does not take, or calls otherwise.
    pub(crate) params: Arc<Params>,
    /// It gets its own protocol wrong, so that nothing passes through.
    pub(crate) repairs: bool,
}

impl Member {
    /// What to speak to it for a client of `client`: the client's own protocol if it knows that.
    pub(crate) fn dialect(&self, client: Protocol) -> Option<&Dialect> {
        let mut dialects = self.calls.dialects.iter();
        let native = dialects.find(|dialect| dialect.protocol == client);
        native.or_else(|| self.calls.dialects.first())
    }
}
