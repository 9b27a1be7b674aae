//! Where to listen, and whose word counts there.

use super::{Resolver, text, texts};
use crate::{
    Host, Listen, Tls, UnixSocket, files,
    raw::{RawConfig, RawTls},
    tree::Spot,
};
use ipnet::{IpNet, Ipv4Net};
use std::{net::IpAddr, path::PathBuf};
use url::Url;

/// What the system has room for, without the byte that ends it.
const MAX_SOCKET_PATH: usize = 107;
/// Only the user the gateway runs as.
const SOCKET_MODE: u32 = 0o600;

impl Resolver<'_> {
    pub(super) fn listen(&mut self, raw: &RawConfig, root: &Spot<'_>) -> Listen {
        let default = Listen::default();
        let spot = root.key("host");
        let host = raw.host.as_deref().map(str::trim);
        let unix_socket = self.unix_socket(raw, root);
        // One that was given and refused is not missing.
        let names_socket = match &raw.unix_socket {
            Some(path) => !path.trim().is_empty(),
            None => root.key("unix-socket").is_given(),
        };
        let (host, place) = match host {
            None => (default.host, default.place),
            Some("") => (Host::All, spot.place.clone()),
            Some(host) if host.eq_ignore_ascii_case("none") => {
                if !names_socket {
                    let message = "nothing to listen on";
                    self.report
                        .error(&spot, message, "set `unix-socket`, or remove `host`");
                }
                (Host::None, spot.place.clone())
            }
            Some(host) => {
                if host.contains(|c: char| c.is_whitespace() || c == '/') {
                    let remedy = "write an address like 127.0.0.1 or 0.0.0.0; the port is `port`";
                    self.report.error(&spot, "not a host", remedy);
                } else if has_port(host) {
                    self.report
                        .error(&spot, "a host with a port", "write the port as `port`");
                }
                (Host::Addr(host.to_owned()), spot.place.clone())
            }
        };
        Listen {
            host,
            port: raw.port.unwrap_or(default.port),
            unix_socket,
            place,
        }
    }

    fn unix_socket(&mut self, raw: &RawConfig, root: &Spot<'_>) -> Option<UnixSocket> {
        if raw.unix_socket.is_none() && raw.unix_socket_mode.is_some() {
            let spot = root.key("unix-socket-mode");
            let message = "has no effect without `unix-socket`";
            self.report.warning(&spot, message, "");
        }
        let spot = root.key("unix-socket");
        let path = self.path(&text(raw.unix_socket.clone())?);
        if path.as_os_str().len() > MAX_SOCKET_PATH {
            let message = format!("longer than the {MAX_SOCKET_PATH} bytes that a socket can have");
            self.report.error(&spot, message, "write a shorter path");
            return None;
        }
        let mode = raw.unix_socket_mode.map_or(SOCKET_MODE, |mode| mode.0);
        Some(UnixSocket { path, mode })
    }

    /// TLS, if it was asked for: in so many words, or by giving both files.
    pub(super) fn tls(&mut self, raw: &RawTls, spot: &Spot<'_>) -> Option<Tls> {
        let (cert, key) = (text(raw.cert.clone()), text(raw.key.clone()));
        let on = match raw.enable {
            Some(enable) => enable,
            None => {
                self.half_of_tls(cert.is_some(), key.is_some(), spot);
                cert.is_some() && key.is_some()
            }
        };
        if !on {
            return None;
        }
        // Both are looked at, so that both are reported.
        let cert = self.readable(cert, &spot.key("cert"));
        let key = self.readable(key, &spot.key("key"));
        Some(Tls {
            cert: cert?,
            key: key?,
            place: spot.place.clone(),
        })
    }

    /// Without `enable`, one of the two files alone is most likely a mistake.
    fn half_of_tls(&mut self, cert: bool, key: bool, spot: &Spot<'_>) {
        let (given, missing) = match (cert, key) {
            (true, false) => ("cert", "key"),
            (false, true) => ("key", "cert"),
            _ => return,
        };
        let message = format!("given without `{missing}`, so TLS is off");
        let remedy = format!("give `{missing}` as well");
        self.report.warning(&spot.key(given), message, remedy);
    }

    /// The path of a file that is needed, and can be opened.
    fn readable(&mut self, given: Option<String>, spot: &Spot<'_>) -> Option<PathBuf> {
        let Some(given) = given else {
            let remedy = "write the path of a PEM file, or `enable: false`";
            self.report.error(spot, "missing, and TLS needs it", remedy);
            return None;
        };
        let path = self.path(&given);
        self.secrets.note(&path);
        match files::probe(&path) {
            Ok(()) => Some(path),
            Err(error) => {
                let message = format!("cannot read the file {}: {error}", path.display());
                self.report.error(spot, message, "");
                None
            }
        }
    }

    /// Networks without host bits, IPv4 as such.
    pub(super) fn trusted_proxies(
        &mut self,
        given: Vec<Option<String>>,
        list: &Spot<'_>,
    ) -> Vec<IpNet> {
        let mut networks = Vec::with_capacity(given.len());
        for (index, network) in given.into_iter().enumerate() {
            let spot = list.index(index);
            let Some(network) = text(network) else {
                continue;
            };
            let parsed = match network.parse::<IpAddr>() {
                Ok(address) => Ok(IpNet::from(address)),
                Err(_) => network.parse::<IpNet>(),
            };
            let Ok(network) = parsed.map(canonical) else {
                let remedy = "write an address like 10.0.0.7, or a network like 10.0.0.0/8";
                self.report
                    .error(&spot, "neither an address nor a network", remedy);
                continue;
            };
            if network.prefix_len() == 0 {
                let message = "trusts everybody: each client could say that it is another one";
                self.report
                    .warning(&spot, message, "list the addresses of the proxies");
            }
            if !networks.contains(&network) {
                networks.push(network);
            }
        }
        networks
    }

    /// Origins as browsers send them: lowercase scheme and host, the port if it is not the usual.
    pub(super) fn origins(&mut self, given: Vec<Option<String>>, cors: &Spot<'_>) -> Vec<String> {
        let list = cors.key("allowed-origins");
        let mut origins = Vec::new();
        for (index, origin) in given.into_iter().enumerate() {
            let spot = list.index(index);
            for origin in texts(vec![origin]) {
                match Url::parse(&origin).map(|url| url.origin()) {
                    Ok(parsed) if parsed.is_tuple() => origins.push(parsed.ascii_serialization()),
                    _ if origin == "*" => {
                        let message = "every web page could use the gateway from a browser";
                        self.report
                            .error(&spot, message, "list the origins one by one");
                    }
                    // Editors and desktop programs send origins like `vscode-file://vscode-app`.
                    Ok(_) if !origin.contains(char::is_whitespace) => {
                        origins.push(origin.trim_end_matches('/').to_ascii_lowercase());
                    }
                    _ => {
                        let remedy = "write scheme://host or scheme://host:port";
                        self.report.error(&spot, "not an origin", remedy);
                    }
                }
            }
        }
        origins
    }
}

/// A network as addresses of connections are compared with it.
fn canonical(network: IpNet) -> IpNet {
    let network = network.trunc();
    let (IpAddr::V4(address), Some(prefix)) = (
        network.addr().to_canonical(),
        network.prefix_len().checked_sub(96),
    ) else {
        return network;
    };
    match network {
        IpNet::V4(_) => network,
        // What a socket for both families shows of an IPv4 client.
        IpNet::V6(_) => Ipv4Net::new(address, prefix).map_or(network, IpNet::V4),
    }
}

/// `localhost:8317`, and not an IPv6 address.
fn has_port(host: &str) -> bool {
    let name = host.rsplit_once(':').map(|(name, _)| name);
    name.is_some_and(|name| {
        host.parse::<std::net::Ipv6Addr>().is_err() && !host.ends_with(']') && !name.is_empty()
    })
}
