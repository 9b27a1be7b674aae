//! Changing a file that others change too.

use crate::{Expected, FileName, Store, StoreError, Trouble, Version};
use cliproxy_json::Invalid;

/// How often a writer that was overtaken reads again.
const TRIES: usize = 5;

/// Reads a file, patches it and writes it; once more from the start whenever somebody else has written it
/// meanwhile, so that both changes are in it.
///
/// # Errors
///
/// As [`put`](crate::WriteCredentials::put); [`StoreError::Conflict`] after five tries, and
/// [`StoreError::Unreadable`] if what is there is not JSON now.
pub async fn rewrite(
    store: &dyn Store,
    name: &FileName,
    patch: impl Fn(&[u8]) -> Result<Vec<u8>, Invalid>,
) -> Result<Version, StoreError> {
    for _ in 0..TRIES {
        let stored = store.load(name).await?;
        let patched = patch(&stored.bytes).map_err(|invalid| {
            let text = format!("not JSON: {invalid}");
            StoreError::Unreadable(Trouble::Other(text.into()))
        })?;
        let expected = Expected::Version(stored.version);
        match store.put(name, patched, expected).await {
            Err(StoreError::Conflict) => {}
            written => return written,
        }
    }
    Err(StoreError::Conflict)
}
