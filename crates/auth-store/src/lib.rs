//! Credential files: what they say, where they are kept, and when they change.
//!
//! A [`CredentialFile`] becomes one [`CredentialRecord`], or several if it has several projects. A [`Store`]
//! keeps files; [`FileStore`] is a directory of them, which [`LiveCredentials`] follows. What the gateway
//! writes is a patch ([`NewTokens`], [`set_disabled`]) that [`rewrite`] puts into whatever is there by then.
//! The rules are in `docs/credentials.md`.
//!
//! Nothing here knows how a token is refreshed, what health a credential has, or how a request is made
//! with it.
//!
//! ```
//! use cliproxy_auth_store::{CredentialFile, FileName, Standing};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let name = FileName::parse("gemini-me.json")?;
//! let text = br#"{"type":"gemini","token":{"access_token":"t"},"email":"me","project_id":"a, b"}"#;
//! let file = CredentialFile::read(&name, text).map_err(|broken| broken.problem().to_string())?;
//! let ids: Vec<_> = file.records.iter().map(|record| record.id.as_str()).collect();
//! assert_eq!(ids, ["gemini-me.json", "gemini-me.json::a", "gemini-me.json::b"]);
//! assert_eq!(file.records[1].standing, Standing::Active);
//! # Ok(())
//! # }
//! ```

mod credential;

mod digest;
mod file_name;
mod problem;
mod record;

mod patch;

mod memory_store;
mod rewrite;
mod store;
mod turns;

mod disk;
mod file_store;
mod journal;

mod records;
mod scanner;

mod live;
mod watch;

#[cfg(any(test, feature = "testing"))]
pub mod testing;

pub use self::{
    credential::{Credential, CredentialKind, UpstreamAccount},
    digest::FileDigest,
    disk::{Disk, LocalDisk, Step},
    file_name::{BadName, FileName},
    file_store::FileStore,
    journal::{Journal, JournalEntry, JournalState, TokenMark},
    live::LiveCredentials,
    memory_store::MemoryStore,
    patch::{NewTokens, are_equal, set_disabled},
    problem::Problem,
    record::{
        Account, Broken, CredentialFile, CredentialRecord, Inert, OAuthClient, ServiceAccount,
        Settings, Standing, Tokens, excluded_models,
    },
    records::{Change, Changes, Difference, Observation, Records},
    rewrite::rewrite,
    scanner::Scanner,
    store::{
        Access, Expected, LockCredentials, Reach, ReadCredentials, RefreshLock, Store, StoreError,
        Stored, Trouble, Version, WriteCredentials,
    },
    watch::{Debounce, Happened, Look},
};
