//! A clock that jumps: tasks wait on it, and it is always the time of the next that is due.

use std::{
    cell::{Cell, RefCell},
    cmp::Reverse,
    collections::BinaryHeap,
    future::{Future, poll_fn},
    mem,
    pin::Pin,
    task::{Context, Poll, Waker},
    time::{Duration, Instant},
};

type Task = Pin<Box<dyn Future<Output = ()>>>;

/// Runs tasks on one thread, in the order of the times they wait for; those of one moment in the
/// order in which they began to wait. So a run has one possible course.
pub(super) struct Clock {
    start: Instant,
    now: Cell<Instant>,
    due: RefCell<BinaryHeap<Reverse<(Instant, u64, usize)>>>,
    /// How often anybody has waited: what orders those of one moment.
    waits: Cell<u64>,
    running: Cell<usize>,
    tasks: RefCell<Vec<Option<Task>>>,
    free: RefCell<Vec<usize>>,
}

impl Clock {
    pub(super) fn new() -> Self {
        let start = Instant::now();
        Self {
            start,
            now: Cell::new(start),
            due: RefCell::default(),
            waits: Cell::new(0),
            running: Cell::new(0),
            tasks: RefCell::default(),
            free: RefCell::default(),
        }
    }

    pub(super) const fn now(&self) -> Instant {
        self.now.get()
    }

    /// How long it has been running.
    pub(super) fn elapsed(&self) -> Duration {
        self.now() - self.start
    }

    pub(super) fn spawn(&self, task: impl Future<Output = ()> + 'static) {
        let task: Option<Task> = Some(Box::pin(task));
        let free = self.free.borrow_mut().pop();
        let mut tasks = self.tasks.borrow_mut();
        let number = match free {
            Some(number) => {
                tasks[number] = task;
                number
            }
            None => {
                tasks.push(task);
                tasks.len() - 1
            }
        };
        self.wake(number, self.now());
    }

    pub(super) async fn sleep(&self, time: Duration) {
        let until = self.now() + time;
        let mut waits = false;
        poll_fn(|_| {
            if mem::replace(&mut waits, true) {
                return Poll::Ready(());
            }
            self.wake(self.running.get(), until);
            Poll::Pending
        })
        .await;
    }

    /// Runs until no task is left.
    pub(super) fn run(&self) {
        let mut context = Context::from_waker(Waker::noop());
        loop {
            let next = self.due.borrow_mut().pop();
            let Some(Reverse((at, _, number))) = next else {
                return;
            };
            self.now.set(at);
            self.running.set(number);
            // Taken out, because a task may spawn others.
            let Some(mut task) = self.tasks.borrow_mut()[number].take() else {
                continue;
            };
            if task.as_mut().poll(&mut context).is_pending() {
                self.tasks.borrow_mut()[number] = Some(task);
            } else {
                self.free.borrow_mut().push(number);
            }
        }
    }

    fn wake(&self, task: usize, at: Instant) {
        let number = self.waits.replace(self.waits.get() + 1);
        self.due.borrow_mut().push(Reverse((at, number, task)));
    }
}
