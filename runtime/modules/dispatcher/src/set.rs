//! Sets of destinations, and what changes about them between two loads.

use parking_lot::{Mutex, RwLock};
use sipc_engine::Text;
use sipc_engine::gateways::Address;
use sipc_engine::network::SocketId;

/// Whether a destination is in use.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct State {
    /// Out of use until somebody says otherwise.
    pub inactive: bool,
    /// Out of use until a probe is answered.
    pub probing: bool,
}

impl State {
    /// Whether requests may go there.
    pub fn is_active(self) -> bool {
        !self.inactive && !self.probing
    }

    /// As the table has it.
    pub fn number(self) -> i64 {
        match (self.inactive, self.probing) {
            (true, _) => 1,
            (_, true) => 2,
            _ => 0,
        }
    }

    /// Of a number of the table.
    pub fn of(number: i64) -> Option<State> {
        match number {
            0 => Some(State::default()),
            1 => Some(State { inactive: true, probing: false }),
            2 => Some(State { inactive: false, probing: true }),
            _ => None,
        }
    }
}

/// What stays as the table has it.
#[derive(Debug)]
pub struct Destination {
    /// As the table has it; names it for commands and probes.
    pub uri: Text,
    /// For `$du`: without user, password and headers.
    pub next_hop: Text,
    /// For the script.
    pub attributes: Text,
    /// For people.
    pub description: Text,
    /// How much of the traffic.
    pub weight: u32,
    /// The greatest comes first.
    pub priority: i64,
    /// The socket to send from.
    pub socket: Option<SocketId>,
    /// It is always probed.
    pub probed: bool,
    /// Its addresses, once they are known.
    pub addresses: RwLock<Vec<Address>>,
}

/// What changes.
#[derive(Debug, Clone, Default)]
pub struct Standing {
    /// Whether it is in use.
    pub state: State,
    /// The state differs from the table's.
    pub dirty: bool,
    /// Failures in a row.
    pub failures: u32,
    /// How often it was the first choice.
    pub chosen: u64,
    /// How often it was chosen in a row, for turns.
    pub turns: u32,
    /// What scripts left with it.
    pub script_attributes: Option<Text>,
}

/// The changing part of a set.
#[derive(Debug, Default)]
pub struct Changing {
    /// The place that was used last.
    pub last: usize,
    /// By place.
    pub all: Vec<Standing>,
}

/// A set.
#[derive(Debug)]
pub struct Set {
    /// Its number.
    pub id: i32,
    /// The greatest priority first.
    pub destinations: Vec<Destination>,
    /// What changes about them.
    pub changing: Mutex<Changing>,
}

impl Set {
    /// A set of destinations in their order.
    pub fn new(id: i32, mut all: Vec<(Destination, State)>) -> Set {
        all.sort_by_key(|(d, _)| std::cmp::Reverse(d.priority));
        let (destinations, states): (Vec<_>, Vec<_>) = all.into_iter().unzip();
        let standing = |state| Standing { state, ..Standing::default() };
        let all = states.into_iter().map(standing).collect();
        Set { id, destinations, changing: Mutex::new(Changing { last: 0, all }) }
    }

    /// The place of a destination by its URI, ignoring case.
    pub fn place(&self, uri: &[u8]) -> Option<usize> {
        self.destinations.iter().position(|d| d.uri.eq_ignore_ascii_case(uri))
    }

    /// Which destinations are in use, by place.
    pub fn active(&self) -> Vec<bool> {
        self.changing.lock().all.iter().map(|s| s.state.is_active()).collect()
    }

    /// What scripts left with a destination.
    pub fn script_attributes(&self, place: usize) -> Option<Text> {
        self.changing.lock().all.get(place).and_then(|s| s.script_attributes.clone())
    }
}

/// The sets of a partition.
#[derive(Debug, Default)]
pub struct Sets(pub Vec<Set>);

impl Sets {
    /// A set by its number.
    pub fn get(&self, id: i32) -> Option<&Set> {
        self.0.iter().find(|s| s.id == id)
    }

    /// One set, or all.
    pub fn chosen(&self, id: Option<i32>) -> impl Iterator<Item = &Set> {
        self.0.iter().filter(move |s| id.is_none_or(|id| id == s.id))
    }

    /// Takes over the states of destinations that were there before.
    pub fn inherit(&self, old: &Sets) {
        for set in &self.0 {
            let Some(before) = old.get(set.id) else { continue };
            let known = before.changing.lock().all.iter().map(|s| (s.state, s.dirty)).collect::<Vec<_>>();
            let mut changing = set.changing.lock();
            for (place, destination) in set.destinations.iter().enumerate() {
                let state = before.place(&destination.uri).and_then(|at| known.get(at));
                if let (Some((state, dirty)), Some(standing)) = (state, changing.all.get_mut(place)) {
                    (standing.state, standing.dirty) = (*state, *dirty);
                }
            }
        }
    }
}
