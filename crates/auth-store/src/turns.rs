//! Whose turn it is within this process.

use crate::{FileName, StoreError};
use parking_lot::Mutex;
use std::{
    collections::HashMap,
    sync::{Arc, Weak},
    time::Duration,
};
use tokio::{
    sync::{Mutex as Turn, OwnedMutexGuard},
    time::timeout,
};

/// One turn per name, kept as long as somebody has it or waits for it.
#[derive(Debug, Default)]
pub(crate) struct Turns(Mutex<HashMap<FileName, Weak<Turn<()>>>>);

impl Turns {
    /// Waits for the turn; whoever came first has it first.
    pub(crate) async fn take(
        &self,
        name: &FileName,
        patience: Duration,
    ) -> Result<OwnedMutexGuard<()>, StoreError> {
        let turn = self.of(name);
        // Without patience a free one is taken all the same.
        if let Ok(free) = Arc::clone(&turn).try_lock_owned() {
            return Ok(free);
        }
        let turn = timeout(patience, turn.lock_owned()).await;
        turn.map_err(|_| StoreError::Busy)
    }

    fn of(&self, name: &FileName) -> Arc<Turn<()>> {
        let mut turns = self.0.lock();
        if let Some(turn) = turns.get(name).and_then(Weak::upgrade) {
            return turn;
        }
        turns.retain(|_, turn| turn.strong_count() > 0);
        let turn = Arc::new(Turn::new(()));
        turns.insert(name.clone(), Arc::downgrade(&turn));
        turn
    }
}

#[cfg(test)]
mod tests {
    use super::Turns;
    use crate::{FileName, StoreError};
    use std::time::Duration;

    #[tokio::test]
    async fn a_turn_lasts_as_long_as_somebody_has_it_and_no_longer() {
        let turns = Turns::default();
        let take = async |stem: &str| turns.take(&FileName::sanitised(stem), Duration::ZERO).await;
        let held = take("a").await.unwrap();
        for other in 0..100 {
            take(&other.to_string()).await.unwrap();
        }
        assert!(turns.0.lock().len() <= 2, "what is over is forgotten");
        assert_eq!(take("a").await.err(), Some(StoreError::Busy));
        drop(held);
        take("a").await.unwrap();
    }
}
