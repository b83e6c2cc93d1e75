//! Destinations with their resources.

use std::net::IpAddr;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use parking_lot::{Mutex, RwLock};
use sipc_engine::Text;
use sipc_engine::database::DbValue;
use sipc_engine::dialogs::Dialogs;
use sipc_engine::gateways::{Address, literal};
use sipc_sip::Uri;

/// When a destination is probed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Probing {
    /// Never.
    Never,
    /// When it is out of use.
    WhenDisabled,
    /// Always.
    Always,
}

/// Something that calls need, and the profile that counts them.
#[derive(Debug)]
pub struct Resource {
    /// Its name.
    pub name: Text,
    profile: OnceLock<Option<usize>>,
}

impl Resource {
    /// The number of its profile.
    pub fn profile(&self, dialogs: &dyn Dialogs) -> Option<usize> {
        let name = || format!("lbX{}", String::from_utf8_lossy(&self.name));
        *self.profile.get_or_init(|| dialogs.profile(&name(), true))
    }
}

/// How much a destination has of a resource.
#[derive(Debug)]
pub struct Capacity {
    /// The place of the resource.
    pub resource: usize,
    /// So many calls.
    pub most: AtomicU32,
}

/// A row of the table.
#[derive(Debug)]
pub struct Destination {
    /// Its number.
    pub id: i32,
    /// Its group.
    pub group: i32,
    /// Where calls go.
    pub uri: Text,
    /// What it has.
    pub capacities: Vec<Capacity>,
    /// What scripts get.
    pub attributes: Text,
    /// When it is probed.
    pub probing: Probing,
    /// Its value in profiles: its number in hexadecimal.
    pub value: Text,
    /// Those of its URI; empty until its name is resolved.
    pub addresses: RwLock<Vec<Address>>,
}

impl Destination {
    /// What it has of a resource.
    pub fn capacity(&self, resource: usize) -> Option<&Capacity> {
        self.capacities.iter().find(|c| c.resource == resource)
    }

    /// Whether an address is one of its; port 0 stands for any.
    pub fn has(&self, ip: IpAddr, port: u16) -> bool {
        self.addresses.read().iter().any(|a| a.ip == ip && (port == 0 || a.port == port))
    }
}

/// What changes while it runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Standing {
    /// It gets no calls.
    pub disabled: bool,
    /// Probes do not change that.
    pub by_command: bool,
}

/// All of the table.
#[derive(Debug, Default)]
pub struct Data {
    /// In the order of the table.
    pub destinations: Vec<Destination>,
    /// The last of the alphabet first, as OpenSIPS has them.
    pub resources: Vec<Resource>,
    /// Those of the destinations.
    standings: Mutex<Vec<Standing>>,
}

type Named = Vec<(Text, u32)>;

/// `name = number; name = number`
fn capacities(text: &[u8]) -> Result<Named, String> {
    let shown = |t: &[u8]| String::from_utf8_lossy(t.trim_ascii()).into_owned();
    let mut all = Vec::new();
    let mut rest = Some(text);
    while let Some(text) = rest.filter(|t| !t.trim_ascii().is_empty()) {
        let (one, after) = match text.iter().position(|c| *c == b';') {
            Some(at) => (&text[..at], Some(&text[at + 1..])),
            None => (text, None),
        };
        rest = after;
        let bad = || format!("<{}> is no resource with its capacity", shown(one));
        let equals = one.iter().position(|c| *c == b'=').ok_or_else(bad)?;
        let (name, number) = (one[..equals].trim_ascii(), shown(&one[equals + 1..]));
        if name.is_empty() {
            return Err(bad());
        }
        all.push((Text::copy_from_slice(name), number.parse().map_err(|_| bad())?));
    }
    if all.is_empty() { Err("it has no resources".to_owned()) } else { Ok(all) }
}

/// `name; name`
pub fn names(text: &[u8]) -> Option<Vec<Text>> {
    let mut all: Vec<&[u8]> = text.split(|c| *c == b';').map(<[u8]>::trim_ascii).collect();
    if all.len() > 1 {
        all.pop_if(|last| last.is_empty());
    }
    let good = |name: &&[u8]| !name.is_empty() && !name.contains(&b'=');
    all.iter().all(good).then(|| all.into_iter().map(Text::copy_from_slice).collect())
}

/// A row that was read: all but the places of its resources.
fn destination(row: &[DbValue]) -> Result<(Destination, Named), String> {
    let number = |at: usize, what: &str| {
        let n = row.get(at).and_then(DbValue::int).and_then(|n| i32::try_from(n).ok());
        n.ok_or_else(|| format!("its {what} is no number"))
    };
    let text = |at: usize| row.get(at).and_then(DbValue::some_text);
    let (id, group) = (number(0, "id")?, number(1, "group_id")?);
    let uri = text(2).ok_or("it has no URI")?;
    let parsed = Uri::parse(&uri).map_err(|_| format!("<{}> is no URI", String::from_utf8_lossy(&uri)))?;
    let has = capacities(&text(3).ok_or("it has no resources")?)?;
    let probing = match number(4, "probe_mode")? {
        0 => Probing::Never,
        n if n >= 2 => Probing::Always,
        _ => Probing::WhenDisabled,
    };
    let addresses = RwLock::new(literal(&parsed).into_iter().collect());
    let value = Text::from(format!("{id:X}"));
    let attributes = text(5).unwrap_or_default();
    let capacities = Vec::new();
    Ok((Destination { id, group, uri, capacities, attributes, probing, value, addresses }, has))
}

impl Data {
    /// Reads rows: id, group, URI, resources, probing, attributes. What cannot be read is left out, and told.
    pub fn read(rows: &[Vec<DbValue>]) -> (Data, Vec<String>) {
        let mut faults = Vec::new();
        let mut read = Vec::new();
        for row in rows {
            match destination(row) {
                Ok(one) => read.push(one),
                Err(why) => {
                    let id = row.first().and_then(DbValue::int).unwrap_or(0);
                    faults.push(format!("destination {id}: {why}; it is left out"));
                }
            }
        }
        let mut names: Vec<Text> =
            read.iter().flat_map(|(_, has)| has.iter().map(|(n, _)| n.clone())).collect();
        names.sort_unstable_by(|a, b| b.cmp(a));
        names.dedup();
        let place = |name: &Text| names.iter().position(|n| n == name);
        let capacity = |(name, most): &(Text, u32)| {
            Some(Capacity { resource: place(name)?, most: AtomicU32::new(*most) })
        };
        let with = |(one, has): (Destination, Named)| Destination {
            capacities: has.iter().filter_map(capacity).collect(),
            ..one
        };
        let destinations: Vec<Destination> = read.into_iter().map(with).collect();
        let standings = Mutex::new(vec![Standing::default(); destinations.len()]);
        let resources = names.into_iter().map(|name| Resource { name, profile: OnceLock::new() }).collect();
        (Data { destinations, resources, standings }, faults)
    }

    /// The place of a destination.
    pub fn find(&self, id: i32) -> Option<usize> {
        self.destinations.iter().position(|d| d.id == id)
    }

    /// The place of a resource.
    pub fn resource(&self, name: &[u8]) -> Option<usize> {
        self.resources.iter().position(|r| r.name == name)
    }

    /// The places of resources, in the order in which they are kept; `None` when one is not known or stands there
    /// twice.
    pub fn places(&self, names: &[Text]) -> Option<Vec<usize>> {
        let wanted = |(at, r): (usize, &Resource)| names.contains(&r.name).then_some(at);
        let found: Vec<usize> = self.resources.iter().enumerate().filter_map(wanted).collect();
        (found.len() == names.len()).then_some(found)
    }

    /// How a destination stands.
    pub fn standing(&self, place: usize) -> Standing {
        self.standings.lock().get(place).copied().unwrap_or_default()
    }

    /// Changes that; gives whether it was changed.
    pub fn change(&self, place: usize, f: impl FnOnce(Standing) -> Standing) -> bool {
        let mut standings = self.standings.lock();
        let Some(standing) = standings.get_mut(place) else { return false };
        let before = std::mem::replace(standing, f(*standing));
        before != *standing
    }

    /// Takes the states over from what was there before.
    pub fn inherit(&mut self, old: &Data) {
        let standings = self.standings.get_mut();
        for (new, standing) in self.destinations.iter().zip(standings) {
            let same = |d: &Destination| {
                d.id == new.id && d.group == new.group && d.uri.eq_ignore_ascii_case(&new.uri)
            };
            if let Some(place) = old.destinations.iter().position(same) {
                *standing = old.standing(place);
            }
        }
    }

    /// The room that a destination has for a call that needs these resources, by how many calls there are of each.
    pub fn room(
        &self,
        destination: &Destination,
        resources: &[usize],
        relative: bool,
        count: impl Fn(&Resource, &[u8]) -> u64,
    ) -> Option<i64> {
        let of_one = |at: &usize| {
            let most = i64::from(destination.capacity(*at)?.most.load(Ordering::Relaxed));
            let calls =
                i64::try_from(count(self.resources.get(*at)?, &destination.value)).unwrap_or(i64::MAX);
            Some(match relative {
                true if most == 0 => 0,
                true => 100 - calls.saturating_mul(100) / most,
                false => most.saturating_sub(calls),
            })
        };
        resources.iter().map(of_one).collect::<Option<Vec<i64>>>()?.into_iter().min()
    }
}
