//! Finding a rule, and going to its gateways.

use std::sync::Arc;

use sipc_engine::flow::Ending;
use sipc_engine::log::Level;
use sipc_engine::place::Assign;
use sipc_engine::worker::Worker;
use sipc_engine::{Context, Text, Value, VarRef};
use sipc_interface::RouteKind;
use sipc_sip::Uri;

use crate::State;
use crate::avps;
use crate::data::{Data, Member, Order, Place};
use crate::load;
use crate::partitions::Partition;

/// What a call asks for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Flags {
    /// The next rule comes after the gateways of this one.
    pub fallback: bool,
    /// The whole number must match.
    pub strict: bool,
    /// Only the rule is looked for.
    pub check: bool,
}

impl Flags {
    /// Reads letters; others have no meaning.
    pub fn parse(text: &[u8]) -> Flags {
        Flags { fallback: text.contains(&b'F'), strict: text.contains(&b'L'), check: text.contains(&b'C') }
    }

    fn number(self) -> i32 {
        i32::from(self.fallback) | i32::from(self.strict) << 1 | i32::from(self.check) << 2
    }

    fn of(number: i32) -> Flags {
        Flags { fallback: number & 1 != 0, strict: number & 2 != 0, check: number & 4 != 0 }
    }
}

/// Where a script wants attributes.
#[derive(Clone, Copy, Default)]
pub struct Wanted<'a> {
    /// Of the rule.
    pub rule: Option<&'a VarRef>,
    /// Of the gateway.
    pub gateway: Option<&'a VarRef>,
    /// Of the carrier.
    pub carrier: Option<&'a VarRef>,
}

/// Writes attributes into a variable, if one is wanted.
pub fn tell(cx: &mut Context, variable: Option<&VarRef>, attributes: &Text) -> bool {
    let written = variable.is_none_or(|v| v.write(cx, Assign::Set, Value::Text(attributes.clone())));
    if !written {
        cx.log(Level::Error, "drouting", format_args!("attributes cannot be stored"));
    }
    written
}

/// What is looked for.
pub struct Sought {
    /// The request URI to begin from.
    pub uri: Text,
    /// The rest of the number.
    pub number: Text,
    /// Where to go on among rules of one prefix; negative: nowhere.
    pub index: i32,
    /// The group.
    pub group: u32,
    /// As the call said.
    pub flags: Flags,
    /// Only these gateways and carriers.
    pub whitelist: Option<Text>,
    /// It goes on after other rules.
    pub goes_on: bool,
}

impl Sought {
    /// What a call looks for.
    pub fn new(cx: &Context, group: u32, flags: Flags, whitelist: Option<Text>) -> Option<Sought> {
        let uri = cx.ruri();
        let number = Uri::parse(&uri).ok().map(|u| Text::copy_from_slice(u.user().unwrap_or_default()));
        Some(Sought { number: number?, uri, index: 0, group, flags, whitelist, goes_on: false })
    }
}

/// The order in which a list is tried.
pub fn ordered(worker: &Worker, members: &[Member], order: Order) -> Vec<Member> {
    let mut all = members.to_vec();
    if order == Order::Weights {
        for first in 0..all.len().saturating_sub(1) {
            let rest = all.get(first..).unwrap_or_default();
            let sum: u64 = rest.iter().map(|m| u64::from(m.weight)).sum();
            let random = worker.random() >> 16;
            let chosen = match random.checked_rem(sum) {
                Some(share) => by_share(rest, share),
                None => usize::try_from(random).unwrap_or(0) % rest.len(),
            };
            all.swap(first, first + chosen);
        }
    }
    all
}

fn by_share(members: &[Member], mut share: u64) -> usize {
    members
        .iter()
        .position(|m| {
            let hit = share < u64::from(m.weight);
            share = share.saturating_sub(u64::from(m.weight));
            hit
        })
        .unwrap_or(0)
}

/// Goes through the gateways of a list that are in use; `each` says whether a carrier is done with.
pub fn each_gateway(
    worker: &Worker,
    data: &Data,
    member: Member,
    whitelist: Option<&[Member]>,
    mut each: impl FnMut(usize, Option<usize>),
) {
    if whitelist.is_some_and(|list| !list.iter().any(|m| m.place == member.place)) {
        return;
    }
    match member.place {
        Place::Gateway(at) if data.standing(at).is_usable() => each(at, None),
        Place::Gateway(_) => {}
        Place::Carrier(at) => {
            let Some(carrier) = data.carriers.get(at).filter(|_| !data.is_off(at)) else { return };
            for gateway in ordered(worker, &carrier.members, carrier.order) {
                let Place::Gateway(gateway) = gateway.place else { continue };
                if !data.standing(gateway).is_usable() {
                    continue;
                }
                each(gateway, Some(at));
                if carrier.first_only {
                    break;
                }
            }
        }
    }
}

/// Finds a rule and goes to its gateways.
pub async fn route(cx: &mut Context, partition: &Partition, mut sought: Sought, wanted: Wanted<'_>) -> i32 {
    let data = partition.data.get();
    if !sought.flags.check {
        avps::forget(cx, &partition.avps);
    }
    let mut searched = None;
    loop {
        if let Some(length) = searched {
            // as long as there are rules under this prefix, else under a shorter one
            let end = if sought.index == 0 { usize::saturating_sub(length, 1) } else { length };
            sought.number.truncate(end);
            if sought.number.is_empty() && sought.index <= 0 {
                return -1;
            }
        }
        let Some((rule, length)) = next_rule(cx, &data, &mut sought) else { return -1 };
        searched = Some(length);
        if !run_route(cx, &data, rule).await {
            return -1;
        }
        if !sought.flags.check {
            if length == 0 && sought.index <= 0 {
                sought.flags.fallback = false;
            }
            match go(cx, partition, &data, rule, &sought, wanted) {
                Some(true) => {}
                Some(false) => return -1,
                None if sought.flags.fallback => continue,
                None => return -1,
            }
        }
        return finish(cx, partition, &data, (rule, length), &sought, wanted);
    }
}

/// The next rule that fits, with the bytes of the number that matched.
fn next_rule(cx: &Context, data: &Data, sought: &mut Sought) -> Option<(usize, usize)> {
    let unix = i64::try_from(cx.worker.unix_us() / 1_000_000).unwrap_or(i64::MAX);
    let from = usize::try_from(sought.index).unwrap_or(0);
    let found = data.by_prefix(sought.group, &sought.number, from, unix);
    if sought.flags.strict && found.is_none_or(|f| f.length != sought.number.len()) {
        return None;
    }
    if let Some(found) = found {
        sought.index = i32::try_from(found.next).unwrap_or(0);
        return Some((found.rule, found.length));
    }
    let from = usize::try_from(sought.index).ok()?;
    let found = data.without_prefix(sought.group, from, unix)?;
    sought.index = if found.next == 0 { -1 } else { i32::try_from(found.next).unwrap_or(-1) };
    Some((found.rule, 0))
}

/// Runs the route of a rule; `false` when it drops the request.
async fn run_route(cx: &mut Context, data: &Data, rule: usize) -> bool {
    let name = data.rules.get(rule).and_then(|r| r.route.clone());
    let index = name.and_then(|n| cx.worker.program.find(RouteKind::Request, &n));
    match index {
        Some(index) => !cx.run_route(RouteKind::Request, index).await.has(Ending::DROP),
        None => true,
    }
}

/// Goes to the gateways of a rule. `None` when none is in use, `Some(false)` when a script cannot be told.
fn go(
    cx: &mut Context,
    partition: &Partition,
    data: &Data,
    rule: usize,
    sought: &Sought,
    wanted: Wanted<'_>,
) -> Option<bool> {
    let rule = data.rules.get(rule)?;
    let uri = Uri::parse(&sought.uri).ok()?;
    let worker = cx.worker.clone();
    let whitelist = sought.whitelist.as_ref().and_then(|text| whitelist(cx, data, text));
    let mut first: Option<(usize, Option<usize>)> = None;
    for member in ordered(&worker, &rule.members, rule.order) {
        each_gateway(&worker, data, member, whitelist.as_deref(), |gateway, carrier| {
            let of = carrier.and_then(|at| data.carriers.get(at));
            if let Some(gateway) = data.gateways.get(gateway) {
                avps::use_gateway(cx, partition, gateway, of, &uri, first.is_none());
            }
            first = first.or(Some((gateway, carrier)));
        });
    }
    let (gateway, carrier) = first?;
    Some(tell_first(cx, data, gateway, carrier, wanted))
}

/// Tells the attributes of the first gateway and its carrier.
pub fn tell_first(
    cx: &mut Context,
    data: &Data,
    gateway: usize,
    carrier: Option<usize>,
    wanted: Wanted<'_>,
) -> bool {
    let of_gateway = data.gateways.get(gateway).map(|g| g.attributes.clone()).unwrap_or_default();
    let carrier =
        carrier.and_then(|at| data.carriers.get(at)).map(|c| c.attributes.clone()).unwrap_or_default();
    tell(cx, wanted.gateway, &of_gateway) && tell(cx, wanted.carrier, &carrier)
}

fn whitelist(cx: &Context, data: &Data, text: &Text) -> Option<Vec<Member>> {
    let state = cx.shared().state::<State>()?;
    let nobody = |_: &[u8]| None;
    let tell = |what: String| cx.log(Level::Warning, "drouting", format_args!("{what}"));
    match load::members(text, data, &state.loading.ways(&nobody), tell) {
        Ok(list) if list.is_empty() => None,
        Ok(list) => Some(list),
        Err(why) => {
            cx.log(Level::Error, "drouting", format_args!("the whitelist is ignored: {why}"));
            None
        }
    }
}

/// Tells about the rule, and keeps what the next one needs.
fn finish(
    cx: &mut Context,
    partition: &Partition,
    data: &Data,
    (rule, length): (usize, usize),
    sought: &Sought,
    wanted: Wanted<'_>,
) -> i32 {
    let Some(rule) = data.rules.get(rule) else { return -1 };
    let names = &partition.avps;
    let matched = sought.number.slice(..length.min(sought.number.len()));
    if let Some(avp) = &names.rule_prefix {
        avps::push(cx, avp, Value::Text(matched.clone()));
    }
    avps::push(cx, &names.rule_attributes, Value::Text(rule.attributes.clone()));
    if !tell(cx, wanted.rule, &rule.attributes) {
        return -1;
    }
    if let Some(avp) = &names.rule {
        avps::push(cx, avp, Value::Int(rule.id));
    }
    keep(cx, partition, matched, sought);
    1
}

/// What the next rule under the same prefix needs.
fn keep(cx: &mut Context, partition: &Partition, matched: Text, sought: &Sought) {
    let [uri, prefix, index, whitelist, group, flags] = &partition.avps.fallback;
    if !sought.flags.fallback {
        if sought.goes_on {
            avps::remove(cx, flags);
        }
        return;
    }
    if sought.goes_on {
        avps::replace(cx, index, Value::Int(sought.index));
        if sought.index == 0 {
            let shorter = matched.slice(..matched.len().saturating_sub(1));
            avps::replace(cx, prefix, Value::Text(shorter));
        }
        return;
    }
    if sought.index > 0 {
        avps::push(cx, index, Value::Int(sought.index));
        avps::push(cx, prefix, Value::Text(matched));
        avps::push(cx, uri, Value::Text(sought.uri.clone()));
        if let Some(list) = &sought.whitelist {
            avps::push(cx, whitelist, Value::Text(list.clone()));
        }
        avps::push(cx, group, Value::Int(sought.group as i32));
        avps::push(cx, flags, Value::Int(sought.flags.number()));
    }
}

/// What an earlier call kept for the next rule.
fn kept(cx: &mut Context, partition: &Partition) -> Option<Sought> {
    let [uri, prefix, index, whitelist, group, flags] = &partition.avps.fallback;
    let flags = Flags::of(avps::newest(cx, flags)?.number()?);
    let number = |cx: &mut Context, avp| avps::newest(cx, avp).and_then(|v| v.number());
    let sought = Sought {
        group: number(cx, group)? as u32,
        index: number(cx, index)?,
        number: avps::newest(cx, prefix)?.text()?,
        uri: avps::newest(cx, uri)?.text()?,
        whitelist: avps::newest(cx, whitelist).and_then(|v| v.text()),
        flags,
        goes_on: true,
    };
    let left = !sought.number.is_empty() || sought.index >= 0;
    (flags.fallback && left).then_some(sought)
}

/// Goes on to the next gateway, or the next rule.
pub async fn next(cx: &mut Context, partition: &Partition, wanted: Wanted<'_>) -> i32 {
    let data: Arc<Data> = partition.data.get();
    loop {
        forget_present(cx, partition, wanted);
        if avps::pop_text(cx, &partition.avps.gateway).is_none() {
            let text = format_args!("no gateways found at all: was do_routing called?");
            cx.log(Level::Warning, "drouting", text);
            return -1;
        }
        let gateway = avps::newest_text(cx, &partition.avps.gateway);
        let uri = gateway.as_ref().and_then(|_| avps::newest_text(cx, &partition.avps.uri));
        let (Some(gateway), Some(uri)) = (gateway, uri) else { break };
        let socket = avps::pop_text(cx, &partition.avps.socket).filter(|s| !s.is_empty());
        avps::pop_text(cx, &partition.avps.uri);
        if data.gateway(&gateway).is_some_and(|at| data.standing(at).is_usable()) {
            let socket = socket.and_then(|name| cx.shared().socket_named(&name));
            sipc_engine::core_functions::seturi(cx, uri);
            sipc_engine::gateways::send_from(cx, socket);
            return 1;
        }
    }
    let [.., flags] = &partition.avps.fallback;
    let Some(sought) = kept(cx, partition) else { return -1 };
    let value = route(cx, partition, sought, wanted).await;
    if value != 1 {
        avps::remove(cx, flags);
    }
    value
}

/// Forgets the attributes of the gateway that failed, and tells those of the next.
fn forget_present(cx: &mut Context, partition: &Partition, wanted: Wanted<'_>) {
    let names = &partition.avps;
    if wanted.rule.is_some()
        && let Some(attributes) = avps::newest(cx, &names.rule_attributes).and_then(Value::into_only_text)
    {
        tell(cx, wanted.rule, &attributes);
    }
    let lists = [(&names.gateway_attributes, wanted.gateway), (&names.carrier_attributes, wanted.carrier)];
    for (avp, variable) in lists {
        if variable.is_some() {
            avps::pop_text(cx, avp);
            if let Some(attributes) = avps::newest(cx, avp).and_then(Value::into_only_text) {
                tell(cx, variable, &attributes);
            }
        }
    }
    for avp in [&names.gateway_prefix, &names.carrier].into_iter().flatten() {
        avps::pop_text(cx, avp);
    }
}
