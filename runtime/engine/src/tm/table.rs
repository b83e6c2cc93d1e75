//! The table of transactions, in shards by Call-ID and CSeq number: a request, its retransmissions, its
//! CANCEL and its ACK all fall into one shard, and so do replies, whose branch names the shard.
//!
//! The number of a transaction carries the hash of its call, so one map finds it by either, and its entries are small:
//! with many calls each look at memory costs more than all that is done with what is found there.

use std::hash::BuildHasher;
use std::sync::Arc;

use foldhash::quality::RandomState;
use hashbrown::HashTable;
use parking_lot::Mutex;
use sipc_sip::{HeaderKind, Message, Method};
use smallvec::SmallVec;

use crate::overload::Overload;
use crate::send::hex_digit;

use super::{TmSettings, TmStatistics, Transaction};

/// Shards; a power of two, many more than workers.
const SHARDS: usize = 256;
/// Transactions that each shard has room for from the start: none of the first calls waits for memory.
const SHARD_MIN: usize = 14;
/// Transactions of one call and CSeq number. Each request of theirs is compared with all of them: a sender that makes
/// more, each with a branch of its own, would have every one of its messages cost more than the one before.
const OF_CALL_MAX: usize = 512;
/// What RFC 3261 branches begin with.
const COOKIE: &[u8] = b"z9hG4bK";

/// All transactions of the process.
pub struct Table {
    shards: Vec<Mutex<Shard>>,
    hasher: RandomState,
    /// What module `tm` was told.
    pub settings: TmSettings,
    /// Counters.
    pub statistics: TmStatistics,
    /// What neighbours want to be spared, and what is asked of them.
    pub overload: Overload,
}

/// The call and the shard in a number; the rest tells transactions of one call apart.
const OF_CALL: u64 = 0xffff_ffff_0000_00ff;

/// Transactions by their numbers, which are found by their bits of [`OF_CALL`].
struct Shard(HashTable<(u64, Arc<Transaction>)>);

/// The hash of a number is what it has of the hash of its call, twice: the map looks at both ends.
fn spread(id: u64) -> u64 {
    let call = id >> 32;
    call | call << 32
}

/// What a request belongs to.
pub enum Found {
    /// The transaction it created before: a retransmission, or the ACK of a negative final reply.
    Own(Arc<Transaction>),
    /// The INVITE transaction whose 2xx an ACK acknowledges.
    EndToEndAck(Arc<Transaction>),
    /// None.
    Nothing,
}

/// Why a transaction is not added.
pub(super) enum Refused {
    /// The request has one.
    Known(Arc<Transaction>),
    /// Its call has too many.
    TooMany,
}

impl Table {
    /// An empty table.
    pub fn new(settings: TmSettings, statistics: TmStatistics) -> Table {
        Table {
            shards: (0..SHARDS).map(|_| Mutex::new(Shard(HashTable::with_capacity(SHARD_MIN)))).collect(),
            hasher: RandomState::default(),
            overload: Overload::new(settings.overload_control),
            settings,
            statistics,
        }
    }

    /// The key of a request; `None` when Call-ID or CSeq is missing or broken.
    pub fn key(&self, message: &Message) -> Option<u64> {
        let call_id = message.call_id()?;
        let cseq = message.cseq()?.ok()?;
        Some(self.hasher.hash_one((call_id, cseq.number_text)))
    }

    fn shard(&self, key: u64) -> &Mutex<Shard> {
        &self.shards[key as usize % SHARDS]
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.shards.iter().map(|s| s.lock().0.len()).sum()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.shards.iter().all(|s| s.lock().0.is_empty())
    }

    /// How many requests are in flight.
    pub fn active(&self) -> usize {
        self.shards.iter().map(|s| s.lock().0.iter().filter(|(_, t)| t.is_active()).count()).sum()
    }

    /// How many each shard has, for `tm:hash`.
    pub fn sizes(&self) -> Vec<usize> {
        self.shards.iter().map(|s| s.lock().0.len()).collect()
    }

    /// Whether new transactions are refused.
    pub fn is_full(&self) -> bool {
        usize::try_from(self.statistics.in_use.get()).is_ok_and(|n| n >= self.settings.transactions_max)
    }

    /// Whether even requests within dialogs are refused: they may take an eighth more than others. Anybody can write a
    /// To tag, so that has a bound too.
    pub fn is_overfull(&self) -> bool {
        let most = self.settings.transactions_max;
        usize::try_from(self.statistics.in_use.get()).is_ok_and(|n| n >= most + most.div_ceil(8))
    }

    /// What a client is told that asks for reports (RFC 7339).
    pub fn offer(&self, request: &Message, now_ms: impl FnOnce() -> u64) -> Option<sipc_sip::Overload> {
        if !self.settings.overload_control {
            return None;
        }
        let used = u64::try_from(self.statistics.in_use.get()).unwrap_or(0);
        self.overload.offer(request, used, self.settings.transactions_max as u64, now_ms())
    }

    /// A number for a new transaction: that of its call and shard, and random bits.
    pub fn new_id(&self, key: u64, mut random: impl FnMut() -> u64) -> u64 {
        let shard = self.shard(key).lock();
        loop {
            let id = (key & OF_CALL) | (random() & !OF_CALL);
            if shard.0.find(spread(id), |(other, _)| *other == id).is_none() {
                return id;
            }
        }
    }

    /// Adds a transaction under its key, unless its request has one, or its call too many.
    pub(super) fn insert(&self, key: u64, transaction: Arc<Transaction>) -> Result<(), Refused> {
        let mut shard = self.shard(key).lock();
        let mut of_call = 0;
        let counted = shard.of_call(key).inspect(|_| of_call += 1);
        let known = match transaction.is_local() {
            true => counted.map(|_| Found::Nothing).last().unwrap_or(Found::Nothing),
            false => find(counted, &transaction.request, &self.settings),
        };
        if let Found::Own(own) = known {
            return Err(Refused::Known(own));
        }
        if of_call >= OF_CALL_MAX {
            return Err(Refused::TooMany);
        }
        let id = transaction.id;
        shard.0.insert_unique(spread(id), (id, transaction), |(id, _)| spread(*id));
        self.statistics.in_use.increment();
        Ok(())
    }

    /// Forgets a transaction.
    pub fn remove(&self, transaction: &Transaction) {
        let id = transaction.id;
        let mut shard = self.shard(id).lock();
        let Ok(entry) = shard.0.find_entry(spread(id), |(other, _)| *other == id) else { return };
        let (removed, _) = entry.remove();
        drop(shard);
        self.statistics.in_use.add(-1);
        // maybe the last one who holds it: what it held is given back without the lock
        drop(removed);
    }

    /// By number.
    pub fn by_id(&self, id: u64) -> Option<Arc<Transaction>> {
        let shard = self.shard(id).lock();
        shard.0.find(spread(id), |(other, _)| *other == id).map(|(_, t)| t.clone())
    }

    /// The transaction and branch that a reply's top Via names, if it is one of ours.
    pub fn by_branch(&self, branch: &[u8]) -> Option<(Arc<Transaction>, usize)> {
        let (id, number) = parse_branch(branch)?;
        Some((self.by_id(id)?, number))
    }

    /// What a request belongs to (RFC 3261 17.2.3).
    pub fn find(&self, request: &Message) -> Found {
        match self.key(request) {
            Some(key) => find(self.shard(key).lock().of_call(key), request, &self.settings),
            None => Found::Nothing,
        }
    }

    /// The INVITE transaction that a CANCEL is about (RFC 3261 9.2).
    pub fn find_cancelled(&self, cancel: &Message) -> Option<Arc<Transaction>> {
        let key = self.key(cancel)?;
        let shard = self.shard(key).lock();
        let modern = is_modern(cancel);
        let matches = |t: &&Arc<Transaction>| {
            !t.is_local()
                && t.request.method() != Some(Method::Cancel)
                && if modern {
                    same_via(&t.request, cancel)
                } else {
                    same_old(&t.request, cancel, &self.settings, false)
                }
        };
        shard.of_call(key).find(matches).cloned()
    }

    /// The INVITE with this Call-ID and CSeq number that was received, or made here when `local`.
    pub fn invite(&self, call_id: &[u8], cseq: &[u8], local: bool) -> Option<Arc<Transaction>> {
        let key = self.hasher.hash_one((call_id, cseq));
        let shard = self.shard(key).lock();
        let is_it = |t: &&Arc<Transaction>| {
            t.is_local() == local
                && t.request.method() == Some(Method::Invite)
                && t.request.call_id() == Some(call_id)
                && t.request.cseq().and_then(Result::ok).is_some_and(|c| c.number_text == cseq)
        };
        shard.of_call(key).find(is_it).cloned()
    }
}

impl Shard {
    /// Those of one call and CSeq number; by chance perhaps one of another call too.
    fn of_call(&self, key: u64) -> impl Iterator<Item = &Arc<Transaction>> {
        let all = self.0.iter_hash(spread(key));
        all.filter(move |(id, _)| (id ^ key) & OF_CALL == 0).map(|(_, t)| t)
    }
}

/// Among the transactions of its call.
fn find<'a>(
    mut list: impl Iterator<Item = &'a Arc<Transaction>>,
    request: &Message,
    settings: &TmSettings,
) -> Found {
    if request.method() == Some(Method::Ack) {
        return find_ack(list, request, settings);
    }
    let modern = is_modern(request);
    let matches = |t: &&Arc<Transaction>| {
        !t.is_local()
            && same_method(&t.request, request)
            && if modern {
                same_via(&t.request, request)
            } else {
                same_old(&t.request, request, settings, true)
            }
    };
    list.find(matches).map_or(Found::Nothing, |t| Found::Own(t.clone()))
}

fn find_ack<'a>(
    list: impl Iterator<Item = &'a Arc<Transaction>>,
    ack: &Message,
    settings: &TmSettings,
) -> Found {
    let modern = is_modern(ack);
    let mut end_to_end = None;
    for t in list.filter(|t| t.request.method() == Some(Method::Invite) && !t.is_local()) {
        let (status, here) = {
            let core = t.core.lock();
            (core.machine.status(), core.replied_here)
        };
        if (200..300).contains(&status) {
            // what answered here with a tag of its own has made it
            let own_tag = || t.to_tag.get().is_some_and(|tag| ack.to_tag() == Some(&tag[..]));
            let ours = !here || own_tag() || t.request.to_tag().is_some();
            if end_to_end.is_none() && ack.from_tag() == t.request.from_tag() && ours {
                end_to_end = Some(t);
            }
            continue;
        }
        let own = if modern { same_via(&t.request, ack) } else { same_old(&t.request, ack, settings, false) };
        if own {
            return Found::Own(t.clone());
        }
    }
    end_to_end.map_or(Found::Nothing, |t| Found::EndToEndAck(t.clone()))
}

fn is_modern(m: &Message) -> bool {
    m.via()
        .and_then(Result::ok)
        .is_some_and(|v| v.branch().is_some_and(|b| b.len() > COOKIE.len() && b.starts_with(COOKIE)))
}

fn same_method(a: &Message, b: &Message) -> bool {
    match (a.request_line(), b.request_line()) {
        (Some(a), Some(b)) => a.method_name == b.method_name,
        _ => false,
    }
}

fn same_via(a: &Message, b: &Message) -> bool {
    let (Some(Ok(a)), Some(Ok(b))) = (a.via(), b.via()) else { return false };
    a.branch() == b.branch()
        && a.host_text == b.host_text
        && a.port == b.port
        && a.transport_text == b.transport_text
}

/// Matching of requests without the magic cookie (RFC 2543).
fn same_old(a: &Message, b: &Message, settings: &TmSettings, with_to_tag: bool) -> bool {
    let value = |m: &Message, kind| m.find(kind).map(|h| h.value_bytes());
    let to_uri = |m: &Message| m.to().and_then(Result::ok).map(|n| m.share(n.uri_text));
    let ruri = |m: &Message| m.request_line().map(|l| m.share(l.uri));
    a.call_id() == b.call_id()
        && value(a, HeaderKind::From) == value(b, HeaderKind::From)
        && if with_to_tag {
            value(a, HeaderKind::To) == value(b, HeaderKind::To)
        } else {
            to_uri(a) == to_uri(b)
        }
        && (!settings.ruri_matching || ruri(a) == ruri(b))
        && (!settings.via1_matching || value(a, HeaderKind::Via) == value(b, HeaderKind::Via))
}

/// The branch parameter of a branch: cookie, transaction, branch number.
pub(super) fn branch_text(id: u64, branch: usize) -> SmallVec<[u8; 32]> {
    let mut text = SmallVec::from_slice(COOKIE);
    text.extend((0..16).rev().map(|digit| hex_digit(id >> (4 * digit))));
    text.push(b'.');
    let digits = (usize::BITS - branch.leading_zeros()).div_ceil(4).max(1);
    text.extend((0..digits).rev().map(|digit| hex_digit((branch >> (4 * digit)) as u64)));
    text
}

fn parse_branch(text: &[u8]) -> Option<(u64, usize)> {
    let (id, branch) = text.strip_prefix(COOKIE)?.split_first_chunk::<16>()?;
    let [b'.', branch @ ..] = branch else { return None };
    Some((parse_hex(id)?, usize::try_from(parse_hex(branch)?).ok()?))
}

/// One to sixteen hexadecimal digits.
fn parse_hex(digits: &[u8]) -> Option<u64> {
    if !(1..=16).contains(&digits.len()) {
        return None;
    }
    digits.iter().try_fold(0, |number, c| Some(number << 4 | u64::from(char::from(*c).to_digit(16)?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_branch_names_its_transaction() {
        let text = branch_text(0x0123_4567_89ab_cdef, 17);
        assert_eq!(text[..], b"z9hG4bK0123456789abcdef.11"[..]);
        assert_eq!(parse_branch(&text), Some((0x0123_4567_89ab_cdef, 17)));
        assert_eq!(branch_text(0, 0)[..], b"z9hG4bK0000000000000000.0"[..]);
        assert_eq!(parse_branch(b"z9hG4bK.1"), None);
        assert_eq!(parse_branch(b"z9hG4bKxyz"), None);
        assert_eq!(parse_branch(b"1234"), None);
        assert_eq!(parse_branch(b"z9hG4bK0000000000000000."), None);
        assert_eq!(parse_branch(b"z9hG4bK0000000000000000.+1"), None);
        assert_eq!(parse_branch(b"z9hG4bK00000000000000000.0"), None);
        assert_eq!(parse_branch(b"z9hG4bKABCDEFabcdef0123.A"), Some((0xabcd_efab_cdef_0123, 10)));
    }
}
