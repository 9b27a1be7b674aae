//! What every store promises, as something that can be run.

use crate::{Expected, FileName, Reach, Store, StoreError, Stored, Version, rewrite};
use cliproxy_json::{Body, Edit, Path, Raw, apply};
use futures_util::future::join_all;
use std::time::Duration;
use thiserror::Error;

/// Longer than any store takes, so that only one that hangs reaches it.
const LONG: Duration = Duration::from_secs(30);

/// A promise that a store does not keep.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{promise}: {found}")]
pub struct Departure {
    /// What was to be.
    pub promise: &'static str,
    /// What was found.
    pub found: String,
}

type Kept = Result<(), Departure>;

/// Runs everything that a store promises against one that is empty, and leaves it empty.
///
/// # Errors
///
/// The first promise that is not kept.
pub async fn conforms(store: &dyn Store) -> Kept {
    let check = Check { store };
    check.empty().await?;
    check.writing().await?;
    check.conflicts().await?;
    check.races().await?;
    check.merging().await?;
    check.deleting().await?;
    check.locking().await?;
    check.empty().await
}

struct Check<'s> {
    store: &'s dyn Store,
}

fn named(stem: &str) -> FileName {
    FileName::sanitised(stem)
}

fn same<T: PartialEq + std::fmt::Debug>(promise: &'static str, found: &T, expected: &T) -> Kept {
    if found == expected {
        return Ok(());
    }
    let found = format!("{found:?}, not {expected:?}");
    Err(Departure { promise, found })
}

fn given<T>(promise: &'static str, found: Result<T, StoreError>) -> Result<T, Departure> {
    found.map_err(|error| Departure {
        promise,
        found: error.to_string(),
    })
}

fn refused<T: std::fmt::Debug>(
    promise: &'static str,
    found: Result<T, StoreError>,
    expected: StoreError,
) -> Kept {
    same(promise, &found.err(), &Some(expected))
}

impl Check<'_> {
    async fn put(&self, name: &str, text: &str, expected: Expected) -> Result<Version, StoreError> {
        self.store.put(&named(name), text.into(), expected).await
    }

    async fn load(&self, name: &str) -> Result<Stored, StoreError> {
        self.store.load(&named(name)).await
    }

    async fn holds(&self, promise: &'static str, name: &str, text: &str) -> Kept {
        let stored = given(promise, self.load(name).await)?;
        same(
            promise,
            &String::from_utf8_lossy(&stored.bytes).into_owned(),
            &text.to_owned(),
        )
    }

    async fn remove(&self, names: &[&str]) -> Kept {
        for name in names {
            given(
                "what is there can be deleted",
                self.store.delete(&named(name)).await,
            )?;
        }
        Ok(())
    }

    async fn empty(&self) -> Kept {
        let names = given("an empty store can be listed", self.store.list().await)?;
        same("an empty store lists nothing", &names, &Vec::new())?;
        let missing = self.load("a").await;
        refused("what is not there is missing", missing, StoreError::Missing)
    }

    async fn writing(&self) -> Kept {
        let promise = "what was put is loaded, byte for byte, as the version that was told";
        let text = "{ \"n\": 1.0,\n \"x\": \"\u{fc}\" }\n";
        let version = given(promise, self.put("b", text, Expected::Absent).await)?;
        self.holds(promise, "b", text).await?;
        same(
            promise,
            &given(promise, self.load("b").await)?.version,
            &version,
        )?;

        let promise = "what says the same is not written again";
        let again = self.put(
            "b",
            "{\"x\":\"\u{fc}\",\"n\":1}",
            Expected::Version(version.clone()),
        );
        same(promise, &given(promise, again.await)?, &version)?;
        self.holds(promise, "b", text).await?;

        let promise = "names are listed in order, each once";
        given(promise, self.put("a", "{}", Expected::Absent).await)?;
        let names = given(promise, self.store.list().await)?;
        same(promise, &names, &vec![named("a"), named("b")])?;
        self.remove(&["a", "b"]).await
    }

    async fn conflicts(&self) -> Kept {
        let promise = "a file that is there is not taken for absent";
        let first = given(promise, self.put("a", "{\"n\":1}", Expected::Absent).await)?;
        let twice = self.put("a", "{\"n\":2}", Expected::Absent).await;
        refused(promise, twice, StoreError::Conflict)?;
        self.holds(promise, "a", "{\"n\":1}").await?;

        let promise = "a version is good for one write";
        let old = Expected::Version(first);
        given(promise, self.put("a", "{\"n\":2}", old.clone()).await)?;
        refused(
            promise,
            self.put("a", "{\"n\":3}", old.clone()).await,
            StoreError::Conflict,
        )?;
        self.holds(promise, "a", "{\"n\":2}").await?;
        self.remove(&["a"]).await?;

        let promise = "what was deleted does not come back";
        refused(
            promise,
            self.put("a", "{\"n\":3}", old).await,
            StoreError::Missing,
        )
    }

    async fn races(&self) -> Kept {
        let promise = "of writers that believe the same, one wins";
        let version = given(promise, self.put("a", "{\"n\":0}", Expected::Absent).await)?;
        let texts: Vec<_> = (1..=8).map(|n| format!("{{\"n\":{n}}}")).collect();
        let puts = texts.iter().map(|text| {
            let expected = Expected::Version(version.clone());
            self.put("a", text, expected)
        });
        let ended = join_all(puts).await;
        let mut winners = ended.iter().zip(&texts).filter(|(ended, _)| ended.is_ok());
        let winner = winners.next().map(|(_, text)| text.as_str());
        same(promise, &winners.count(), &0)?;
        for lost in ended.iter().filter_map(|ended| ended.as_ref().err()) {
            same(promise, lost, &StoreError::Conflict)?;
        }
        self.holds(promise, "a", winner.unwrap_or("one of them"))
            .await?;
        self.remove(&["a"]).await
    }

    async fn merging(&self) -> Kept {
        let promise = "changes of several writers are all in the file";
        given(promise, self.put("a", "{}", Expected::Absent).await)?;
        let name = named("a");
        let writers = ["one", "two", "three"].map(|member| {
            let edit = Edit::Set(Path::keys(&[member]), Raw::from(true));
            let patch = move |file: &[u8]| {
                let body = Body::new(file.to_vec().into())?;
                Ok(apply(&body, std::slice::from_ref(&edit))?.to_bytes().into())
            };
            let name = &name;
            async move { rewrite(self.store, name, patch).await }
        });
        for written in join_all(writers).await {
            given(promise, written)?;
        }
        let stored = given(promise, self.load("a").await)?;
        let text = String::from_utf8_lossy(&stored.bytes).into_owned();
        for member in ["one", "two", "three"] {
            same(promise, &text.contains(member), &true)?;
        }
        self.remove(&["a"]).await
    }

    async fn deleting(&self) -> Kept {
        let promise = "deleting twice is deleting once";
        given(promise, self.put("a", "{}", Expected::Absent).await)?;
        self.remove(&["a"]).await?;
        refused(promise, self.load("a").await, StoreError::Missing)?;
        given(promise, self.store.delete(&named("a")).await)
    }

    async fn locking(&self) -> Kept {
        let (a, b) = (named("a"), named("b"));
        let promise = "a lock that nobody has is to be had at once";
        let first = given(promise, self.store.lock(&a, Duration::ZERO).await)?;
        same(promise, &first.reach, &Reach::Everyone)?;
        let promise = "a lock is held by one";
        let second = self.store.lock(&a, Duration::ZERO).await;
        refused(promise, second, StoreError::Busy)?;
        let promise = "every credential has a lock of its own";
        drop(given(promise, self.store.lock(&b, Duration::ZERO).await)?);
        let promise = "a lock that is given back goes to who waits for it";
        let wait = self.store.lock(&a, LONG);
        let give_back = async { drop(first) };
        let (waited, ()) = futures_util::future::join(wait, give_back).await;
        drop(given(promise, waited)?);
        // Locks may leave something behind.
        self.remove(&["a", "b"]).await
    }
}
