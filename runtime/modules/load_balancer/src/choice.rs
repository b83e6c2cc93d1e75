//! Finding the best destination; what was tried waits in AVPs.

use std::sync::Arc;

use sipc_engine::avp::AvpName;
use sipc_engine::dialogs::{Dialog, Dialogs};
use sipc_engine::log::Level;
use sipc_engine::shared::Shared;
use sipc_engine::{Context, Text, Value};

use crate::State;
use crate::data::{Data, Destination, Resource};

/// The group, a number.
pub const GROUP: &[u8] = b"__lb_grp";
/// The flags, a number; none is none.
pub const FLAGS: &[u8] = b"__lb_flg";
/// The numbers of the destinations that were tried, a text.
pub const TRIED: &[u8] = b"__lb_mask";
/// The number of the destination that the call is counted on.
pub const CHOSEN: &[u8] = b"__lb_id";
/// The names of the resources.
pub const RESOURCES: &[u8] = b"__lb_res";

/// Why there is no destination: these are the values that scripts get.
pub const FAILED: i32 = -1;
/// Destinations in use have no room.
pub const NO_ROOM: i32 = -2;
/// None is in use.
pub const NO_DESTINATION: i32 = -3;
/// A resource is not known.
pub const UNKNOWN: i32 = -4;

/// How to choose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Flags {
    /// `r`: by percent.
    pub relative: bool,
    /// `n`: even when there is no room.
    pub negative: bool,
    /// `s`: by chance among equals.
    pub random: bool,
}

impl Flags {
    /// As scripts write them.
    pub fn parse(text: &[u8]) -> Flags {
        let has = |c| text.contains(&c);
        Flags { relative: has(b'r'), negative: has(b'n'), random: has(b's') }
    }

    fn number(self) -> i32 {
        i32::from(self.relative) | i32::from(self.negative) << 1 | i32::from(self.random) << 2
    }

    fn of_number(number: i32) -> Flags {
        let has = |bit: i32| number & bit != 0;
        Flags { relative: has(1), negative: has(2), random: has(4) }
    }
}

fn name(cx: &Context, text: &'static [u8]) -> Option<AvpName> {
    cx.shared().avp_names.intern(&Text::from_static(text))
}

fn newest(cx: &mut Context, avp: &'static [u8]) -> Option<Value> {
    let name = name(cx, avp)?;
    cx.avps(|all| all.newest(name).cloned())
}

fn number(cx: &mut Context, avp: &'static [u8]) -> Option<i32> {
    match newest(cx, avp)? {
        Value::Int(n) | Value::BareInt(n) => Some(n),
        _ => None,
    }
}

fn texts(cx: &mut Context, avp: &'static [u8]) -> Vec<Text> {
    let Some(name) = name(cx, avp) else { return Vec::new() };
    let text = |value: &Value| value.clone().into_only_text();
    cx.avps(|all| all.all(name).filter_map(text).collect())
}

/// Puts values in place of all others; the first is the newest.
fn put(cx: &mut Context, avp: &'static [u8], values: Vec<Value>) {
    if let Some(name) = name(cx, avp) {
        cx.avps(|all| {
            all.remove_all(name);
            values.into_iter().rev().for_each(|value| all.push(name, value));
        });
    }
}

/// Whether a choice was made for this request.
pub fn is_started(cx: &mut Context) -> bool {
    let mut is_text = |avp| newest(cx, avp).is_some_and(|value| value.only_text().is_some());
    let texts = is_text(TRIED) && is_text(RESOURCES);
    texts && number(cx, GROUP).is_some()
}

/// The number of the destination that was chosen last.
pub fn chosen(cx: &mut Context) -> Option<i32> {
    number(cx, CHOSEN)
}

/// What `lb_start` is told.
pub struct Wanted {
    /// The group.
    pub group: i32,
    /// The resources.
    pub resources: Vec<Text>,
    /// How to choose.
    pub flags: Flags,
}

/// What was chosen before.
struct Before {
    group: Option<i32>,
    flags: Flags,
    resources: Vec<usize>,
    tried: Vec<i32>,
    destination: Option<usize>,
}

fn before(cx: &mut Context, data: &Data) -> Before {
    let numbers = |text: Text| String::from_utf8_lossy(&text).split(' ').flat_map(str::parse).collect();
    let tried = newest(cx, TRIED).and_then(Value::into_only_text).map(numbers).unwrap_or_default();
    let names = texts(cx, RESOURCES);
    Before {
        group: number(cx, GROUP),
        flags: Flags::of_number(number(cx, FLAGS).unwrap_or(0)),
        resources: names.iter().filter_map(|name| data.resource(name)).collect(),
        tried,
        destination: chosen(cx).and_then(|id| data.find(id)),
    }
}

/// Takes a call off a destination.
fn leave(
    shared: &Shared,
    dialogs: &dyn Dialogs,
    dialog: &Arc<dyn Dialog>,
    data: &Data,
    destination: &Destination,
    resources: &[usize],
) {
    for resource in resources.iter().filter_map(|at| data.resources.get(*at)) {
        let left =
            resource.profile(dialogs).is_some_and(|p| dialogs.leave(dialog, p, Some(&destination.value)));
        if !left {
            let name = String::from_utf8_lossy(&resource.name);
            let text = format_args!("the call was not counted on {} for {name}", destination.id);
            shared.log.message(Level::Error, "load_balancer", text);
        }
    }
}

/// Counts a call on a destination.
fn join(
    shared: &Shared,
    dialogs: &dyn Dialogs,
    dialog: &Arc<dyn Dialog>,
    resource: &Resource,
    destination: &Destination,
) {
    let joined = resource.profile(dialogs).is_some_and(|p| dialogs.join(dialog, p, Some(&destination.value)));
    if !joined {
        let name = String::from_utf8_lossy(&resource.name);
        let text = format_args!("the call cannot be counted on {} for {name}", destination.id);
        shared.log.message(Level::Error, "load_balancer", text);
    }
}

/// Chooses a destination, the first time with what is wanted and then with what was wanted before, and sends the
/// request there. Gives its attributes.
pub fn choose(cx: &mut Context, wanted: Option<Wanted>) -> Result<Text, i32> {
    let shared = cx.worker.shared.clone();
    let Some(state) = shared.state::<State>() else { return Err(FAILED) };
    let say = |text: &str| shared.log.message(Level::Error, "load_balancer", format_args!("{text}"));
    let data = state.data.get();
    let old = before(cx, &data);
    let (group, resources, flags, mut tried) = match wanted {
        Some(w) => {
            let Some(places) = data.places(&w.resources) else {
                say("a resource is not known");
                return Err(UNKNOWN);
            };
            (w.group, places, w.flags, Vec::new())
        }
        None => match old.group.filter(|_| !old.resources.is_empty()) {
            Some(group) => (group, old.resources.clone(), old.flags, old.tried.clone()),
            None => {
                say("lb_next without lb_start");
                return Err(FAILED);
            }
        },
    };
    let Some(dialogs) = shared.dialogs.as_deref() else { return Err(FAILED) };
    let Some(dialog) = dialogs.current(cx).or_else(|| dialogs.create(cx)) else {
        say("there is no call to count");
        return Err(FAILED);
    };
    if let Some(place) = old.destination {
        leave(&shared, dialogs, &dialog, &data, &data.destinations[place], &old.resources);
    }
    let (best, any_in_use) = {
        let _held = state.choosing.lock();
        let (best, any_in_use) = best(&data, group, &resources, flags, &tried, dialogs);
        let at = if flags.random && best.len() > 1 {
            usize::try_from(cx.worker.random() % best.len() as u64).unwrap_or(0)
        } else {
            0
        };
        let best = best.get(at).map(|place| &data.destinations[*place]);
        if let Some(destination) = best {
            let needed = resources.iter().filter_map(|at| data.resources.get(*at));
            needed.for_each(|resource| join(&shared, dialogs, &dialog, resource, destination));
            tried.push(destination.id);
        }
        (best, any_in_use)
    };
    put(cx, GROUP, vec![Value::Int(group)]);
    put(cx, FLAGS, Some(flags.number()).filter(|n| *n != 0).map(Value::Int).into_iter().collect());
    let tried: Vec<String> = tried.iter().map(i32::to_string).collect();
    put(cx, TRIED, vec![Value::Text(tried.join(" ").into())]);
    put(cx, CHOSEN, best.map(|d| Value::Int(d.id)).into_iter().collect());
    let name = |at: &usize| data.resources.get(*at).map(|r| Value::Text(r.name.clone()));
    put(cx, RESOURCES, resources.iter().filter_map(name).collect());
    match best {
        Some(destination) => {
            cx.target.dst_uri = Some(destination.uri.clone());
            Ok(destination.attributes.clone())
        }
        None if any_in_use => Err(NO_ROOM),
        None => Err(NO_DESTINATION),
    }
}

/// The places of those with the most room, and whether any is in use at all.
pub fn best(
    data: &Data,
    group: i32,
    resources: &[usize],
    flags: Flags,
    tried: &[i32],
    dialogs: &dyn Dialogs,
) -> (Vec<usize>, bool) {
    let count = |resource: &Resource, value: &[u8]| {
        resource.profile(dialogs).map_or(0, |profile| dialogs.count(profile, Some(value)))
    };
    let mut best: Vec<usize> = Vec::new();
    let mut most = 0;
    let mut any_in_use = false;
    for (place, destination) in data.destinations.iter().enumerate() {
        let has_all = resources.iter().all(|at| destination.capacity(*at).is_some());
        let may = destination.group == group && has_all && !tried.contains(&destination.id);
        if !may || data.standing(place).disabled {
            continue;
        }
        any_in_use = true;
        let Some(room) = data.room(destination, resources, flags.relative, count) else { continue };
        if room <= 0 && !flags.negative {
            continue;
        }
        if best.is_empty() || room > most {
            best.clear();
            most = room;
        }
        if room == most {
            best.push(place);
        }
    }
    (best, any_in_use)
}

/// Takes the call off its destination and forgets what was tried; `false` without a call.
pub fn reset(cx: &mut Context) -> bool {
    let shared = cx.worker.shared.clone();
    let (Some(state), Some(dialogs)) = (shared.state::<State>(), shared.dialogs.as_deref()) else {
        return false;
    };
    let Some(dialog) = dialogs.current(cx) else {
        let text = format_args!("there is no call: lb_start has not run");
        shared.log.message(Level::Error, "load_balancer", text);
        return false;
    };
    let data = state.data.get();
    let old = before(cx, &data);
    for avp in [GROUP, FLAGS, TRIED, CHOSEN, RESOURCES] {
        put(cx, avp, Vec::new());
    }
    if let Some(place) = old.destination {
        leave(&shared, dialogs, &dialog, &data, &data.destinations[place], &old.resources);
    }
    true
}

/// Counts the call on a destination, or no longer; `false` when there is no call.
pub fn count(cx: &mut Context, data: &Data, place: usize, resources: &[usize], undo: bool) -> bool {
    let shared = cx.worker.shared.clone();
    let (Some(state), Some(dialogs)) = (shared.state::<State>(), shared.dialogs.as_deref()) else {
        return false;
    };
    let Some(dialog) = dialogs.current(cx).or_else(|| dialogs.create(cx)) else { return false };
    let destination = &data.destinations[place];
    let _held = state.choosing.lock();
    if undo {
        leave(&shared, dialogs, &dialog, data, destination, resources);
    } else {
        let needed = resources.iter().filter_map(|at| data.resources.get(*at));
        needed.for_each(|resource| join(&shared, dialogs, &dialog, resource, destination));
    }
    true
}
