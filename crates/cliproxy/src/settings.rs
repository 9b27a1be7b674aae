//! From the configuration to what the listener and the HTTP side are told.

use crate::OpenFiles;
use cliproxy_access::ClientKey;
use cliproxy_auth_store::FileStore;
use cliproxy_config::{ClientKeyText, Config, Host};
use cliproxy_core::KeyDigest;
use cliproxy_server::{
    BindError, Concurrency, DoorParams, Limits, Listener, ServerParams, Tls, TlsError,
};
use std::{net::SocketAddr, num::NonZeroUsize};

/// Binds everything the configuration names.
pub(crate) async fn listen(config: &Config) -> Result<Listener, BindError> {
    let (listener, port) = (Listener::new(), config.listen.port);
    let listener = match &config.listen.host {
        Host::Loopback => listener.loopback(port).await?,
        Host::All => listener.everywhere(port).await?,
        Host::Addr(host) => listener.address(host, port).await?,
        Host::None => listener,
    };
    match &config.listen.unix_socket {
        Some(socket) => listener.unix(&socket.path, socket.mode).await,
        None => Ok(listener),
    }
}

/// Whether TLS could be served as the configuration says.
///
/// # Errors
///
/// If the certificate or its key cannot be used; the file is named.
pub fn check_tls(config: &Config) -> Result<(), TlsError> {
    tls(config).map(drop)
}

/// Whether there is a credential file in `auth-dir`, whatever it says. Blocks.
#[must_use]
pub fn has_accounts(config: &Config) -> bool {
    let store = config.auth_dir.as_ref().map(FileStore::new);
    store.is_some_and(|store| store.holds_any())
}

/// The certificate, if there is to be TLS.
pub(crate) fn tls(config: &Config) -> Result<Option<Tls>, TlsError> {
    let tls = config.tls.as_ref();
    tls.map(|tls| Tls::load(&tls.cert, &tls.key)).transpose()
}

/// What the HTTP side is told. `bound` is the TCP address that is listened on.
pub(crate) fn server_params(config: &Config, bound: Option<SocketAddr>) -> ServerParams {
    let bound = match bound {
        Some(SocketAddr::V4(address)) => address.ip().to_string(),
        Some(SocketAddr::V6(address)) => format!("[{}]", address.ip()),
        None => String::new(),
    };
    let door = DoorParams::new(
        config.allowed_hosts.clone(),
        config.allowed_origins.clone(),
        config.listen.host.is_loopback(),
        &bound,
    );
    let mut params = ServerParams::new(door);
    params.limits = limits(config);
    params.trusted_proxies = config.trusted_proxies.clone();
    params.concurrency = concurrency(config);
    params
}

fn limits(config: &Config) -> Limits {
    let limits = &config.limits;
    Limits {
        max_body: limits.max_body,
        max_buffered: limits.max_buffered,
        max_header_bytes: limits.max_header_bytes,
        max_connections: limits.max_connections.min(OpenFiles::now().connections()),
        max_connections_per_ip: limits.max_connections_per_ip,
        header_timeout: limits.header_timeout,
        body_timeout: limits.body_timeout,
        idle_timeout: limits.idle_timeout,
        write_timeout: limits.write_timeout,
        drain_timeout: config.shutdown_timeout,
    }
}

fn concurrency(config: &Config) -> Concurrency {
    let mut concurrency = Concurrency::default();
    concurrency.default = config.limits.max_concurrency_per_key;
    for key in &config.client_keys {
        let limit = key
            .max_concurrency
            .and_then(|limit| usize::try_from(limit).ok());
        if let (Some(limit), Some(digest)) = (limit.and_then(NonZeroUsize::new), digest(&key.key)) {
            // Of two entries with one key the first counts, as it does for its name.
            concurrency.by_key.entry(digest).or_insert(limit);
        }
    }
    concurrency
}

fn digest(key: &ClientKeyText) -> Option<KeyDigest> {
    let key = match key {
        ClientKeyText::Plain(secret) => ClientKey::from_secret(secret)?,
        ClientKeyText::Sha256(digest) => ClientKey::from_digest(*digest),
    };
    Some(*key.digest())
}
