//! How much memory request bodies take, all together.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

/// Bytes of request bodies that are held.
#[derive(Debug, Default)]
pub(crate) struct Buffered(AtomicUsize);

/// A part of them, until it is dropped.
#[derive(Debug)]
pub(crate) struct Reservation {
    buffered: Arc<Buffered>,
    held: usize,
}

/// There is no room for more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NoRoom;

impl Buffered {
    pub(crate) fn begin(self: &Arc<Self>) -> Reservation {
        Reservation {
            buffered: Arc::clone(self),
            held: 0,
        }
    }
}

impl Reservation {
    /// Makes room for so many bytes in all.
    pub(crate) fn grow_to(&mut self, bytes: usize, limit: usize) -> Result<(), NoRoom> {
        let more = bytes.saturating_sub(self.held);
        if more == 0 {
            return Ok(());
        }
        let before = self.buffered.0.fetch_add(more, Ordering::Relaxed);
        if before.saturating_add(more) > limit {
            self.buffered.0.fetch_sub(more, Ordering::Relaxed);
            return Err(NoRoom);
        }
        self.held += more;
        Ok(())
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        self.buffered.0.fetch_sub(self.held, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::{Buffered, NoRoom, Ordering};
    use std::sync::Arc;

    #[test]
    fn room_is_given_back() {
        let buffered = Arc::new(Buffered::default());
        let mut first = buffered.begin();
        assert_eq!(first.grow_to(6, 10), Ok(()));
        assert_eq!(first.grow_to(4, 10), Ok(()), "it has that already");
        let mut second = buffered.begin();
        assert_eq!(second.grow_to(5, 10), Err(NoRoom));
        assert_eq!(second.grow_to(4, 10), Ok(()));
        drop(second);
        assert_eq!(buffered.0.load(Ordering::Relaxed), 6);
        drop(first);
        assert_eq!(buffered.0.load(Ordering::Relaxed), 0);
    }
}
