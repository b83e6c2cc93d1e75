//! What scripts call.

use std::net::IpAddr;
use std::sync::Arc;

use sipc_engine::database::{Condition, DbValue, Select};
use sipc_engine::gateways::{self, Address};
use sipc_engine::log::Level;
use sipc_engine::place::Assign;
use sipc_engine::shared::Shared;
use sipc_engine::{Context, Text, Value, VarRef, core_functions, dynamic};
use sipc_sip::{HeaderKind, Uri};

use crate::State;
use crate::avps;
use crate::data::{Data, Place};
use crate::partitions::{Meant, Partition};
use crate::routing::{self, Flags, Sought, Wanted, each_gateway, tell, tell_first};
use crate::state::{self, Reason};

fn error(cx: &Context, text: std::fmt::Arguments<'_>) -> i32 {
    cx.log(Level::Error, "drouting", text);
    -1
}

/// The numbers of the partitions that a call means, and whether any of them will do.
fn meant(cx: &Context, name: Option<&Text>) -> Option<(Vec<usize>, bool)> {
    let name = name.map(|n| String::from_utf8_lossy(n));
    let partitions = &cx.shared().state::<State>()?.partitions;
    match partitions.meant(name.as_deref()) {
        Some(Meant::Any) => Some(((0..partitions.all.len()).collect(), true)),
        Some(Meant::One(one)) => {
            let at = partitions.all.iter().position(|p| p.name == one.name)?;
            Some((vec![at], false))
        }
        None => {
            let name = name.unwrap_or_default();
            error(cx, format_args!("partition <{name}> used, but not defined"));
            None
        }
    }
}

/// A partition by its number, with what keeps it there.
struct Held {
    shared: Arc<Shared>,
    number: usize,
}

impl Held {
    fn new(cx: &Context, number: usize) -> Held {
        Held { shared: cx.worker.shared.clone(), number }
    }

    fn partition(&self) -> Option<&Partition> {
        self.shared.state::<State>()?.partitions.all.get(self.number)
    }
}

/// The one partition that a call means.
fn one(cx: &Context, name: Option<&Text>) -> Option<Held> {
    let (list, any) = meant(cx, name)?;
    if any {
        error(cx, format_args!("one partition must be named"));
        return None;
    }
    list.first().map(|number| Held::new(cx, *number))
}

/// Tells a script which partition fitted.
fn tell_partition(cx: &mut Context, partition: &Partition, any: bool) -> bool {
    let name = cx.shared().state::<State>().and_then(|s| s.partition_variable.clone()).filter(|_| any);
    let Some(name) = name else { return true };
    let value = Value::Text(Text::copy_from_slice(partition.name.as_bytes()));
    let written = dynamic::variable(cx, &name).is_some_and(|(v, _)| v.write(cx, Assign::Set, value));
    if !written {
        error(cx, format_args!("partition_id_pvar cannot be written"));
    }
    written
}

/// The group of the caller.
async fn group_of(cx: &Context, partition: &Partition) -> Option<u32> {
    let shared = cx.worker.shared.clone();
    let state = shared.state::<State>()?;
    let from = cx.message.address(HeaderKind::From)?.ok()?;
    let uri = from.uri().ok()?;
    let [user, domain, group] = &state.group_columns;
    let text = |t: &[u8]| DbValue::Text(Text::copy_from_slice(t));
    let mut conditions = vec![Condition::equal(user, text(uri.user().unwrap_or_default()))];
    if state.use_domain {
        conditions.push(Condition::equal(domain, text(uri.host_text())));
    }
    let columns = [group.as_str()];
    let select = Select { conditions: &conditions, ..Select::of(&partition.tables.groups, &columns) };
    let rows = match partition.database.query(&select).await {
        Ok(rows) => rows.rows,
        Err(why) => {
            error(cx, format_args!("the group of the caller cannot be read: {why}"));
            return None;
        }
    };
    let found = match rows.first() {
        Some(row) => row.first().and_then(DbValue::int).and_then(|n| i32::try_from(n).ok()),
        None => state.default_group,
    };
    if found.is_none() {
        let user = String::from_utf8_lossy(uri.user().unwrap_or_default());
        error(
            cx,
            format_args!("no group for user \"{user}\"@\"{}\"", String::from_utf8_lossy(uri.host_text())),
        );
    }
    found.and_then(|n| u32::try_from(n).ok())
}

/// Finds the rule for the user of the request URI.
#[allow(clippy::too_many_arguments)]
pub async fn do_routing(
    cx: &mut Context,
    group: Option<i32>,
    flags: Option<Text>,
    whitelist: Option<Text>,
    rule_attributes: Option<&VarRef>,
    gateway_attributes: Option<&VarRef>,
    carrier_attributes: Option<&VarRef>,
    partition: Option<Text>,
) -> i32 {
    let flags = Flags::parse(&flags.unwrap_or_default());
    let wanted = Wanted { rule: rule_attributes, gateway: gateway_attributes, carrier: carrier_attributes };
    let Some((list, any)) = meant(cx, partition.as_ref()) else { return -1 };
    for number in list {
        let held = Held::new(cx, number);
        let Some(partition) = held.partition() else { return -1 };
        let group = match group.and_then(|n| u32::try_from(n).ok()) {
            Some(group) => Some(group),
            None => group_of(cx, partition).await,
        };
        let Some(sought) = group.and_then(|g| Sought::new(cx, g, flags, whitelist.clone())) else { continue };
        if routing::route(cx, partition, sought, wanted).await > 0 {
            return if tell_partition(cx, partition, any) { 1 } else { -1 };
        }
    }
    -1
}

/// Goes to the gateways of carriers.
pub fn route_to_carrier(
    cx: &mut Context,
    carriers: Text,
    gateway_attributes: Option<&VarRef>,
    carrier_attributes: Option<&VarRef>,
    partition: Option<Text>,
) -> i32 {
    let Some(held) = one(cx, partition.as_ref()) else { return -1 };
    let Some(partition) = held.partition() else { return -1 };
    let wanted = Wanted { rule: None, gateway: gateway_attributes, carrier: carrier_attributes };
    avps::forget(cx, &partition.avps);
    let data = partition.data.get();
    let text = cx.ruri();
    let Ok(uri) = Uri::parse(&text) else { return error(cx, format_args!("the request URI is none")) };
    let worker = cx.worker.clone();
    let mut first = None;
    for id in carriers.split(|c| *c == b',').map(<[u8]>::trim_ascii).filter(|id| !id.is_empty()) {
        let Some(at) = data.carrier(id) else {
            error(cx, format_args!("carrier <{}> was not found", String::from_utf8_lossy(id)));
            continue;
        };
        let member = crate::data::Member { place: Place::Carrier(at), weight: 0 };
        each_gateway(&worker, &data, member, None, |gateway, carrier| {
            let of = carrier.and_then(|at| data.carriers.get(at));
            if let Some(gateway) = data.gateways.get(gateway) {
                avps::use_gateway(cx, partition, gateway, of, &uri, first.is_none());
            }
            first = first.or(Some((gateway, carrier)));
        });
    }
    match first {
        Some((gateway, carrier)) if tell_first(cx, &data, gateway, carrier, wanted) => 1,
        _ => -1,
    }
}

/// Goes to gateways.
pub fn route_to_gw(
    cx: &mut Context,
    ids: Text,
    gateway_attributes: Option<&VarRef>,
    carrier_attributes: Option<&VarRef>,
    partition: Option<Text>,
) -> i32 {
    let Some(held) = one(cx, partition.as_ref()) else { return -1 };
    let Some(partition) = held.partition() else { return -1 };
    let data = partition.data.get();
    let text = cx.ruri();
    let Ok(uri) = Uri::parse(&text) else { return error(cx, format_args!("the request URI is none")) };
    let mut first = true;
    for id in ids.split(|c| *c == b',').map(<[u8]>::trim_ascii) {
        if id.is_empty() {
            return error(cx, format_args!("a name of a gateway is empty"));
        }
        let Some(at) = data.gateway(id) else {
            error(cx, format_args!("no gateway found with ID <{}>", String::from_utf8_lossy(id)));
            continue;
        };
        let Some(gateway) = data.gateways.get(at).filter(|_| data.standing(at).is_usable()) else { continue };
        avps::use_gateway(cx, partition, gateway, None, &uri, first);
        first = false;
        tell(cx, gateway_attributes, &gateway.attributes);
        if let Some(carrier) = data.carrier_of(at) {
            tell(cx, carrier_attributes, &carrier.attributes);
        }
    }
    if first { error(cx, format_args!("no gateway added at all")) } else { 1 }
}

/// Goes on to the next gateway.
pub async fn use_next_gw(
    cx: &mut Context,
    rule_attributes: Option<&VarRef>,
    gateway_attributes: Option<&VarRef>,
    carrier_attributes: Option<&VarRef>,
    partition: Option<Text>,
) -> i32 {
    let wanted = Wanted { rule: rule_attributes, gateway: gateway_attributes, carrier: carrier_attributes };
    let Some(held) = one(cx, partition.as_ref()) else { return -1 };
    let Some(partition) = held.partition() else { return -1 };
    routing::next(cx, partition, wanted).await
}

/// What is done with a gateway that was recognised.
struct Recognised<'a> {
    kind: Option<i32>,
    flags: Vec<u8>,
    gateway: Option<&'a VarRef>,
    carrier: Option<&'a VarRef>,
}

impl Recognised<'_> {
    fn has(&self, flag: u8) -> bool {
        self.flags.contains(&flag)
    }

    fn fits(&self, data: &Data, at: usize, from: &Address) -> bool {
        let Some(gateway) = data.gateways.get(at) else { return false };
        let kind = self.kind.filter(|k| *k >= 0).is_none_or(|k| i64::from(k) == gateway.kind);
        let same = |a: &Address| {
            a.ip == from.ip
                && (self.has(b'n') || from.port == 0 || a.port <= 1 || a.port == from.port)
                && (!self.has(b'r') || a.transport == from.transport)
        };
        kind && gateway.addresses.read().iter().any(same)
    }

    /// Looks for a gateway with an address.
    fn look(&self, cx: &mut Context, partition: &Partition, from: &Address) -> bool {
        let data = partition.data.get();
        let Some(at) = (0..data.gateways.len()).find(|at| self.fits(&data, *at, from)) else { return false };
        let Some(gateway) = data.gateways.get(at) else { return false };
        if self.has(b's') && gateway.strip > 0 {
            core_functions::strip(cx, i32::try_from(gateway.strip).unwrap_or(i32::MAX));
        }
        if self.has(b'p') && !gateway.prefix.is_empty() {
            if let Some(avp) = &partition.avps.gateway_prefix {
                avps::push(cx, avp, Value::Text(gateway.prefix.clone()));
            }
            core_functions::prefix(cx, gateway.prefix.clone());
        }
        tell(cx, self.gateway, &gateway.attributes);
        if self.has(b'i') {
            avps::push(cx, &partition.avps.gateway, Value::Text(gateway.id.clone()));
        }
        if let Some(carrier) = data.carrier_of(at) {
            if let Some(avp) = partition.avps.carrier.as_ref().filter(|_| self.has(b'c')) {
                avps::append(cx, avp, carrier.id.clone());
            }
            tell(cx, self.carrier, &carrier.attributes);
        }
        true
    }

    fn look_in(&self, cx: &mut Context, name: Option<&Text>, from: &Address) -> i32 {
        let Some((list, any)) = meant(cx, name) else { return -1 };
        for number in list {
            let held = Held::new(cx, number);
            let Some(partition) = held.partition() else { return -1 };
            if self.look(cx, partition, from) {
                return if tell_partition(cx, partition, any) { 1 } else { -1 };
            }
        }
        -1
    }
}

fn recognised<'a>(
    kind: Option<i32>,
    flags: Option<Text>,
    gateway: Option<&'a VarRef>,
    carrier: Option<&'a VarRef>,
) -> Recognised<'a> {
    Recognised { kind, flags: flags.unwrap_or_default().to_vec(), gateway, carrier }
}

/// Whether the message came from a gateway.
pub fn is_from_gw(
    cx: &mut Context,
    kind: Option<i32>,
    flags: Option<Text>,
    gateway_attributes: Option<&VarRef>,
    carrier_attributes: Option<&VarRef>,
    partition: Option<Text>,
) -> i32 {
    let source = cx.received.source;
    let transport = cx.shared().socket(cx.received.socket).transport;
    let ip: IpAddr = source.ip().to_canonical();
    let from = Address { ip, port: source.port(), transport };
    recognised(kind, flags, gateway_attributes, carrier_attributes).look_in(cx, partition.as_ref(), &from)
}

/// Whether the request goes to a gateway.
pub async fn goes_to_gw(
    cx: &mut Context,
    kind: Option<i32>,
    flags: Option<Text>,
    gateway_attributes: Option<&VarRef>,
    carrier_attributes: Option<&VarRef>,
    partition: Option<Text>,
) -> i32 {
    let uri = cx.target.next_hop().clone();
    dr_is_gw(cx, uri, kind, flags, gateway_attributes, carrier_attributes, partition).await
}

/// Whether a URI leads to a gateway.
pub async fn dr_is_gw(
    cx: &mut Context,
    uri: Text,
    kind: Option<i32>,
    flags: Option<Text>,
    gateway_attributes: Option<&VarRef>,
    carrier_attributes: Option<&VarRef>,
    partition: Option<Text>,
) -> i32 {
    let worker = cx.worker.clone();
    let found = gateways::resolve(&worker, &uri).await.and_then(|all| all.first().copied());
    let Some(to) = found else {
        return error(cx, format_args!("<{}> has no address", String::from_utf8_lossy(&uri)));
    };
    recognised(kind, flags, gateway_attributes, carrier_attributes).look_in(cx, partition.as_ref(), &to)
}

/// Takes the present gateway out of use until a probe is answered.
pub fn dr_disable(cx: &mut Context, partition: Option<Text>) -> i32 {
    let Some(held) = one(cx, partition.as_ref()) else { return -1 };
    let Some(partition) = held.partition() else { return -1 };
    let Some(id) = avps::newest_text(cx, &partition.avps.gateway) else { return -1 };
    state::fail(&held.shared, partition, &id, Reason::Script(cx));
    1
}

/// Whether there is a rule for a number.
pub fn dr_match(
    cx: &mut Context,
    group: i32,
    flags: Option<Text>,
    number: Text,
    rule_attributes: Option<&VarRef>,
    partition: Option<Text>,
) -> i32 {
    let Some(held) = one(cx, partition.as_ref()) else { return -1 };
    let Some(partition) = held.partition() else { return -1 };
    let unix = i64::try_from(cx.worker.unix_us() / 1_000_000).unwrap_or(i64::MAX);
    let data = partition.data.get();
    let Some(found) = data.find(group as u32, &number, unix) else { return -1 };
    if Flags::parse(&flags.unwrap_or_default()).strict && found.length != number.len() {
        return -1;
    }
    let Some(rule) = data.rules.get(found.rule) else { return -1 };
    if !tell(cx, rule_attributes, &rule.attributes) {
        return -1;
    }
    if let Some(avp) = &partition.avps.rule_prefix {
        avps::push(cx, avp, Value::Text(number.slice(..found.length)));
    }
    1
}
