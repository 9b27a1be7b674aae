//! Every credential there is, for whoever looks after them.

use super::{CredentialView, explain::unix_ms};
use crate::{
    credentials::{Twins, lacks_secret, of_one_account, owner, twins},
    derive::spare_keys,
    gateway::{Gateway, Source},
};
use cliproxy_auth_store::CredentialRecord;
use cliproxy_config::Config;
use cliproxy_core::CredentialId;
use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};
use std::path;
use url::Url;

/// Every credential of a gateway, and how it is. Holds no secret.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Inventory {
    /// When this was said.
    pub at_ms: u64,
    /// The directory of the credential files.
    pub auth_dir: Option<String>,
    /// The types of files whose tokens the configuration has an OAuth client for.
    pub clients: Vec<String>,
    /// Keys of the configuration first, then files, each in the order of their labels.
    pub credentials: Vec<CredentialDetail>,
    /// Whether clients may bring a Claude sign-in of their own.
    #[serde(default)]
    pub claude_passthrough: bool,
}

/// A credential, whether or not it serves.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CredentialDetail {
    /// How it is.
    #[serde(flatten)]
    pub view: CredentialView,
    /// The models that clients can ask it for.
    pub offers: Vec<String>,
    /// What else its file says, if it has one.
    pub from: Option<FileView>,
}

/// What a credential file says, besides what is shown of every account.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileView {
    /// The file that this is a project of.
    pub parent: Option<String>,
    /// It is a key, which nothing refreshes.
    pub is_key: bool,
    /// Why nobody can be asked for other tokens, whenever that is due.
    pub no_endpoint: Option<String>,
    /// Google wants a secret for other tokens, and nothing says which.
    pub lacks_secret: bool,
    /// All files with the same refresh token, this one among them, where there are several. Of Google's
    /// only those that have a project in common with it.
    pub twins: Vec<String>,
    /// The same of files with the same account, whatever their tokens are, that are not switched off.
    pub same_account: Vec<String>,
    /// The file of another program that has the tokens.
    pub link: Option<String>,
    /// The provider's name for the account.
    pub account_id: Option<String>,
    /// Google's projects.
    pub projects: Vec<String>,
    /// The region of a Vertex project.
    pub location: Option<String>,
    /// Its models are also offered as `prefix/model`.
    pub prefix: Option<String>,
    /// Another address than the provider's own, without what may be secret in it.
    pub base_url: Option<String>,
    /// Models that it does not serve.
    pub excluded_models: Vec<String>,
}

impl Gateway {
    /// Every credential there is, with those that serve nothing.
    #[must_use]
    pub fn inventory(&self) -> Inventory {
        let status = self.status();
        let source = self.source().lock();
        let teller = Teller::new(self, &source);
        let views = status.credentials.into_iter();
        let mut credentials: Vec<_> = views
            .map(|view| teller.tell(view))
            .chain(switched_off(&source.config))
            .collect();
        credentials.sort_by(|a, b| {
            let by_place = a.from.is_some().cmp(&b.from.is_some());
            let by_label = || a.view.credential.cmp(&b.view.credential);
            let by_id = || a.view.id.cmp(&b.view.id);
            by_place.then_with(by_label).then_with(by_id)
        });
        let directory = source.config.auth_dir.as_deref();
        let directory = directory.map(|dir| path::absolute(dir).unwrap_or_else(|_| dir.to_owned()));
        Inventory {
            at_ms: unix_ms((self.clock())()),
            clients: clients(&source.config),
            auth_dir: directory.map(|directory| directory.display().to_string()),
            credentials,
            claude_passthrough: source.config.claude_passthrough,
        }
    }
}

/// Knows what a status does not say.
struct Teller<'a> {
    gateway: &'a Gateway,
    config: &'a Config,
    twins: Twins,
    same_account: Twins,
    /// What is offered, by credential.
    offers: FxHashMap<CredentialId, Vec<String>>,
    records: FxHashMap<&'a str, &'a CredentialRecord>,
}

impl<'a> Teller<'a> {
    fn new(gateway: &'a Gateway, source: &'a Source) -> Self {
        let snapshot = gateway.snapshot();
        let mut by_source = FxHashMap::<_, Vec<_>>::default();
        for route in snapshot.models().list() {
            for serving in &route.serving {
                let names = by_source.entry(serving.source).or_default();
                names.push(route.id.to_string());
            }
        }
        let members = snapshot.members.iter();
        let offers = members.filter_map(|(id, member)| {
            let names = by_source.get(&member.source)?;
            Some((id.clone(), names.clone()))
        });
        let records = source.holdings.iter().map(|held| &*held.record);
        Self {
            gateway,
            config: &source.config,
            twins: twins(&source.holdings),
            same_account: of_one_account(&source.holdings),
            offers: offers.collect(),
            records: records.map(|record| (record.id.as_str(), record)).collect(),
        }
    }

    fn tell(&self, view: CredentialView) -> CredentialDetail {
        let offers = self.offers.get(&CredentialId::from(&*view.id));
        let record = self
            .records
            .get(&*view.id)
            .filter(|_| view.account.is_some());
        CredentialDetail {
            offers: offers.cloned().unwrap_or_default(),
            from: record.map(|record| self.file(record)),
            view,
        }
    }

    fn file(&self, record: &CredentialRecord) -> FileView {
        let text = |text: &Option<Box<str>>| text.as_deref().map(str::to_owned);
        let texts = |texts: &[Box<str>]| texts.iter().map(|text| text.to_string()).collect();
        let (account, settings) = (&record.account, &record.settings);
        let doors = self.gateway.credentials.get().map(|own| &own.doors);
        let door = doors.and_then(|doors| doors.get(owner(record)));
        let named = |files: &Twins| {
            let files = files.get(&record.id);
            files.map_or_else(Vec::new, |files| {
                files.iter().map(ToString::to_string).collect()
            })
        };
        FileView {
            parent: record.parent.as_ref().map(ToString::to_string),
            is_key: record.api_key.is_some() && !record.signs_in(),
            no_endpoint: door.and_then(|door| text(&door.no_endpoint)),
            lacks_secret: lacks_secret(self.config, record),
            twins: named(&self.twins),
            same_account: named(&self.same_account),
            link: record.link.as_ref().map(|link| link.display().to_string()),
            account_id: text(&account.account_id),
            projects: texts(&record.projects),
            location: text(&account.location),
            prefix: text(&settings.prefix),
            base_url: settings.base_url.as_deref().map(address),
            excluded_models: texts(&settings.excluded_models),
        }
    }
}

/// Whose tokens the configuration says how to refresh.
fn clients(config: &Config) -> Vec<String> {
    let own = config.oauth.iter();
    let own =
        own.filter(|(_, own)| own.client.client_id.is_some() || own.client.token_url.is_some());
    own.map(|(name, _)| name.clone()).collect()
}

/// Keys that the configuration switches off.
fn switched_off(config: &Config) -> impl Iterator<Item = CredentialDetail> {
    let keys = spare_keys(config).into_iter();
    keys.map(|key| CredentialDetail {
        view: CredentialView {
            credential: key.credential.label.to_string(),
            id: key.credential.id.to_string(),
            provider: key.credential.provider.to_string(),
            priority: key.priority,
            weight: key.weight,
            state: "disabled".to_owned(),
            reason: None,
            back_in_ms: None,
            proxy: key.proxy.as_deref().map(str::to_owned),
            account: None,
            models: Vec::new(),
        },
        offers: Vec::new(),
        from: None,
    })
}

/// An address without what may be secret in it.
fn address(text: &str) -> String {
    let Ok(mut url) = Url::parse(text) else {
        return "not a URL".to_owned();
    };
    // An address without a host has neither.
    let _ = url.set_username("").and_then(|()| url.set_password(None));
    url.set_query(None);
    url.set_fragment(None);
    url.into()
}
