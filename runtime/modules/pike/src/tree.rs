//! Addresses by their bytes. A prefix that few messages come from is one node; it is split when it gets busy, so
//! that only busy addresses are known in full, and memory follows the traffic of floods, not the number of
//! addresses.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::atomic::{AtomicUsize, Ordering};

use parking_lot::Mutex;

/// The most nodes; addresses that would need more are not counted.
const NODES_MAX: usize = 1 << 18;
/// A prefix is split at this part of the density.
const SPLIT: u32 = 4;

/// What a message does to its address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// It may pass.
    Fine,
    /// It is blocked already.
    Blocked,
    /// It is blocked from now on.
    NewlyBlocked,
}

/// What became of a request to unblock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Removal {
    /// The address is not known.
    Unknown,
    /// It is, but not blocked.
    NotBlocked,
    /// It was blocked.
    Done,
}

/// Messages in this unit and in the one before.
#[derive(Debug, Clone, Copy, Default)]
struct Hits {
    before: u32,
    now: u32,
}

impl Hits {
    fn reach(self, limit: u32) -> bool {
        // the mean of both is no larger than the larger of them
        self.before.max(self.now) >= limit
    }

    fn turn(&mut self) {
        *self = Hits { before: self.now, now: 0 };
    }
}

#[derive(Debug, Default)]
struct Node {
    byte: u8,
    kids: Vec<Node>,
    /// Of addresses below that are not told apart.
    hits: Hits,
    /// Of the address that ends here.
    own: Hits,
    /// An address ends here.
    is_address: bool,
    is_blocked: bool,
    /// Second at which it is forgotten, unless a message comes.
    expires: Option<u64>,
}

impl Node {
    fn new(byte: u8, expires: u64) -> Node {
        Node { byte, expires: Some(expires), ..Node::default() }
    }
}

/// All addresses. Each first byte has a lock of its own.
pub struct Tree {
    branches: Vec<Mutex<Option<Node>>>,
    nodes: AtomicUsize,
    density: u32,
    /// Seconds.
    latency: u64,
}

fn bytes(address: IpAddr) -> ([u8; 16], usize) {
    let mut all = [0; 16];
    match address {
        IpAddr::V4(a) => {
            all[..4].copy_from_slice(&a.octets());
            (all, 4)
        }
        IpAddr::V6(a) => (a.octets(), 16),
    }
}

fn address(bytes: &[u8]) -> Option<IpAddr> {
    if let Ok(four) = <[u8; 4]>::try_from(bytes) {
        return Some(Ipv4Addr::from(four).into());
    }
    <[u8; 16]>::try_from(bytes).ok().map(|sixteen| Ipv6Addr::from(sixteen).into())
}

impl Tree {
    /// An empty one.
    pub fn new(density: u32, latency: u32) -> Tree {
        let branches = (0..=u8::MAX).map(|_| Mutex::default()).collect();
        Tree { branches, nodes: AtomicUsize::new(0), density, latency: u64::from(latency) }
    }

    /// Takes a place for a node, if there is one.
    fn has_room(&self) -> bool {
        let more = |n: usize| (n < NODES_MAX).then_some(n + 1);
        self.nodes.fetch_update(Ordering::Relaxed, Ordering::Relaxed, more).is_ok()
    }

    /// Counts a message of an address.
    pub fn mark(&self, source: IpAddr, now: u64) -> Mark {
        let (bytes, length) = bytes(source.to_canonical());
        let bytes = &bytes[..length];
        let expires = now + self.latency;
        let Some((first, rest)) = bytes.split_first() else { return Mark::Fine };
        let mut branch = self.branches[usize::from(*first)].lock();
        let Some(mut node) = branch.as_mut() else {
            if self.has_room() {
                let node = branch.insert(Node::new(*first, expires));
                node.hits.now = 1;
            }
            return Mark::Fine;
        };
        let mut left = rest.iter();
        let missing = loop {
            let Some(byte) = left.next() else { break None };
            let Some(at) = node.kids.iter().position(|k| k.byte == *byte) else { break Some(*byte) };
            node = &mut node.kids[at];
        };
        match missing {
            None => self.mark_address(node, expires),
            Some(byte) => {
                self.mark_prefix(node, byte, expires);
                Mark::Fine
            }
        }
    }

    fn mark_address(&self, node: &mut Node, expires: u64) -> Mark {
        node.is_address = true;
        node.own.now = node.own.now.saturating_add(1);
        node.expires = Some(expires);
        if node.is_blocked {
            return Mark::Blocked;
        }
        node.is_blocked = node.own.reach(self.density);
        if node.is_blocked { Mark::NewlyBlocked } else { Mark::Fine }
    }

    fn mark_prefix(&self, node: &mut Node, byte: u8, expires: u64) {
        let busy = self.density / SPLIT;
        node.hits.now = node.hits.now.saturating_add(1);
        if !node.hits.reach(busy) {
            return;
        }
        if !self.has_room() {
            return;
        }
        let mut kid = Node::new(byte, expires);
        kid.hits.now = node.hits.now - 1;
        if node.own.now > 0 {
            kid.own.before = node.own.before.saturating_sub(1);
        }
        node.kids.push(kid);
        // nodes with others below wait for those
        if !node.is_address {
            node.expires = None;
        }
    }

    /// Forgets what has been idle for too long.
    pub fn forget(&self, now: u64) {
        for branch in &self.branches {
            let mut branch = branch.lock();
            if let Some(node) = branch.as_mut()
                && self.forget_below(node, now)
            {
                *branch = None;
                self.nodes.fetch_sub(1, Ordering::Relaxed);
            }
        }
    }

    /// Whether the node goes, too.
    fn forget_below(&self, node: &mut Node, now: u64) -> bool {
        let before = node.kids.len();
        node.kids.retain_mut(|kid| !self.forget_below(kid, now));
        let gone = before - node.kids.len();
        self.nodes.fetch_sub(gone, Ordering::Relaxed);
        if gone > 0 && node.kids.is_empty() && !node.is_address {
            node.expires = Some(now + self.latency);
        }
        // the blocked are unblocked first, so that their end is told
        if node.is_blocked || node.expires.is_none_or(|at| at > now) {
            return false;
        }
        if node.kids.is_empty() {
            return true;
        }
        node.is_address = false;
        node.own = Hits::default();
        node.expires = None;
        false
    }

    /// Begins a unit of time; gives the addresses that are blocked no longer.
    pub fn next_unit(&self) -> Vec<IpAddr> {
        let mut freed = Vec::new();
        let density = self.density;
        self.visit(|node, path| {
            node.hits.turn();
            node.own.turn();
            if node.is_blocked && !node.own.reach(density) {
                node.is_blocked = false;
                freed.extend(address(path));
            }
        });
        freed
    }

    /// The blocked addresses.
    pub fn blocked(&self) -> Vec<IpAddr> {
        let mut all = Vec::new();
        self.visit(|node, path| all.extend(node.is_blocked.then(|| address(path)).flatten()));
        all
    }

    fn visit(&self, mut f: impl FnMut(&mut Node, &[u8])) {
        fn below(node: &mut Node, path: &mut Vec<u8>, f: &mut impl FnMut(&mut Node, &[u8])) {
            path.push(node.byte);
            f(node, path);
            // the newest first, as OpenSIPS does
            node.kids.iter_mut().rev().for_each(|kid| below(kid, path, f));
            path.pop();
        }
        for branch in &self.branches {
            if let Some(node) = branch.lock().as_mut() {
                below(node, &mut Vec::new(), &mut f);
            }
        }
    }

    /// Unblocks an address.
    pub fn unblock(&self, source: IpAddr) -> Removal {
        let (bytes, length) = bytes(source);
        let mut branch = self.branches[usize::from(bytes[0])].lock();
        let Some(mut node) = branch.as_mut() else { return Removal::Unknown };
        for byte in &bytes[1..length] {
            match node.kids.iter_mut().find(|k| k.byte == *byte) {
                Some(kid) => node = kid,
                None => return Removal::Unknown,
            }
        }
        if !node.is_blocked {
            return Removal::NotBlocked;
        }
        node.is_blocked = false;
        (node.hits, node.own) = (Hits::default(), Hits::default());
        Removal::Done
    }

    /// How many nodes there are.
    #[cfg(test)]
    pub fn len(&self) -> usize {
        self.nodes.load(Ordering::Relaxed)
    }
}
