//! The TCP connections of the process: found by number or by the address of the other side, bounded in number.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use sipc_engine::network::{Destination, Proxied, SocketId, Transport};
use sipc_engine::streams::{Connections, Listed, Which};

use super::outgoing::Outgoing;
use super::settings::Settings;

/// Addresses that may stand for one connection, its own among them.
const ADDRESSES_MAX: usize = 8;

/// One connection, as every worker sees it. Its owner is the worker that accepted or opened it.
pub struct Connection {
    /// Its number, which no other connection has while it lasts.
    pub id: u64,
    /// The listening socket it belongs to.
    pub socket: SocketId,
    /// What it carries.
    pub transport: Transport,
    /// The other side.
    pub peer: SocketAddr,
    /// The other side opened it.
    pub accepted: bool,
    /// How it was opened, of several ways that there are for this.
    pub domain: Option<u16>,
    /// What its PROXY header tells, where one is sent.
    pub proxied: Option<Proxied>,
    /// What waits to be sent.
    pub outgoing: Outgoing,
    /// Messages can pass.
    pub is_open: AtomicBool,
    made: Instant,
    /// When something was read or written last, in milliseconds of its life.
    quiet_since: AtomicU64,
    /// Until when it lasts, however silent it is, in milliseconds of its life.
    lasts: AtomicU64,
}

/// All connections.
pub struct Pool {
    /// What the script sets.
    pub settings: Settings,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    last_id: u64,
    by_id: HashMap<u64, Entry>,
    by_address: HashMap<(SocketId, SocketAddr), u64>,
}

struct Entry {
    connection: Arc<Connection>,
    /// What leads to it in `by_address`.
    addresses: Vec<SocketAddr>,
}

/// What is known of a connection before it is there.
struct New {
    socket: SocketId,
    transport: Transport,
    peer: SocketAddr,
    accepted: bool,
    domain: Option<u16>,
    proxied: Option<Proxied>,
}

impl New {
    fn to(socket: SocketId, to: &Destination) -> New {
        let (transport, peer, domain, proxied) = (to.transport, to.address, to.domain, to.proxied);
        New { socket, transport, peer, accepted: false, domain, proxied }
    }
}

/// What a message is sent over.
pub enum Way {
    /// A connection that is there or being opened.
    Known(Arc<Connection>),
    /// A new one, which the caller has to open.
    New(Arc<Connection>),
    /// None is there, and none is to be opened.
    Unwanted,
    /// None: there are too many.
    Full,
}

impl Pool {
    /// An empty pool. The first number is one that strangers do not guess.
    pub fn new(settings: Settings, secret: u32) -> Pool {
        let state = State { last_id: u64::from(secret), ..State::default() };
        Pool { settings, state: Mutex::new(state) }
    }

    /// The connection for a destination: the one it names, else one to its address, else a new one.
    pub fn way(&self, socket: SocketId, to: &Destination) -> Way {
        let mut state = self.state.lock();
        match state.find(socket, to, self.settings.checks_domain(to.transport)) {
            Some(known) => Way::Known(known),
            None if to.no_new => Way::Unwanted,
            None => match state.add(New::to(socket, to), self.settings.connections_max) {
                Some(new) => Way::New(new),
                None => Way::Full,
            },
        }
    }

    /// A connection that was accepted; `None` when there are too many.
    pub fn accepted(
        &self,
        socket: SocketId,
        transport: Transport,
        peer: SocketAddr,
    ) -> Option<Arc<Connection>> {
        let new = New { socket, transport, peer, accepted: true, domain: None, proxied: None };
        self.state.lock().add(new, self.settings.connections_max)
    }

    /// Lets requests to another port of the other side use a connection (RFC 5923). An address that another
    /// connection has stays with it.
    pub fn alias(&self, id: u64, port: u16) {
        let state = &mut *self.state.lock();
        let Some(entry) = state.by_id.get_mut(&id) else { return };
        let address = SocketAddr::new(entry.connection.peer.ip(), port);
        let key = (entry.connection.socket, address);
        if entry.addresses.len() < ADDRESSES_MAX && !state.by_address.contains_key(&key) {
            entry.addresses.push(address);
            state.by_address.insert(key, id);
        }
    }

    /// The number of the connection of a socket to an address, if there is one.
    pub fn number_of(&self, socket: SocketId, peer: SocketAddr) -> Option<u64> {
        self.state.lock().by_address.get(&(socket, peer)).copied()
    }

    /// Forgets a connection.
    pub fn remove(&self, id: u64) {
        let mut state = self.state.lock();
        let Some(entry) = state.by_id.remove(&id) else { return };
        for address in entry.addresses {
            let key = (entry.connection.socket, address);
            if state.by_address.get(&key) == Some(&id) {
                state.by_address.remove(&key);
            }
        }
    }
}

impl Connections for Pool {
    fn list(&self) -> Vec<Listed> {
        let state = self.state.lock();
        let shown = |entry: &Entry| {
            let c = &entry.connection;
            let aliases = entry.addresses.iter().filter(|a| **a != c.peer).map(SocketAddr::port).collect();
            let (id, transport, socket, peer) = (c.id, c.transport, c.socket, c.peer);
            let left = c.silence_left(self.settings.idle).as_secs();
            Listed { id, transport, socket, peer, is_open: c.is_open.load(Ordering::Relaxed), left, aliases }
        };
        let mut all: Vec<Listed> = state.by_id.values().map(shown).collect();
        all.sort_by_key(|c| c.id);
        all
    }

    fn close(&self, which: Which) -> bool {
        let state = self.state.lock();
        let is_meant = |entry: &&Entry| match which {
            Which::Id(id) => entry.connection.id == id,
            Which::To(peer, transport) => {
                entry.addresses.contains(&peer) && transport.is_none_or(|t| t == entry.connection.transport)
            }
        };
        let found: Vec<_> = state.by_id.values().filter(is_meant).map(|e| e.connection.clone()).collect();
        drop(state);
        found.iter().for_each(|connection| connection.outgoing.close());
        !found.is_empty()
    }

    fn keep(&self, id: u64, seconds: u64) {
        let found = self.state.lock().by_id.get(&id).map(|e| e.connection.clone());
        if let Some(connection) = found {
            let until = connection.made.elapsed().saturating_add(Duration::from_secs(seconds));
            connection.lasts.fetch_max(millis(until), Ordering::Relaxed);
        }
    }
}

impl Connection {
    /// Something was read or written.
    pub fn touch(&self) {
        self.quiet_since.store(millis(self.made.elapsed()), Ordering::Relaxed);
    }

    /// How long it may still be silent; `idle` for any connection.
    pub fn silence_left(&self, idle: Duration) -> Duration {
        let end = self.quiet_since.load(Ordering::Relaxed).saturating_add(millis(idle));
        let end = end.max(self.lasts.load(Ordering::Relaxed));
        Duration::from_millis(end).saturating_sub(self.made.elapsed())
    }
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

impl State {
    /// The next number that no connection has; Via shows 32 bits of it.
    fn free_id(&mut self) -> u64 {
        loop {
            self.last_id = self.last_id % u64::from(u32::MAX) + 1;
            if !self.by_id.contains_key(&self.last_id) {
                return self.last_id;
            }
        }
    }

    /// `same_domain`: one that was opened here must have been opened as is wanted now.
    fn find(&self, socket: SocketId, to: &Destination, same_domain: bool) -> Option<Arc<Connection>> {
        let named = to.connection.and_then(|id| self.by_id.get(&id));
        let open = |entry: &&Entry| {
            let c = &entry.connection;
            !c.outgoing.is_closed() && (!same_domain || c.accepted || c.domain == to.domain)
        };
        let found = named.filter(open).or_else(|| {
            let id = self.by_address.get(&(socket, to.address))?;
            self.by_id.get(id).filter(open)
        });
        found.map(|entry| entry.connection.clone())
    }

    fn add(&mut self, new: New, most: usize) -> Option<Arc<Connection>> {
        if self.by_id.len() >= most {
            return None;
        }
        let id = self.free_id();
        let New { socket, transport, peer, accepted, domain, proxied } = new;
        let outgoing = Outgoing::default();
        let connection = Arc::new(Connection {
            id,
            socket,
            transport,
            peer,
            accepted,
            domain,
            proxied,
            outgoing,
            is_open: AtomicBool::new(false),
            made: Instant::now(),
            quiet_since: AtomicU64::new(0),
            lasts: AtomicU64::new(0),
        });
        self.by_id.insert(id, Entry { connection: connection.clone(), addresses: vec![peer] });
        self.by_address.insert((socket, peer), id);
        Some(connection)
    }
}

#[cfg(test)]
mod tests {
    use sipc_engine::network::Transport;

    use super::*;

    fn pool(most: usize) -> Pool {
        Pool::new(Settings { connections_max: most, ..Settings::default() }, u32::MAX)
    }

    fn to(port: u16, connection: Option<u64>) -> Destination {
        let address = SocketAddr::from(([192, 0, 2, 1], port));
        Destination { connection, ..Destination::new(Transport::Tcp, address) }
    }

    fn known(way: Way) -> Option<u64> {
        match way {
            Way::Known(c) => Some(c.id),
            Way::New(_) | Way::Unwanted | Way::Full => None,
        }
    }

    #[test]
    fn connections_are_found_by_number_by_address_and_by_alias() {
        let pool = pool(2);
        let one = pool.accepted(SocketId(0), Transport::Tcp, to(5000, None).address).expect("there is room");
        assert_eq!(known(pool.way(SocketId(0), &to(1, Some(one.id)))), Some(one.id));
        assert_eq!(known(pool.way(SocketId(0), &to(5000, None))), Some(one.id));
        pool.alias(one.id, 5060);
        assert_eq!(known(pool.way(SocketId(0), &to(5060, None))), Some(one.id));
        assert!(matches!(pool.way(SocketId(1), &to(5060, None)), Way::New(_)), "another socket, another one");
    }

    #[test]
    fn there_is_a_bound_and_what_is_removed_makes_room() {
        let pool = pool(1);
        let Way::New(one) = pool.way(SocketId(0), &to(1, None)) else { panic!("none is there yet") };
        assert!(matches!(pool.way(SocketId(0), &to(2, None)), Way::Full));
        assert!(pool.accepted(SocketId(0), Transport::Tcp, to(2, None).address).is_none());
        pool.remove(one.id);
        let Way::New(two) = pool.way(SocketId(0), &to(1, None)) else { panic!("the first one is gone") };
        assert_ne!(one.id, two.id);
    }

    #[test]
    fn an_alias_takes_nothing_from_another_connection_and_their_number_is_bounded() {
        let pool = pool(2);
        let one = pool.accepted(SocketId(0), Transport::Tcp, to(1, None).address).expect("there is room");
        let two = pool.accepted(SocketId(0), Transport::Tcp, to(2, None).address).expect("there is room");
        pool.alias(one.id, 2);
        assert_eq!(known(pool.way(SocketId(0), &to(2, None))), Some(two.id));
        (100..200).for_each(|port| pool.alias(one.id, port));
        let led = (100..200).filter(|p| known(pool.way(SocketId(0), &to(*p, None))).is_some()).count();
        assert_eq!(led, ADDRESSES_MAX - 1);
    }
}
