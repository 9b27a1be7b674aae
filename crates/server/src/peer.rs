//! Where a connection comes from, and what a proxy in front says about it.

use crate::params::ServerParams;
use http::HeaderMap;
use std::net::{IpAddr, Ipv6Addr};

/// The other end of a connection.
#[expect(
    clippy::exhaustive_enums,
    reason = "each kind of listener is its own case"
)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Peer {
    /// A TCP address.
    Ip(IpAddr),
    /// A process of this machine, over a unix socket.
    Local,
}

impl Peer {
    /// A TCP peer, an IPv4 address in IPv6 clothes as what it is.
    #[must_use]
    pub const fn tcp(address: IpAddr) -> Self {
        Self::Ip(address.to_canonical())
    }

    /// What counts as one client when connections are counted: an address, of IPv6 the /64 that one
    /// subscriber has. `None`: not counted, since many clients share it.
    pub(crate) fn counted_as(self, params: &ServerParams) -> Option<IpAddr> {
        match self {
            Self::Local => None,
            Self::Ip(address) if params.trusts(address) => None,
            Self::Ip(IpAddr::V4(address)) => Some(address.into()),
            Self::Ip(IpAddr::V6(address)) => {
                let subscriber = u128::from(address) & !u128::from(u64::MAX);
                Some(Ipv6Addr::from(subscriber).into())
            }
        }
    }

    /// The client's address, for the log and nothing else.
    ///
    /// `X-Forwarded-For` counts only if the peer is a trusted proxy: of what it lists, the right-most
    /// hop that is no trusted proxy itself, since everything to its left is the client's own claim.
    /// A list that does not parse up to there says nothing. Other headers of this kind are ignored.
    pub(crate) fn client(self, headers: &HeaderMap, params: &ServerParams) -> Option<IpAddr> {
        let (own, trusted) = match self {
            // Whoever may open the socket was let in by its permissions.
            Self::Local => (None, true),
            Self::Ip(address) => (Some(address), params.trusts(address)),
        };
        if !trusted {
            return own;
        }
        let mut farthest = own;
        let lines = headers.get_all("x-forwarded-for").iter().rev();
        let hops = lines.flat_map(|line| line.to_str().unwrap_or("?").rsplit(','));
        for hop in hops {
            let Some(address) = address_of(hop.trim()) else {
                return own;
            };
            farthest = Some(address);
            if !params.trusts(address) {
                break;
            }
        }
        farthest
    }
}

/// `203.0.113.7`, `2001:db8::1`, and the two with a port as some proxies write them.
fn address_of(text: &str) -> Option<IpAddr> {
    let bare = text
        .parse()
        .ok()
        .or_else(|| Some(text.parse::<std::net::SocketAddr>().ok()?.ip()));
    bare.map(|address: IpAddr| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::Peer;
    use crate::params::ServerParams;
    use http::HeaderMap;

    fn params() -> ServerParams {
        ServerParams {
            trusted_proxies: vec![
                "10.0.0.0/8".parse().unwrap(),
                "2001:db8:9::/48".parse().unwrap(),
            ],
            ..ServerParams::default()
        }
    }

    #[test]
    fn the_client_behind_trusted_proxies() {
        let check = |peer: &str, lines: &[&str], expected: &str| {
            let mut headers = HeaderMap::new();
            for line in lines {
                headers.append("x-forwarded-for", line.parse().unwrap());
            }
            for (name, value) in [
                ("forwarded", "for=127.0.0.1"),
                ("x-real-ip", "127.0.0.1"),
                ("cf-connecting-ip", "127.0.0.1"),
            ] {
                headers.insert(name, value.parse().unwrap());
            }
            let peer = match peer {
                "unix" => Peer::Local,
                address => Peer::tcp(address.parse().unwrap()),
            };
            let client = peer.client(&headers, &params());
            let client = client.map_or_else(|| "-".to_owned(), |client| client.to_string());
            assert_eq!(client, expected, "{peer:?} {lines:?}");
        };
        // Nobody is believed who is not trusted.
        check("203.0.113.7", &["127.0.0.1"], "203.0.113.7");
        check("203.0.113.7", &[], "203.0.113.7");
        check("::ffff:203.0.113.7", &["127.0.0.1"], "203.0.113.7");
        check("127.0.0.1", &["203.0.113.9"], "127.0.0.1");
        // The right-most hop that is no proxy of ours.
        check("10.0.0.1", &["198.51.100.1"], "198.51.100.1");
        check("10.0.0.1", &["127.0.0.1, 198.51.100.1"], "198.51.100.1");
        check(
            "10.0.0.1",
            &["127.0.0.1, 198.51.100.1, 10.2.3.4"],
            "198.51.100.1",
        );
        check(
            "10.0.0.1",
            &["127.0.0.1", "198.51.100.1", "10.2.3.4"],
            "198.51.100.1",
        );
        check("10.0.0.1", &["10.9.9.9, 10.2.3.4"], "10.9.9.9");
        check("10.0.0.1", &["198.51.100.1:5678"], "198.51.100.1");
        check("10.0.0.1", &["[2001:db8::7]:80"], "2001:db8::7");
        check("2001:db8:9::1", &["2001:db8::7"], "2001:db8::7");
        check("unix", &["198.51.100.1"], "198.51.100.1");
        check("unix", &[], "-");
        // What does not parse says nothing, wherever it could be forged.
        check("10.0.0.1", &[], "10.0.0.1");
        check("10.0.0.1", &["nonsense"], "10.0.0.1");
        check("10.0.0.1", &["198.51.100.1, nonsense"], "10.0.0.1");
        check("10.0.0.1", &["nonsense, 198.51.100.1"], "198.51.100.1");
        check("10.0.0.1", &["198.51.100.1,"], "10.0.0.1");
    }

    #[test]
    fn what_counts_as_one_client() {
        let check = |peer: &str, expected: Option<&str>| {
            let counted = Peer::tcp(peer.parse().unwrap()).counted_as(&params());
            assert_eq!(
                counted,
                expected.map(|text| text.parse().unwrap()),
                "{peer}"
            );
        };
        check("203.0.113.7", Some("203.0.113.7"));
        check("::ffff:203.0.113.7", Some("203.0.113.7"));
        check("2001:db8::1:2:3:4", Some("2001:db8::"));
        check("2001:db8:0:1::4", Some("2001:db8:0:1::"));
        check("10.1.2.3", None);
        assert_eq!(Peer::Local.counted_as(&params()), None);
    }
}
