//! The one place that lists the protocols.
//!
//! Whatever the rest of the crate must know of one is asked for here, so that a further protocol is a
//! folder and a line of this list.

use crate::{
    rules::Rules,
    tap::{Observed, ReadAlong, ResponseIds},
};
use cliproxy_core::{Protocol, Usage};
use cliproxy_json::Value;
use cliproxy_sse::Frame;

macro_rules! protocols {
    ($($protocol:ident $folder:ident;)*) => {
        /// What a protocol's folder says of it.
        pub(crate) const fn rules(protocol: Protocol) -> &'static Rules {
            match protocol {
                $(Protocol::$protocol => &crate::$folder::rules::RULES,)*
            }
        }

        /// The tap of one of them: chosen once per reply, so that no frame pays for it.
        #[derive(Debug)]
        pub(crate) enum Tap {
            $($protocol(crate::$folder::raw::Tap),)*
        }

        impl Tap {
            pub(crate) fn new(protocol: Protocol) -> Self {
                match protocol {
                    $(Protocol::$protocol => Self::$protocol(Default::default()),)*
                }
            }
        }

        impl ReadAlong for Tap {
            fn observe(&mut self, frame: &Frame) -> Observed {
                match self { $(Self::$protocol(tap) => tap.observe(frame),)* }
            }

            fn is_handshake(&self, frame: &Frame, document: Value<'_>) -> bool {
                match self { $(Self::$protocol(tap) => tap.is_handshake(frame, document),)* }
            }

            fn body(&mut self, document: Value<'_>) {
                match self { $(Self::$protocol(tap) => tap.body(document),)* }
            }

            fn usage(&self) -> Usage {
                match self { $(Self::$protocol(tap) => tap.usage(),)* }
            }

            fn finished(&self) -> bool {
                match self { $(Self::$protocol(tap) => tap.finished(),)* }
            }

            fn sequence(&self) -> Option<u64> {
                match self { $(Self::$protocol(tap) => tap.sequence(),)* }
            }

            fn response_ids(&mut self) -> ResponseIds {
                match self { $(Self::$protocol(tap) => tap.response_ids(),)* }
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
