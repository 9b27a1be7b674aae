//! Where to listen, and with which certificate.

use crate::Place;
use std::{fmt, net::IpAddr, path::PathBuf};

/// Where to listen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listen {
    /// The addresses.
    pub host: Host,
    /// The port; 0 takes any free one.
    pub port: u16,
    /// A Unix socket to listen on as well; never `None` if `host` is [`Host::None`].
    pub unix_socket: Option<UnixSocket>,
    /// Where `host` was given, for messages.
    pub place: Place,
}

impl Default for Listen {
    fn default() -> Self {
        Self {
            host: Host::Loopback,
            port: 8317,
            unix_socket: None,
            place: Place::Default,
        }
    }
}

/// The addresses to listen on.
#[expect(
    clippy::exhaustive_enums,
    reason = "whoever binds must handle every form"
)]
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Host {
    /// This one: a host name, or an address with or without brackets; not checked.
    Addr(String),
    /// Every interface, IPv4 and IPv6.
    All,
    /// `127.0.0.1` and `::1`.
    #[default]
    Loopback,
    /// None: only the Unix socket is listened on.
    None,
}

impl Host {
    /// Whether only this machine can connect.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        match self {
            Self::Loopback | Self::None => true,
            Self::All => false,
            Self::Addr(host) => {
                let bare = host
                    .strip_prefix('[')
                    .and_then(|rest| rest.strip_suffix(']'))
                    .unwrap_or(host);
                match bare.parse::<IpAddr>() {
                    Ok(address) => address.to_canonical().is_loopback(),
                    Err(_) => host.eq_ignore_ascii_case("localhost"),
                }
            }
        }
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Addr(host) => f.write_str(host),
            Self::All => f.write_str("every interface"),
            Self::Loopback => f.write_str("this machine only"),
            Self::None => f.write_str("no address"),
        }
    }
}

/// A socket in the file system, which programs on this machine can connect to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnixSocket {
    /// Where it is: at most 107 bytes, which is what the system has room for.
    pub path: PathBuf,
    /// Its permissions, like `0o600`.
    pub mode: u32,
}

/// The certificate of the gateway. Both files could be opened when the configuration was loaded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tls {
    /// The certificate and those that lead to a root, in PEM.
    pub cert: PathBuf,
    /// Its private key, in PEM.
    pub key: PathBuf,
    /// Where TLS was asked for, for messages.
    pub place: Place,
}
