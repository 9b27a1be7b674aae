//! The names of closed lists: how each member is written in a body, in the catalogue and in the log.

use std::{error, fmt};

/// A text that is none of the names of the list it was looked up in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct UnknownName;

impl fmt::Display for UnknownName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("unknown name")
    }
}

impl error::Error for UnknownName {}

/// Gives every member of an enum its name, in the order in which `ALL` lists them.
///
/// `FromStr` is exact: who reads a protocol that ignores case has to fold it.
macro_rules! names {
    ($list:ident { $($member:ident = $name:literal),+ $(,)? }) => {
        impl $list {
            /// Every member, in declaration order.
            pub const ALL: &[Self] = &[$(Self::$member),+];

            /// The name used in bodies, the catalogue, logs and docs.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$member => $name),+
                }
            }
        }

        impl std::str::FromStr for $list {
            type Err = $crate::name::UnknownName;

            fn from_str(name: &str) -> Result<Self, Self::Err> {
                let mut all = Self::ALL.iter().copied();
                all.find(|member| member.as_str() == name)
                    .ok_or($crate::name::UnknownName)
            }
        }

        impl std::fmt::Display for $list {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

pub(crate) use names;
