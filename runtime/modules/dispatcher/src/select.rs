//! Choosing a destination.

use sipc_engine::log::Level;
use sipc_engine::script::Run;
use sipc_engine::{Context, Text, Value, dynamic};
use sipc_interface::RouteKind;
use sipc_sip::{HeaderKind, Uri};

use crate::Settings;
use crate::hash::hash;
use crate::set::Set;

/// What a call asks for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Flags {
    /// The others wait for `ds_next_dst`.
    pub failover: bool,
    /// Only users count for the hash of a URI.
    pub user_only: bool,
    /// The last one is for when nothing else is left.
    pub default: bool,
    /// What waits already stays.
    pub append: bool,
}

impl Flags {
    /// Reads letters; `None` when one is unknown.
    pub fn parse(text: &[u8]) -> Option<Flags> {
        let mut flags = Flags::default();
        for c in text {
            match c.to_ascii_lowercase() {
                b' ' => {}
                b'f' => flags.failover = true,
                b'u' => flags.user_only = true,
                b'd' => flags.default = true,
                b'a' => flags.append = true,
                _ => return None,
            }
        }
        Some(flags)
    }
}

/// A choice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// The place of the destination in the order.
    pub at: usize,
    /// The order of all, when the algorithm has one of its own.
    pub order: Option<Vec<usize>>,
}

impl Choice {
    /// The destination at a place of the order.
    pub fn place(&self, at: usize) -> usize {
        self.order.as_ref().and_then(|o| o.get(at)).copied().unwrap_or(at)
    }
}

/// How a candidate is found.
enum Candidate {
    Hash(u32),
    At(usize),
    Sorted(Vec<usize>),
}

/// Whether algorithm 4 counts turns.
pub const TURNS: i32 = 4;

/// Chooses; `None` when nothing is in use, or the algorithm has nothing to choose by.
pub fn choose(cx: &mut Context, set: &Set, algorithm: i32, flags: Flags) -> Option<Choice> {
    let active = set.active();
    if !active.contains(&true) {
        return None;
    }
    let size = if flags.default && active.len() > 1 { active.len() - 1 } else { active.len() };
    let (at, hash) = match candidate(cx, set, algorithm, flags, &active, size)? {
        Candidate::Sorted(order) => return Some(Choice { at: 0, order: Some(order) }),
        Candidate::At(at) => (at, 0),
        Candidate::Hash(hash) => {
            let all = vec![true; size];
            (by_weight(set, &all, hash).unwrap_or(usize::try_from(hash).unwrap_or(0) % size), hash)
        }
    };
    settle(set, &active, size, flags.default, at, hash).map(|at| Choice { at, order: None })
}

fn candidate(
    cx: &mut Context,
    set: &Set,
    algorithm: i32,
    flags: Flags,
    active: &[bool],
    size: usize,
) -> Option<Candidate> {
    let of_uri = |uri: Option<Text>| Some(Candidate::Hash(uri_hash(&uri?, flags.user_only)?));
    match algorithm {
        0 => Some(Candidate::Hash(hash(cx.message.call_id()?.trim_ascii(), b""))),
        1 => of_uri(header_uri(cx, HeaderKind::From)),
        2 => of_uri(header_uri(cx, HeaderKind::To)),
        3 => of_uri(Some(cx.ruri())),
        TURNS => Some(Candidate::At(next_turn(set, size))),
        5 => Some(auth_user(cx).map_or_else(
            || Candidate::At(set.changing.lock().last % size),
            |user| Candidate::Hash(hash(user.trim_ascii(), b"")),
        )),
        6 => u32::try_from(cx.worker.random() >> 33).ok().map(Candidate::Hash),
        7 => text_hash(cx).map(Candidate::Hash),
        8 => Some(Candidate::At(0)),
        9 => by_variable(cx, set, active, flags.default),
        10 => by_route(cx, set, active, flags.default),
        other => {
            let text = format_args!("unknown algorithm {other} for set {}: the first entry is taken", set.id);
            cx.log(Level::Warning, "dispatcher", text);
            Some(Candidate::At(0))
        }
    }
}

fn header_uri(cx: &Context, kind: HeaderKind) -> Option<Text> {
    let address = cx.message.address(kind)?.ok()?;
    Some(cx.message.share(address.uri_text))
}

/// User, host, and the port unless it is the usual one.
fn uri_hash(text: &[u8], user_only: bool) -> Option<u32> {
    let uri = Uri::parse(text).ok()?;
    let user = uri.user().unwrap_or_default();
    if user_only {
        return Some(hash(user, b""));
    }
    let usual = uri.transport_or_default().default_port();
    let other_port = uri.port().is_some_and(|p| p != 0 && p != usual);
    let end = if other_port { uri.port_range().end } else { uri.host_range().end };
    Some(hash(user, text.get(uri.host_range().start..end)?))
}

/// The user of the credentials, the proxy's before the server's.
fn auth_user(cx: &Context) -> Option<Text> {
    let kinds = [HeaderKind::ProxyAuthorization, HeaderKind::Authorization];
    let found = kinds.into_iter().find_map(|kind| cx.message.credentials(kind).next())?;
    let user = found.user().filter(|u| !u.is_empty())?;
    Some(Text::copy_from_slice(user))
}

fn text_hash(cx: &mut Context) -> Option<u32> {
    let pattern = cx.worker.shared.clone().state::<Settings>()?.hash_text.clone();
    let text = pattern.and_then(|pattern| dynamic::evaluate(cx, &pattern));
    match text.as_deref().map(<[u8]>::trim_ascii).filter(|t| !t.is_empty()) {
        Some(text) => Some(hash(text, b"")),
        None => {
            cx.log(Level::Error, "dispatcher", format_args!("hash_pvar gives nothing to choose by"));
            None
        }
    }
}

/// Each is taken as often in a row as its weight says.
fn next_turn(set: &Set, size: usize) -> usize {
    let mut changing = set.changing.lock();
    let last = changing.last;
    let weight = set.destinations.get(last).map_or(0, |d| d.weight);
    match changing.all.get_mut(last) {
        Some(standing) if standing.turns < weight => last,
        Some(standing) => {
            standing.turns = 0;
            (last + 1) % size
        }
        None => 0,
    }
}

/// The destination whose share of the weights a hash falls into; `None` when nobody has a weight.
fn by_weight(set: &Set, among: &[bool], hash: u32) -> Option<usize> {
    let weights = || {
        let all = set.destinations.iter().zip(among).enumerate();
        all.filter(|(_, (_, among))| **among).map(|(at, (d, _))| (at, u64::from(d.weight)))
    };
    let sum: u64 = weights().map(|(_, w)| w).sum();
    let mut rest = u64::from(hash).checked_rem(sum)?;
    weights().find_map(|(at, weight)| {
        let hit = rest < weight;
        rest = rest.saturating_sub(weight);
        hit.then_some(at)
    })
}

/// The candidate if it is in use, else another one.
fn settle(
    set: &Set,
    active: &[bool],
    size: usize,
    default: bool,
    candidate: usize,
    hash: u32,
) -> Option<usize> {
    let last = active.len() - 1;
    let in_use = |at: usize| active.get(at).copied().unwrap_or(false);
    let mut at = candidate;
    while !in_use(at) {
        if hash == 0 {
            at = (at + 1) % size;
        } else {
            let rest = active.get(..size).unwrap_or_default();
            let count = rest.iter().filter(|a| **a).count();
            let by_hash = || {
                let nth = usize::try_from(hash).unwrap_or(0).checked_rem(count)?;
                (0..size).filter(|at| in_use(*at)).nth(nth)
            };
            at = by_weight(set, rest, hash).or_else(by_hash).unwrap_or(candidate);
        }
        if at == candidate {
            return (default && in_use(last)).then_some(last);
        }
    }
    Some(at)
}

/// Sorts those that are in use by a rank; the others come last, and the default one at the very end.
fn sorted(
    cx: &mut Context,
    set: &Set,
    active: &[bool],
    default: bool,
    mut rank: impl FnMut(&mut Context, usize) -> Option<i32>,
) -> Option<Candidate> {
    let (mut front, mut back) = (Vec::new(), Vec::new());
    let count = set.destinations.len() - usize::from(default);
    for at in 0..count {
        match active.get(at).filter(|a| **a).and_then(|_| rank(cx, at)) {
            Some(rank) => front.push((rank, at)),
            None => back.push(at),
        }
    }
    if front.is_empty() {
        return None;
    }
    front.sort_by_key(|(rank, _)| *rank);
    back.reverse();
    let rest = default.then_some(count);
    Some(Candidate::Sorted(front.into_iter().map(|(_, at)| at).chain(back).chain(rest).collect()))
}

/// By a variable whose name has the set and the URI in it.
fn by_variable(cx: &mut Context, set: &Set, active: &[bool], default: bool) -> Option<Candidate> {
    let pattern = cx.worker.shared.clone().state::<Settings>()?.sort_variable.clone();
    let Some(pattern) = pattern else {
        cx.log(Level::Warning, "dispatcher", format_args!("no pvar_algo_pattern: the first entry is taken"));
        return Some(Candidate::Hash(0));
    };
    sorted(cx, set, active, default, |cx, at| {
        let destination = set.destinations.get(at)?;
        let uri = String::from_utf8_lossy(&destination.uri);
        let name = pattern.replace("%i", &set.id.to_string()).replace("%u", &uri);
        rank_of(cx, &name)
    })
}

/// The number of a variable; nothing counts as 0.
fn rank_of(cx: &mut Context, name: &str) -> Option<i32> {
    let statistic = name.strip_prefix("$stat(").and_then(|n| n.strip_suffix(')'));
    if let Some(statistic) = statistic {
        let now = cx.worker.unix_us() / 1000;
        let value = cx.shared().statistics.named(statistic).map_or(0, |s| s.value(now));
        return Some(i32::try_from(value).unwrap_or(i32::MAX));
    }
    let Some((variable, _)) = dynamic::variable(cx, name.as_bytes()) else {
        cx.log(Level::Error, "dispatcher", format_args!("{name} is no variable"));
        return None;
    };
    match variable.read(cx) {
        Value::Null | Value::Nothing => Some(0),
        value => {
            let text = || std::str::from_utf8(&value.text()?).ok()?.parse().ok();
            let number = value.number().or_else(text);
            if number.is_none() {
                cx.log(Level::Error, "dispatcher", format_args!("{name} is no number"));
            }
            number
        }
    }
}

/// By what a route of the script gives for each; a negative value puts it last.
fn by_route(cx: &mut Context, set: &Set, active: &[bool], default: bool) -> Option<Candidate> {
    let name = cx.worker.shared.clone().state::<Settings>()?.sort_route.clone();
    let index = name.as_ref().and_then(|n| cx.worker.program.find(RouteKind::Request, n.as_bytes()));
    let Some(index) = index else {
        cx.log(Level::Error, "dispatcher", format_args!("no algo_route, or no such route"));
        return None;
    };
    sorted(cx, set, active, default, |cx, at| {
        let destination = set.destinations.get(at)?;
        let text = |text: &Text| if text.is_empty() { Value::Null } else { Value::Text(text.clone()) };
        let script = set.script_attributes(at).unwrap_or_default();
        let params = [
            ("dst_uri", &destination.next_hop),
            ("attrs", &destination.attributes),
            ("script_attrs", &script),
        ];
        rank_by_route(cx, index, &params.map(|(name, value)| (name, text(value)))).filter(|rank| *rank >= 0)
    })
}

/// Runs the route as far as it does not wait.
fn rank_by_route(cx: &mut Context, index: u16, params: &[(&'static str, Value)]) -> Option<i32> {
    let program = cx.worker.program.clone();
    let name = program.routes(RouteKind::Request).get(usize::from(index))?.name;
    cx.enter_route(name, Vec::new()).ok()?;
    if let Some(frame) = cx.frames.last_mut() {
        let named = params.iter().map(|(name, value)| sipc_engine::events::named(name, value.clone()));
        frame.set_params(named.collect());
    }
    let mut task = std::task::Context::from_waker(std::task::Waker::noop());
    let flow = match program.start(RouteKind::Request, index, cx) {
        Run::Done(flow) => Some(flow),
        Run::Waits(mut future) => match future.as_mut().poll(&mut task) {
            std::task::Poll::Ready(flow) => Some(flow),
            std::task::Poll::Pending => None,
        },
    };
    match flow {
        Some(flow) => Some(cx.leave_route(flow)),
        None => {
            cx.frames.pop();
            cx.log(
                Level::Error,
                "dispatcher",
                format_args!("the route {name} waits; it is not run to its end"),
            );
            None
        }
    }
}
