//! Waiting for futures on threads that may wait: those of the start and of management commands; and promises, which
//! one thread keeps and another waits for.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::Thread;

use parking_lot::Mutex;

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// Waits until a future is ready. Never on a worker.
pub fn wait_for<F: Future>(future: F) -> F::Output {
    let waker = Waker::from(Arc::new(Unpark(std::thread::current())));
    let mut future = pin!(future);
    loop {
        match future.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(result) => return result,
            Poll::Pending => std::thread::park(),
        }
    }
}

/// Keeps a promise, once; clones keep the same one.
pub struct Keeper<T>(Arc<Kept<T>>);

/// What was promised; `None` when all keepers are gone and none has kept it.
pub struct Promised<T>(Arc<Mutex<State<T>>>);

struct Kept<T>(Arc<Mutex<State<T>>>);

struct State<T> {
    value: Option<T>,
    over: bool,
    waits: Option<Waker>,
}

/// A promise.
pub fn promise<T>() -> (Keeper<T>, Promised<T>) {
    let state = Arc::new(Mutex::new(State { value: None, over: false, waits: None }));
    (Keeper(Arc::new(Kept(state.clone()))), Promised(state))
}

impl<T> Clone for Keeper<T> {
    fn clone(&self) -> Keeper<T> {
        Keeper(self.0.clone())
    }
}

impl<T> Keeper<T> {
    /// Keeps it; what is given later does not count.
    pub fn keep(&self, value: T) {
        self.0.end(Some(value));
    }
}

impl<T> Kept<T> {
    fn end(&self, value: Option<T>) {
        let waits = {
            let mut state = self.0.lock();
            if state.over {
                return;
            }
            (state.value, state.over) = (value, true);
            state.waits.take()
        };
        if let Some(waker) = waits {
            waker.wake();
        }
    }
}

impl<T> Drop for Kept<T> {
    fn drop(&mut self) {
        self.end(None);
    }
}

impl<T> Future for Promised<T> {
    type Output = Option<T>;

    fn poll(self: std::pin::Pin<&mut Self>, task: &mut Context<'_>) -> Poll<Option<T>> {
        let mut state = self.0.lock();
        if state.over {
            return Poll::Ready(state.value.take());
        }
        state.waits = Some(task.waker().clone());
        Poll::Pending
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn promises_are_kept_once_or_not_at_all() {
        let (keeper, promised) = promise();
        let other = keeper.clone();
        std::thread::spawn(move || {
            drop(keeper);
            other.keep(1);
            other.keep(2);
        });
        assert_eq!(wait_for(promised), Some(1));
        let (keeper, promised) = promise::<u8>();
        std::thread::spawn(move || drop(keeper));
        assert_eq!(wait_for(promised), None);
    }

    #[test]
    fn waiting_on_a_thread_of_its_own() {
        let mut polls = 0;
        let future = std::future::poll_fn(move |task| {
            polls += 1;
            if polls == 1 {
                let waker = task.waker().clone();
                std::thread::spawn(move || waker.wake());
                return Poll::Pending;
            }
            Poll::Ready(polls)
        });
        assert_eq!(wait_for(future), 2);
    }
}
