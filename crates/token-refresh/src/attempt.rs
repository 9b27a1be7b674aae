//! One attempt: what happens in which order, under the lock of the vault.
//!
//! 1. Read anew what is kept. Tokens that somebody else has written are taken, and if they are good
//!    nobody is asked.
//! 2. Tokens that are in use and could not be written are written first.
//! 3. Write down that the refresh token is about to be used, ask, write what was granted, put it
//!    to use, take back what was written down. A request never uses what a crash would lose,
//!    unless it cannot be written, which is reported.

use crate::{
    Committed, Fingerprint, Grant, RefreshError, Vault, VaultDoor, VaultError,
    record::{Ended, Found},
    registry::Held,
    turn::Turn,
};
use std::time::Duration;

/// How long another process is waited for, whatever the vault itself would do: as long as a request waits.
const LOCK_PATIENCE: Duration = Duration::from_secs(35);

/// A token that is still good this long need not be replaced by one that may not be written.
const GOOD_FOR: Duration = Duration::from_secs(60);

/// How often somebody else's tokens are taken up within one attempt.
const ROUNDS: usize = 3;

/// Whether an attempt is over.
type Step = Result<Ended, Again>;

/// Somebody else has written meanwhile: look again.
struct Again;

impl From<VaultError> for Ended {
    fn from(error: VaultError) -> Self {
        match error {
            VaultError::Gone => Self::Gone,
            error => Self::Storage(error),
        }
    }
}

/// Makes one attempt, to its end.
pub(crate) async fn run(turn: Turn) {
    let ended = attempt(&turn).await;
    turn.end(ended);
}

async fn attempt(turn: &Turn) -> Ended {
    let Some(held) = turn.held() else {
        return Ended::Gone;
    };
    let mut vault = match open(turn, &*held.vault, held.closing).await {
        Ok(vault) => vault,
        Err(ended) => return ended,
    };
    let began_with = held.current.tokens.mark();
    for _ in 0..ROUNDS {
        if let Ok(ended) = round(turn, &mut *vault, began_with).await {
            return ended;
        }
    }
    Ended::Storage(VaultError::Busy)
}

async fn open(turn: &Turn, door: &dyn VaultDoor, closing: bool) -> Result<Box<dyn Vault>, Ended> {
    tokio::select! {
        biased;
        vault = door.open() => vault.map_err(Ended::from),
        ended = turn.too_long(LOCK_PATIENCE, closing) => Err(ended),
    }
}

async fn round(turn: &Turn, vault: &mut dyn Vault, began_with: Fingerprint) -> Step {
    let disk = match vault.tokens().await {
        Ok(tokens) => tokens,
        Err(error) => return Ok(error.into()),
    };
    let Some(found) = turn.found(&disk) else {
        return Ok(Ended::Gone);
    };
    let Some(held) = turn.held() else {
        return Ok(Ended::Gone);
    };
    let expired = held.current.is_expired(turn.now());
    let mut written = None;
    if let Some((grant, used)) = &held.unwritten {
        let ended = match vault.commit(grant).await {
            Ok(Committed::Written) => {
                turn.written();
                vault.settle(*used).await;
                Ended::Written
            }
            Ok(Committed::Superseded) => return Err(Again),
            Err(VaultError::Gone) => return Ok(Ended::Gone),
            Err(error) => Ended::Unwritten(error),
        };
        let wrote = matches!(ended, Ended::Written);
        if !held.may_ask || !(expired || wrote && held.rejected) {
            return Ok(ended);
        }
        written = Some(wrote);
    } else if held.current.tokens.mark() != began_with && !expired {
        return Ok(Ended::Adopted);
    } else if !held.may_ask {
        return Ok(Ended::Blocked);
    }
    // What is on disk lacks what was granted and not written.
    let in_full = found == Found::Replaced && written != Some(true);
    rotate(turn, vault, &held, in_full).await
}

async fn rotate(turn: &Turn, vault: &mut dyn Vault, held: &Held, in_full: bool) -> Step {
    let Some(token) = held.current.tokens.fingerprint() else {
        return Ok(Ended::Blocked);
    };
    if held.by_hand
        && let Err(error) = vault.may_commit()
    {
        return Ok(Ended::Storage(error));
    }
    let mut doubted = held.doubted;
    match vault.begin(token).await {
        Ok(false) => {}
        Ok(true) => {
            turn.doubts(token);
            doubted = true;
        }
        Err(VaultError::Gone) => return Ok(Ended::Gone),
        // Who asks by hand may be gone a moment later, and with it what only memory has.
        Err(error) if held.by_hand => return Ok(Ended::Storage(error)),
        Err(error) if !held.rejected && !held.current.is_expired(turn.now() + GOOD_FOR) => {
            return Ok(Ended::Storage(error));
        }
        // What cannot be written down may be lost; without it, nothing works any more.
        Err(_) => {}
    }
    match turn.ask(held, doubted).await {
        (Ok(grant), _) => keep(turn, vault, held, in_full, grant).await,
        (Err(error), doubted) => refused(turn, vault, held, error, doubted).await,
    }
}

/// Writes what was granted, and puts it to use.
async fn keep(
    turn: &Turn,
    vault: &mut dyn Vault,
    held: &Held,
    in_full: bool,
    grant: Grant,
) -> Step {
    let base = &held.current.tokens;
    let Some(used) = base.fingerprint() else {
        return Ok(Ended::Blocked);
    };
    let tokens = grant.over(base);
    let grant = if in_full {
        grant.in_full(&tokens)
    } else {
        grant
    };
    match vault.commit(&grant).await {
        Ok(Committed::Written) => {
            let granted = turn.granted(tokens);
            vault.settle(used).await;
            Ok(match granted {
                Some(changed) => Ended::Granted { changed },
                None => Ended::Gone,
            })
        }
        Ok(Committed::Superseded) => {
            vault.settle(used).await;
            Err(Again)
        }
        Err(VaultError::Gone) => {
            vault.settle(used).await;
            Ok(Ended::Gone)
        }
        // The old refresh token is used up: better these from memory than none. What was written
        // down stays, since a crash would lose them.
        Err(error) => {
            let at_risk = turn.at_risk(tokens, (base.mark(), used), (grant, &error));
            Ok(if at_risk {
                Ended::AtRisk
            } else {
                Ended::Adopted
            })
        }
    }
}

/// Looks whether somebody else was faster, before a refusal counts.
async fn refused(
    turn: &Turn,
    vault: &mut dyn Vault,
    held: &Held,
    error: RefreshError,
    doubted: bool,
) -> Step {
    let Some(token) = held.current.tokens.fingerprint() else {
        return Ok(Ended::Blocked);
    };
    let permanent = matches!(error, RefreshError::Permanent { .. });
    if permanent
        && let Ok(disk) = vault.tokens().await
        && disk.refresh != held.current.tokens.refresh
        && turn.found(&disk) == Some(Found::Foreign)
    {
        vault.settle(token).await;
        return Err(Again);
    }
    // After silence, only a grant or a refusal of the token itself tells what became of it; and until
    // such a refusal is written down in its place, a crash must not make a plain one of it.
    if !doubted {
        vault.settle(token).await;
    }
    Ok(Ended::Refused {
        token,
        setup: held.setup,
        error,
        doubted,
    })
}
