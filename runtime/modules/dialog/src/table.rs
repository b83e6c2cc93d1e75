//! All calls of the process, in shards by Call-ID, with an index of what is due.

use std::collections::{BTreeSet, HashMap};
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use parking_lot::Mutex;
use sipc_engine::dialogs::DialogId;
use sipc_transaction::Time;
use smallvec::SmallVec;

use crate::call::Call;

/// Shards; a power of two, many more than workers.
const SHARDS: usize = 256;

/// The calls. No lock of a call is taken while one of a shard is held.
pub struct Table {
    shards: Vec<Mutex<Shard>>,
    hasher: RandomState,
    count: AtomicUsize,
    /// Most calls at a time.
    max: usize,
}

#[derive(Default)]
struct Shard {
    by_number: HashMap<u32, Slot>,
    by_call_id: HashMap<u64, SmallVec<[u32; 1]>>,
    due: BTreeSet<(Time, u32)>,
}

struct Slot {
    call: Arc<Call>,
    due: Option<Time>,
}

impl Table {
    /// An empty table.
    pub fn new(max: usize) -> Table {
        Table {
            shards: (0..SHARDS).map(|_| Mutex::default()).collect(),
            hasher: RandomState::new(),
            count: AtomicUsize::new(0),
            max,
        }
    }

    fn hash(&self, call_id: &[u8]) -> u64 {
        self.hasher.hash_one(call_id)
    }

    fn shard(&self, id: DialogId) -> Option<&Mutex<Shard>> {
        self.shards.get(id.entry as usize)
    }

    /// Adds what `make` makes for a new name; `None` when there are too many.
    pub fn insert(
        &self,
        call_id: &[u8],
        mut random: impl FnMut() -> u64,
        make: impl FnOnce(DialogId) -> Arc<Call>,
    ) -> Option<Arc<Call>> {
        if self.count.fetch_add(1, Ordering::Relaxed) >= self.max {
            self.count.fetch_sub(1, Ordering::Relaxed);
            return None;
        }
        let hash = self.hash(call_id);
        let entry = entry_of(call_id);
        let mut shard = self.shards[entry as usize].lock();
        let mut number = random() as u32;
        while shard.by_number.contains_key(&number) {
            number = random() as u32;
        }
        let call = make(DialogId { entry, number });
        shard.by_number.insert(number, Slot { call: call.clone(), due: None });
        shard.by_call_id.entry(hash).or_default().push(number);
        Some(call)
    }

    /// Forgets a call.
    pub fn remove(&self, call: &Call) {
        let Some(shard) = self.shard(call.id) else { return };
        let mut shard = shard.lock();
        let Some(slot) = shard.by_number.remove(&call.id.number) else { return };
        if let Some(due) = slot.due {
            shard.due.remove(&(due, call.id.number));
        }
        let hash = self.hash(&call.call_id);
        if let Some(list) = shard.by_call_id.get_mut(&hash) {
            list.retain(|n| *n != call.id.number);
            if list.is_empty() {
                shard.by_call_id.remove(&hash);
            }
        }
        self.count.fetch_sub(1, Ordering::Relaxed);
        drop(shard);
        drop(slot);
    }

    /// Says when something of a call is due next.
    pub fn schedule(&self, id: DialogId, at: Option<Time>) {
        let Some(shard) = self.shard(id) else { return };
        let mut shard = shard.lock();
        let Some(slot) = shard.by_number.get_mut(&id.number) else { return };
        let before = std::mem::replace(&mut slot.due, at);
        if let Some(before) = before {
            shard.due.remove(&(before, id.number));
        }
        if let Some(at) = at {
            shard.due.insert((at, id.number));
        }
    }

    /// Takes out the calls of which something is due.
    pub fn due(&self, now: Time) -> Vec<Arc<Call>> {
        let mut calls = Vec::new();
        for shard in &self.shards {
            let mut shard = shard.lock();
            while let Some((at, number)) = shard.due.first().copied()
                && at <= now
            {
                shard.due.remove(&(at, number));
                if let Some(slot) = shard.by_number.get_mut(&number) {
                    slot.due = None;
                    calls.push(slot.call.clone());
                }
            }
        }
        calls
    }

    /// By name.
    pub fn by_id(&self, id: DialogId) -> Option<Arc<Call>> {
        self.shard(id)?.lock().by_number.get(&id.number).map(|s| s.call.clone())
    }

    /// The calls with a Call-ID, the oldest first.
    pub fn by_call_id(&self, call_id: &[u8]) -> Vec<Arc<Call>> {
        let hash = self.hash(call_id);
        let shard = self.shards[entry_of(call_id) as usize].lock();
        let numbers = shard.by_call_id.get(&hash).map(SmallVec::as_slice).unwrap_or_default();
        let calls = numbers.iter().filter_map(|n| shard.by_number.get(n)).map(|s| s.call.clone());
        calls.filter(|c| c.call_id == call_id).collect()
    }

    /// All of them.
    pub fn all(&self) -> Vec<Arc<Call>> {
        let of = |shard: &Mutex<Shard>| {
            let shard = shard.lock();
            let mut numbers: Vec<(u32, Arc<Call>)> =
                shard.by_number.iter().map(|(n, slot)| (*n, slot.call.clone())).collect();
            numbers.sort_by_key(|(n, _)| *n);
            numbers.into_iter().map(|(_, call)| call).collect::<Vec<_>>()
        };
        self.shards.iter().flat_map(of).collect()
    }
}

/// The shard of a Call-ID: its number is part of names that others see, so it tells nothing of the hasher.
fn entry_of(call_id: &[u8]) -> u32 {
    let mixed = call_id.iter().fold(0x811c_9dc5_u32, |h, b| (h ^ u32::from(*b)).wrapping_mul(0x0100_0193));
    (mixed ^ (mixed >> 16)) % SHARDS as u32
}
