//! How many connections there are, in all and of one address.

use crate::{params::ServerParams, peer::Peer};
use parking_lot::Mutex;
use rustc_hash::FxHashMap;
use std::{
    net::IpAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

/// How many refused connections are told so at a time. Any more are closed without a word: a flood
/// must not cost more than the connections it does not get.
const TOLD: usize = 64;
/// How often the log speaks of refused connections.
const SPOKEN: Duration = Duration::from_secs(10);

/// Counts connections.
#[derive(Debug, Default)]
pub(crate) struct Admission {
    all: AtomicUsize,
    refused: AtomicUsize,
    /// Only addresses with a connection are in it.
    by_address: Mutex<FxHashMap<IpAddr, usize>>,
    silence: Mutex<Silence>,
}

/// What the log was not told yet.
#[derive(Debug, Default)]
struct Silence {
    spoken: Option<Instant>,
    unspoken: u64,
}

/// A limit that was reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Full {
    /// `limits.max-connections`.
    All,
    /// `limits.max-connections-per-ip`.
    Address,
}

impl Full {
    pub(crate) const fn key(self) -> &'static str {
        match self {
            Self::Address => "limits.max-connections-per-ip",
            Self::All => "limits.max-connections",
        }
    }
}

/// What becomes of a connection.
#[derive(Debug)]
pub(crate) enum Admitted {
    /// It is served.
    Seated(Seat),
    /// It is told that there is no room.
    Refused(Full, Seat),
    /// It is closed.
    Dropped(Full),
}

/// A counted connection, until it is dropped.
#[derive(Debug)]
pub(crate) struct Seat {
    admission: Arc<Admission>,
    place: Place,
}

#[derive(Debug)]
enum Place {
    Seated(Option<IpAddr>),
    Refused,
}

impl Admission {
    /// Decides about a new connection.
    pub(crate) fn admit(self: &Arc<Self>, peer: Peer, params: &ServerParams) -> Admitted {
        let address = peer.counted_as(params);
        let full = match self.seat(address, params) {
            Ok(()) => {
                return Admitted::Seated(Seat {
                    admission: Arc::clone(self),
                    place: Place::Seated(address),
                });
            }
            Err(full) => full,
        };
        if self.refused.fetch_add(1, Ordering::Relaxed) >= TOLD {
            self.refused.fetch_sub(1, Ordering::Relaxed);
            return Admitted::Dropped(full);
        }
        let seat = Seat {
            admission: Arc::clone(self),
            place: Place::Refused,
        };
        Admitted::Refused(full, seat)
    }

    fn seat(&self, address: Option<IpAddr>, params: &ServerParams) -> Result<(), Full> {
        if self.all.fetch_add(1, Ordering::Relaxed) >= params.limits.max_connections {
            self.all.fetch_sub(1, Ordering::Relaxed);
            return Err(Full::All);
        }
        let Some(address) = address else {
            return Ok(());
        };
        let mut by_address = self.by_address.lock();
        let count = by_address.entry(address).or_default();
        if *count >= params.limits.max_connections_per_ip {
            drop(by_address);
            self.all.fetch_sub(1, Ordering::Relaxed);
            return Err(Full::Address);
        }
        *count += 1;
        Ok(())
    }

    /// How many connections were refused since this last said so; `None` while it is too early to
    /// say it again.
    pub(crate) fn speak(&self, now: Instant) -> Option<u64> {
        let mut silence = self.silence.lock();
        silence.unspoken += 1;
        let early = silence
            .spoken
            .is_some_and(|spoken| now.duration_since(spoken) < SPOKEN);
        if early {
            return None;
        }
        silence.spoken = Some(now);
        Some(std::mem::take(&mut silence.unspoken))
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let admission = &self.admission;
        let address = match self.place {
            Place::Refused => {
                admission.refused.fetch_sub(1, Ordering::Relaxed);
                return;
            }
            Place::Seated(address) => address,
        };
        admission.all.fetch_sub(1, Ordering::Relaxed);
        let Some(address) = address else { return };
        let mut by_address = admission.by_address.lock();
        if let Some(count) = by_address.get_mut(&address) {
            *count -= 1;
            if *count == 0 {
                by_address.remove(&address);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Admission, Admitted, Full, TOLD};
    use crate::{params::ServerParams, peer::Peer};
    use std::{
        sync::Arc,
        time::{Duration, Instant},
    };

    #[test]
    fn connections_are_counted_in_all_and_by_address() {
        let mut params = ServerParams::default();
        params.limits.max_connections = 5;
        params.limits.max_connections_per_ip = 2;
        params.trusted_proxies = vec!["10.0.0.1/32".parse().unwrap()];
        let admission = Arc::new(Admission::default());
        let peer = |text: &str| Peer::tcp(text.parse().unwrap());
        let admit = |text: &str| admission.admit(peer(text), &params);
        let refusal = |admitted: &Admitted| match admitted {
            Admitted::Seated(_) => None,
            Admitted::Refused(full, _) | Admitted::Dropped(full) => Some(*full),
        };

        let first = admit("192.0.2.1");
        let second = admit("192.0.2.1");
        assert_eq!([&first, &second].map(refusal), [None, None]);
        assert_eq!(refusal(&admit("192.0.2.1")), Some(Full::Address));
        // Others are not affected, and proxies stand for many.
        let proxied = [(); 3].map(|()| admit("10.0.0.1"));
        assert_eq!(proxied.each_ref().map(refusal), [None; 3]);
        assert_eq!(refusal(&admit("192.0.2.2")), Some(Full::All));
        // Room that is given back is given out again, and nothing is left behind.
        drop((first, proxied));
        assert_eq!(refusal(&admit("192.0.2.1")), None);
        drop(second);
        assert!(admission.by_address.lock().is_empty());
        assert_eq!(admission.all.load(super::Ordering::Relaxed), 0);
    }

    #[test]
    fn a_flood_is_not_told_and_the_log_not_flooded() {
        let mut params = ServerParams::default();
        params.limits.max_connections = 0;
        let admission = Arc::new(Admission::default());
        let told: Vec<_> = (0..TOLD)
            .map(|_| admission.admit(Peer::Local, &params))
            .collect();
        let refused = |admitted: &Admitted| matches!(admitted, Admitted::Refused(Full::All, _));
        assert!(told.iter().all(refused));
        let beyond = admission.admit(Peer::Local, &params);
        assert!(matches!(beyond, Admitted::Dropped(Full::All)));
        drop(told);
        assert!(refused(&admission.admit(Peer::Local, &params)));

        let now = Instant::now();
        assert_eq!(admission.speak(now), Some(1));
        assert_eq!(admission.speak(now), None);
        assert_eq!(admission.speak(now + Duration::from_secs(10)), Some(2));
    }
}
