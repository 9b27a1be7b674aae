//! Strategies that an embedding program brings along.

use std::{fmt, sync::Arc};

use cliproxy_core::{CredentialId, ProviderId};

/// Chooses among the credentials that are ready.
///
/// Health, pins and sessions come first; a selector sees only what is left to choose from. It is
/// called on the request path, from several threads at a time, and must not block.
///
/// ```
/// use cliproxy_scheduler::{Choice, Custom, Selector, Strategy};
///
/// /// The credential with the shortest name.
/// #[derive(Debug)]
/// struct Shortest;
///
/// impl Selector for Shortest {
///     fn select(&self, choice: &Choice<'_>) -> Option<usize> {
///         let names = choice.ready.iter().map(|candidate| candidate.credential.as_str());
///         let (at, _) = names.enumerate().min_by_key(|(_, name)| name.len())?;
///         Some(at)
///     }
/// }
///
/// let strategy = Strategy::Custom(Custom::new(Shortest));
/// ```
pub trait Selector: fmt::Debug + Send + Sync + 'static {
    /// Which of [`Choice::ready`] serves, by its place. `None`, or a place that is not there, is
    /// nobody: the request is refused as if all had been tried.
    fn select(&self, choice: &Choice<'_>) -> Option<usize>;

    /// The last roster that used this is gone, and nothing will be asked any more: the time to stop
    /// threads and to close files. Called once.
    fn retired(&self) {}
}

/// What a [`Selector`] chooses from.
#[non_exhaustive]
#[derive(Clone, Copy, Debug)]
pub struct Choice<'a> {
    /// The route's key.
    pub route: &'a str,
    /// Everybody who is ready and was not tried, of all priorities, the highest first.
    pub ready: &'a [Candidate<'a>],
}

/// One credential that is ready.
#[non_exhaustive]
#[derive(Clone, Copy, Debug)]
pub struct Candidate<'a> {
    /// Who.
    pub credential: &'a CredentialId,
    /// Whose account it is.
    pub provider: &'a ProviderId,
    /// Higher is served first by the strategies that are built in.
    pub priority: i32,
    /// Its share under the weighted strategy.
    pub weight: u32,
}

/// A [`Selector`] as a strategy. Clones are the same strategy; another `new` is another one.
#[derive(Clone, Debug)]
pub struct Custom(Arc<InUse>);

impl Custom {
    /// Takes the selector over, until the last roster that uses it is dropped.
    #[must_use]
    pub fn new(selector: impl Selector) -> Self {
        Self(Arc::new(InUse(Box::new(selector))))
    }

    pub(crate) fn select(&self, choice: &Choice<'_>) -> Option<usize> {
        self.0.0.select(choice)
    }
}

impl PartialEq for Custom {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for Custom {}

#[derive(Debug)]
struct InUse(Box<dyn Selector>);

impl Drop for InUse {
    fn drop(&mut self) {
        self.0.retired();
    }
}
