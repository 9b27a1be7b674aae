//! The one place that lists the protocols.
//!
//! Whatever the rest of the crate must know of one is asked for here, so that a further protocol is a
//! folder and a line of this list.

use crate::rules::Rules;
use cliproxy_core::Protocol;

macro_rules! protocols {
    ($($protocol:ident $folder:ident;)*) => {
        /// What a protocol's folder says of it.
        pub(crate) const fn rules(protocol: Protocol) -> &'static Rules {
            match protocol {
                $(Protocol::$protocol => &crate::$folder::rules::RULES,)*
            }
        }
    };
}

protocols! {
    Chat chat;
    Claude claude;
    Gemini gemini;
    Responses responses;
}
