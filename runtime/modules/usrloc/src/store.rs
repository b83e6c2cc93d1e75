//! The table of contacts, in shards by user. A lock is held for one look-up or change.

use std::collections::HashMap;
use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use bytes::Bytes;
use parking_lot::Mutex;

use crate::changes::Watch;
use crate::{Contact, Parameters};

/// Shards; a power of two, many more than workers.
const SHARDS: usize = 256;

/// How a contact of a REGISTER is found among those stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Matching {
    /// By URI.
    Uri,
    /// By URI and Call-ID.
    UriAndCallId,
}

/// The contacts of one user, best first.
#[derive(Debug, Clone, Default)]
pub struct Record {
    /// In the order of q; among equals, of registration.
    pub contacts: Vec<Contact>,
    /// What scripts keep with the user.
    pub(crate) keys: Vec<(Bytes, Bytes)>,
}

impl Record {
    /// The index of a stored contact.
    pub fn find(&self, uri: &[u8], call_id: &[u8], matching: Matching) -> Option<usize> {
        self.contacts.iter().position(|c| c.uri == uri && (matching == Matching::Uri || c.call_id == call_id))
    }

    /// Inserts by q.
    pub fn insert(&mut self, contact: Contact, newest_first: bool) {
        let q = rank(contact.q);
        let better = |c: &Contact| if newest_first { rank(c.q) > q } else { rank(c.q) >= q };
        let at = self.contacts.iter().position(|c| !better(c)).unwrap_or(self.contacts.len());
        // most users have one: room for four, as vectors begin, would be most of what there is
        self.contacts.reserve_exact(1);
        self.contacts.insert(at, contact);
    }

    /// How many have not expired.
    pub fn valid(&self, now: u64) -> usize {
        self.contacts.iter().filter(|c| c.is_valid(now)).count()
    }
}

/// An unspecified q ranks below all others, as in OpenSIPS.
fn rank(q: Option<u16>) -> i32 {
    q.map_or(-1, i32::from)
}

/// By table, which are few, and by address of record.
type Tables = HashMap<Bytes, HashMap<Bytes, Record>>;

/// All tables.
pub struct Locations {
    shards: Vec<Mutex<Tables>>,
    /// Always the same, so that what is done shard by shard (pings) can be told beforehand. The maps within have keys of
    /// their own: who chooses names for one shard makes one lock busier and nothing slower.
    hasher: BuildHasherDefault<DefaultHasher>,
    next_id: AtomicU64,
    /// How many contacts there are; a bit off while shards change, which a bound can bear.
    contacts: AtomicUsize,
    /// The module's parameters.
    pub parameters: Parameters,
    /// Who is told of changes.
    pub(crate) watch: Watch,
}

impl Locations {
    /// An empty store.
    pub fn new(parameters: Parameters) -> Locations {
        Locations {
            shards: (0..SHARDS).map(|_| Mutex::default()).collect(),
            hasher: BuildHasherDefault::default(),
            next_id: AtomicU64::new(1),
            contacts: AtomicUsize::new(0),
            parameters,
            watch: Watch::default(),
        }
    }

    fn shard(&self, aor: &[u8]) -> &Mutex<Tables> {
        &self.shards[self.hasher.hash_one(aor) as usize % SHARDS]
    }

    /// A number for a new contact.
    pub fn new_id(&self) -> u64 {
        self.next_id.fetch_add(1, Ordering::Relaxed)
    }

    /// Looks at a user's contacts.
    pub fn read<R>(&self, table: &Bytes, aor: &Bytes, f: impl FnOnce(Option<&Record>) -> R) -> R {
        f(self.shard(aor).lock().get(table).and_then(|users| users.get(aor)))
    }

    /// How many contacts are stored, those that expired since the last sweep included.
    pub fn contacts(&self) -> usize {
        self.contacts.load(Ordering::Relaxed)
    }

    /// Whether the bound `max_locations` is reached: no contact is to be added, those there may be refreshed.
    pub fn is_full(&self) -> bool {
        self.contacts() >= self.parameters.max_locations
    }

    /// Notes that a record went from so many contacts to so many.
    fn count(&self, before: usize, after: usize) {
        self.contacts.fetch_add(after, Ordering::Relaxed);
        self.contacts.fetch_sub(before, Ordering::Relaxed);
    }

    /// Changes a user's contacts; a user without contacts is forgotten.
    pub fn change<R>(&self, table: &Bytes, aor: &Bytes, f: impl FnOnce(&mut Record) -> R) -> R {
        let listening = self.watch.listening();
        let mut shard = self.shard(aor).lock();
        let record = record_of(&mut shard, table, aor);
        let old = listening.as_ref().map(|_| record.contacts.clone());
        let before = record.contacts.len();
        let result = f(record);
        self.count(before, record.contacts.len());
        let change = listening.zip(old).map(|(shared, old)| (shared, old, record.contacts.clone()));
        if record.contacts.is_empty() {
            forget(&mut shard, table, aor);
        }
        drop(shard);
        if let Some((shared, old, new)) = change {
            self.watch.tell(&shared, (table, aor), &old, &new);
        }
        result
    }

    /// Forgets a user; says whether there was one.
    pub fn remove(&self, table: &Bytes, aor: &Bytes) -> bool {
        let removed = forget(&mut self.shard(aor).lock(), table, aor);
        self.count(removed.as_ref().map_or(0, |r| r.contacts.len()), 0);
        if let Some((record, shared)) = removed.as_ref().zip(self.watch.listening()) {
            self.watch.tell(&shared, (table, aor), &record.contacts, &[]);
        }
        removed.is_some()
    }

    /// Removes contacts of all users of a table.
    pub fn remove_contacts(&self, table: &Bytes, matches: impl Fn(&Contact) -> bool) {
        self.retain(|t, c| t != table || !matches(c));
    }

    /// Keeps the contacts for which `stays` holds, a shard at a time.
    fn retain(&self, stays: impl Fn(&Bytes, &Contact) -> bool) {
        let listening = self.watch.listening();
        for shard in &self.shards {
            let mut changes = Vec::new();
            shard.lock().retain(|table, users| {
                users.retain(|aor, record| {
                    let old = listening.is_some().then(|| record.contacts.clone());
                    let before = record.contacts.len();
                    record.contacts.retain(|c| stays(table, c));
                    self.count(before, record.contacts.len());
                    if let Some(old) = old.filter(|_| record.contacts.len() < before) {
                        changes.push(((table.clone(), aor.clone()), old, record.contacts.clone()));
                    }
                    !record.contacts.is_empty()
                });
                !users.is_empty()
            });
            for (((table, aor), old, new), shared) in changes.iter().zip(std::iter::repeat(&listening)) {
                if let Some(shared) = shared {
                    self.watch.tell(shared, (table, aor), old, new);
                }
            }
        }
    }

    /// How many users have contacts.
    pub fn users(&self) -> usize {
        self.shards.iter().map(|s| s.lock().values().map(HashMap::len).sum::<usize>()).sum()
    }

    /// Removes contacts that have expired.
    pub fn sweep(&self, now: u64) {
        self.retain(|_, c| c.is_valid(now));
    }

    /// How many shards there are.
    pub fn shards(&self) -> usize {
        self.shards.len()
    }

    /// Calls `f` with each table, user and record of a shard.
    pub fn each_in(&self, shard: usize, mut f: impl FnMut(&Bytes, &Bytes, &Record)) {
        if let Some(shard) = self.shards.get(shard) {
            for (table, users) in shard.lock().iter() {
                users.iter().for_each(|(aor, record)| f(table, aor, record));
            }
        }
    }

    /// Calls `f` with each table, user and record, a shard at a time.
    pub fn each(&self, mut f: impl FnMut(&Bytes, &Bytes, &Record)) {
        (0..self.shards()).for_each(|shard| self.each_in(shard, &mut f));
    }
}

/// A user's record, a new one if there is none.
fn record_of<'a>(tables: &'a mut Tables, table: &Bytes, aor: &Bytes) -> &'a mut Record {
    let known = tables.contains_key(table);
    let users = tables.entry(name(table, known)).or_default();
    let known = users.contains_key(aor);
    users.entry(name(aor, known)).or_default()
}

/// A name for the table, which keeps it when it does not know it: a copy, for others may be a part of a message, all of which
/// they would keep.
fn name(text: &Bytes, known: bool) -> Bytes {
    if known { text.clone() } else { Bytes::copy_from_slice(text) }
}

fn forget(tables: &mut Tables, table: &[u8], aor: &[u8]) -> Option<Record> {
    let users = tables.get_mut(table)?;
    let record = users.remove(aor);
    if users.is_empty() {
        tables.remove(table);
    }
    record
}

#[cfg(test)]
mod tests {
    use super::*;
    use sipc_engine::network::SocketId;

    fn contact(uri: &'static str, q: Option<u16>) -> Contact {
        Contact {
            id: 0,
            uri: Bytes::from_static(uri.as_bytes()),
            q,
            expires: 100,
            received: None,
            path: None,
            call_id: Bytes::new(),
            cseq: 1,
            flags: 0,
            branch_flags: 0,
            user_agent: Bytes::new(),
            socket: SocketId(0),
            methods: u16::MAX,
            instance: None,
            attr: None,
            modified: 0,
            latency_us: 0,
        }
    }

    fn order(newest_first: bool) -> Vec<&'static str> {
        let mut r = Record::default();
        for (uri, q) in [("a", None), ("b", Some(500)), ("c", Some(900)), ("d", Some(500)), ("e", None)] {
            r.insert(contact(uri, q), newest_first);
        }
        let name = |c: &Contact| match &c.uri[..] {
            b"a" => "a",
            b"b" => "b",
            b"c" => "c",
            b"d" => "d",
            _ => "e",
        };
        r.contacts.iter().map(name).collect()
    }

    #[test]
    fn contacts_are_ordered_by_q_and_then_by_time() {
        assert_eq!(order(false), ["c", "b", "d", "a", "e"]);
        assert_eq!(order(true), ["c", "d", "b", "e", "a"]);
    }
}
