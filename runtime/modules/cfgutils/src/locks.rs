//! Locks that messages wait for; workers never do.
//!
//! A message that ends gives back what it holds, so that a script that forgets cannot stop the others.

use std::collections::{HashMap, VecDeque};
use std::future::Future;
use std::hash::{BuildHasher, RandomState};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Poll, Waker};

use parking_lot::Mutex;
use sipc_engine::log::Level;
use sipc_engine::setup::Setup;
use sipc_engine::{Context, Text};

/// As many messages may wait for one lock; more are refused.
const WAITING_MAX: usize = 10_000;

/// Static locks beyond this many are refused: their names can come from messages.
const STATIC_MAX: usize = 1 << 16;

/// All locks.
pub(crate) struct Locks {
    by_name: Mutex<HashMap<Text, Arc<Lock>>>,
    pool: Vec<Arc<Lock>>,
    hasher: RandomState,
}

impl Locks {
    /// Reads `lock_pool_size`.
    pub(crate) fn read(setup: &Setup) -> Result<Locks, String> {
        let size = setup.int("cfgutils", "lock_pool_size", 32);
        if size < 1 {
            return Err(format!("lock_pool_size must be at least 1, not {size}"));
        }
        let pool = (0..size).map(|_| Arc::default()).collect();
        Ok(Locks { by_name: Mutex::default(), pool, hasher: RandomState::new() })
    }

    fn named(&self, name: &Text) -> Option<Arc<Lock>> {
        let mut known = self.by_name.lock();
        if let Some(lock) = known.get(name) {
            return Some(lock.clone());
        }
        if known.len() >= STATIC_MAX {
            return None;
        }
        let lock = Arc::<Lock>::default();
        known.insert(Text::copy_from_slice(name), lock.clone());
        Some(lock)
    }

    fn pooled(&self, text: &Text) -> Option<Arc<Lock>> {
        let place = self.hasher.hash_one(text) % self.pool.len().max(1) as u64;
        self.pool.get(usize::try_from(place).ok()?).cloned()
    }
}

/// One lock.
#[derive(Default)]
pub(crate) struct Lock(Mutex<State>);

#[derive(Default)]
struct State {
    /// The ticket of who holds it.
    holder: Option<u64>,
    waiting: VecDeque<(u64, Waker)>,
    tickets: u64,
}

/// The right to a lock; dropping it hands the lock on.
struct Held {
    lock: Arc<Lock>,
    ticket: u64,
}

impl Drop for Held {
    fn drop(&mut self) {
        let mut state = self.lock.0.lock();
        state.waiting.retain(|(ticket, _)| *ticket != self.ticket);
        if state.holder == Some(self.ticket) {
            let next = state.waiting.pop_front();
            state.holder = next.as_ref().map(|(ticket, _)| *ticket);
            drop(state);
            if let Some((_, waker)) = next {
                waker.wake();
            }
        }
    }
}

/// Waits until a lock is held; `None` when too many wait.
struct Acquire(Option<Held>);

impl Acquire {
    fn new(lock: Arc<Lock>) -> Option<Acquire> {
        let mut state = lock.0.lock();
        if state.waiting.len() >= WAITING_MAX {
            return None;
        }
        state.tickets += 1;
        let ticket = state.tickets;
        state.holder.get_or_insert(ticket);
        drop(state);
        Some(Acquire(Some(Held { lock, ticket })))
    }
}

impl Future for Acquire {
    type Output = Option<Held>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut std::task::Context<'_>) -> Poll<Option<Held>> {
        let Some(held) = &self.0 else { return Poll::Ready(None) };
        let mut state = held.lock.0.lock();
        // free again, with no one waiting, since the ticket was drawn
        if *state.holder.get_or_insert(held.ticket) == held.ticket {
            drop(state);
            return Poll::Ready(self.0.take());
        }
        match state.waiting.iter_mut().find(|(ticket, _)| *ticket == held.ticket) {
            Some((_, waker)) => waker.clone_from(cx.waker()),
            None => state.waiting.push_back((held.ticket, cx.waker().clone())),
        }
        Poll::Pending
    }
}

/// What a message holds.
#[derive(Default)]
struct Holds(Vec<Held>);

/// Runs on what the message holds: on its own, or, once it has one, on that of its transaction.
fn holds<R>(cx: &mut Context, f: impl Fn(&mut Holds) -> Option<R>) -> Option<R> {
    if let Some(found) = cx.extensions.get_mut::<Holds>().and_then(&f) {
        return Some(found);
    }
    let transaction = cx.transaction.clone()?;
    let mut script = transaction.script.lock();
    script.extensions.get_mut::<Holds>().and_then(&f)
}

/// Whether two texts have the same lock in the pool.
pub fn strings_share_lock(cx: &mut Context, one: Text, other: Text) -> i32 {
    let locks = cx.worker.shared.clone();
    let Some(locks) = locks.state::<Locks>() else { return -1 };
    match (locks.pooled(&one), locks.pooled(&other)) {
        (Some(a), Some(b)) if Arc::ptr_eq(&a, &b) => 1,
        _ => -1,
    }
}

async fn get(cx: &mut Context, lock: Option<Arc<Lock>>, name: &Text) -> i32 {
    let Some(lock) = lock else { return -1 };
    let same = |held: &Held| Arc::ptr_eq(&held.lock, &lock);
    if holds(cx, |h| h.0.iter().any(same).then_some(())).is_some() {
        let name = String::from_utf8_lossy(name);
        cx.log(Level::Error, "cfgutils", format_args!("this message already holds the lock of {name}"));
        return -1;
    }
    let Some(acquire) = Acquire::new(lock) else { return -1 };
    let Some(held) = acquire.await else { return -1 };
    cx.extensions.get_or_default::<Holds>().0.push(held);
    1
}

/// As OpenSIPS: 1 also when it was not held.
fn release(cx: &mut Context, lock: Option<Arc<Lock>>) -> i32 {
    let Some(lock) = lock else { return -1 };
    let held = holds(cx, |h| {
        let at = h.0.iter().position(|held| Arc::ptr_eq(&held.lock, &lock))?;
        Some(h.0.remove(at))
    });
    drop(held);
    1
}

fn named(cx: &Context, name: &Text) -> Option<Arc<Lock>> {
    cx.shared().state::<Locks>()?.named(name)
}

fn pooled(cx: &Context, text: &Text) -> Option<Arc<Lock>> {
    cx.shared().state::<Locks>()?.pooled(text)
}

/// Waits until no other message holds the lock, and takes it.
pub async fn get_static_lock(cx: &mut Context, name: Text) -> i32 {
    let lock = named(cx, &name);
    get(cx, lock, &name).await
}

/// Gives the lock back.
pub fn release_static_lock(cx: &mut Context, name: Text) -> i32 {
    let lock = named(cx, &name);
    release(cx, lock)
}

/// Waits for the lock that a text has in the pool, and takes it.
pub async fn get_dynamic_lock(cx: &mut Context, text: Text) -> i32 {
    let lock = pooled(cx, &text);
    get(cx, lock, &text).await
}

/// Gives the lock of a text back.
pub fn release_dynamic_lock(cx: &mut Context, text: Text) -> i32 {
    let lock = pooled(cx, &text);
    release(cx, lock)
}
