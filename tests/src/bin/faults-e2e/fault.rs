//! A way in which an upstream fails, and what clients may see of it.

use crate::kit::Kit;
use cliproxy_core::Protocol;
use cliproxy_scripted_upstream::Behaviour;

/// What a client may see of a fault when nobody else can serve.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Expect {
    /// The whole answer.
    Full,
    /// An error status with its protocol's error.
    Before,
    /// A stream that ends with its protocol's error event.
    Inside,
    /// An error or the whole answer: where exactly it breaks is up to the case.
    Any,
    /// What the upstream sent, wrong as it is: after the first event the gateway judges no data.
    AsSent,
}

/// What the upstream does to requests of a protocol.
type Behave = Box<dyn Fn(&Kit, Protocol) -> Behaviour + Send + Sync>;

/// One row of the table.
pub(crate) struct Fault {
    pub(crate) name: &'static str,
    /// For a request that asks for a stream.
    pub(crate) stream: Expect,
    /// For one that does not.
    pub(crate) unary: Expect,
    /// The upstream blames the request, so no other account is asked.
    pub(crate) stops: bool,
    /// Each call costs so much that there are few of them.
    pub(crate) is_heavy: bool,
    pub(crate) behave: Behave,
}

impl Fault {
    pub(crate) fn new(
        name: &'static str,
        stream: Expect,
        unary: Expect,
        behave: impl Fn(&Kit, Protocol) -> Behaviour + Send + Sync + 'static,
    ) -> Self {
        Self {
            name,
            stream,
            unary,
            stops: false,
            is_heavy: false,
            behave: Box::new(behave),
        }
    }

    pub(crate) fn stops(mut self) -> Self {
        self.stops = true;
        self
    }

    pub(crate) fn heavy(mut self) -> Self {
        self.is_heavy = true;
        self
    }

    /// What a client may see; `backed`: a healthy account serves the same model.
    pub(crate) fn expect(&self, stream: bool, backed: bool) -> Expect {
        let alone = if stream { self.stream } else { self.unary };
        match alone {
            Expect::Before if backed && !self.stops => Expect::Full,
            alone => alone,
        }
    }
}
