//! How many requests of each client key run.

use cliproxy_core::KeyDigest;
use parking_lot::Mutex;
use rustc_hash::FxHashMap;
use std::{num::NonZeroUsize, sync::Arc};

/// Counts the running requests of keys that have a limit.
#[derive(Debug, Default)]
pub(crate) struct Running(Mutex<FxHashMap<KeyDigest, usize>>);

/// One running request, until it is dropped.
#[derive(Debug)]
pub(crate) struct Slot {
    running: Arc<Running>,
    key: KeyDigest,
}

impl Running {
    /// Room for one more request; `None` if there is none.
    pub(crate) fn begin(self: &Arc<Self>, key: KeyDigest, limit: NonZeroUsize) -> Option<Slot> {
        let mut running = self.0.lock();
        let count = running.entry(key).or_default();
        if *count >= limit.get() {
            return None;
        }
        *count += 1;
        Some(Slot {
            running: Arc::clone(self),
            key,
        })
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        let mut running = self.running.0.lock();
        if let Some(count) = running.get_mut(&self.key) {
            *count -= 1;
            // A key without a request takes no room.
            if *count == 0 {
                running.remove(&self.key);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Running;
    use cliproxy_core::KeyDigest;
    use std::{num::NonZeroUsize, sync::Arc};

    #[test]
    fn each_key_has_its_own_room() {
        let running = Arc::new(Running::default());
        let (anna, ben) = (KeyDigest::new([1; 32]), KeyDigest::new([2; 32]));
        let two = NonZeroUsize::new(2).unwrap();
        let held = [(); 2].map(|()| running.begin(anna, two));
        assert!(held.iter().all(Option::is_some));
        assert!(running.begin(anna, two).is_none());
        assert!(running.begin(ben, two).is_some());
        drop(held);
        assert!(running.begin(anna, two).is_some());
        assert!(running.0.lock().is_empty(), "nothing is left behind");
    }
}
