//! Which client an account's requests go through.

use cliproxy_auth_store::CredentialRecord;
use cliproxy_config::Config;
use cliproxy_proxyutil::{CaBundle, ClientSpec, ProxyError, ProxySetting};

/// The account's own proxy, else the configuration's.
///
/// # Errors
///
/// If what the file says is no proxy.
pub(crate) fn account_proxy(
    config: &Config,
    record: &CredentialRecord,
) -> Result<ProxySetting, ProxyError> {
    let own = match &record.settings.proxy_url {
        Some(text) => ProxySetting::parse(text.expose())?,
        None => ProxySetting::Inherit,
    };
    Ok(own.or(&config.proxy).clone())
}

/// The account's own proxy beats the configuration's, which beats the environment's.
///
/// # Errors
///
/// If what the file says is no proxy: then nothing is sent at all, since nobody knows which way was
/// meant.
pub(crate) fn account_client(
    config: &Config,
    record: &CredentialRecord,
) -> Result<ClientSpec, ProxyError> {
    let proxy = account_proxy(config, record)?;
    let ca = config.ca.as_ref().map(|file| CaBundle::parse(&file.pem));
    Ok(ClientSpec {
        proxy,
        connect_timeout: config.upstream.connect,
        ca: ca.transpose()?,
    })
}
