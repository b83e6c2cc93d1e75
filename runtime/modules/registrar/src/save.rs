//! `save`: storing the contacts of a REGISTER, and the reply to it.

use sipc_engine::{Context, Text};
use sipc_interface::RouteKind;
use sipc_mod_usrloc::{Contact, Matching, Record};
use sipc_sip::{HeaderKind, Uri, list_has};

use crate::aor;
use crate::error::Refusal;
use crate::flags::{PathMode, SaveFlags};
use crate::request::{self, Binding, Wanted};
use crate::{State, avp_text};

/// Handles a REGISTER, or the 200 of one that was forwarded.
///
/// Returns 1 when stored, -2 when refused (which has been answered), -1 when the reply cannot be sent.
pub fn save(
    cx: &mut Context,
    domain: Text,
    flags: Option<Text>,
    aor: Option<Text>,
    _tag: Option<Text>,
) -> i32 {
    let worker = cx.worker.clone();
    let Some(state) = worker.shared.state::<State>() else { return -1 };
    let Some(mut flags) = SaveFlags::parse(&flags.unwrap_or_default()) else { return -1 };
    flags.no_reply |= cx.route_kind == RouteKind::Reply;
    let mut answer = Answer::default();
    let result = store(cx, state, &domain, &flags, aor, &mut answer);
    match result {
        Ok(()) => state.accepted.increment(),
        Err(_) => state.rejected.increment(),
    }
    if !flags.no_reply && reply(cx, state, &flags, result.err(), &answer) < 0 {
        return -1;
    }
    if result.is_ok() { 1 } else { -2 }
}

/// What goes into the reply.
#[derive(Default)]
struct Answer {
    contacts: Vec<u8>,
    path: Option<Text>,
}

fn store(
    cx: &mut Context,
    state: &State,
    table: &Text,
    flags: &SaveFlags,
    aor: Option<Text>,
    answer: &mut Answer,
) -> Result<(), Refusal> {
    let limits =
        (flags.min_expires.unwrap_or(state.min_expires), flags.max_expires.unwrap_or(state.max_expires));
    let to = match cx.message.to() {
        Some(Ok(to)) => cx.message.share(to.uri_text),
        _ => return Err(Refusal::Parse("To header not found")),
    };
    let wanted = request::wanted(cx, state, limits)?;
    let user = aor::key(state, &aor.unwrap_or(to))?;
    let now = cx.worker.unix_us() / 1_000_000;
    let locations = &state.locations;
    match wanted {
        Wanted::Query => {
            locations.read(table, &user, |r| answer.list(state, r, now, |_| true));
        }
        Wanted::RemoveAll => {
            locations.remove(table, &user);
        }
        Wanted::These(bindings) => {
            let common = common(cx, state, flags, answer)?;
            let only: Vec<Text> = bindings.iter().map(|b| b.uri.clone()).collect();
            locations.change(table, &user, |record| {
                let mut change = Change { state, flags, common: &common, now, record };
                let result = bindings.iter().try_for_each(|b| change.apply(b));
                let listed = |c: &Contact| !flags.only_request_contacts || only.contains(&c.uri);
                answer.list(state, Some(change.record), now, listed);
                result
            })?;
            keep_connection(cx, state, &bindings);
        }
    }
    Ok(())
}

/// A connection whose contacts are to be reached over it lasts as long as they do, and some seconds more.
fn keep_connection(cx: &Context, state: &State, bindings: &[Binding]) {
    let Some(id) = cx.received.connection.filter(|_| cx.flags & state.persistent_flag != 0) else { return };
    let longest = bindings.iter().map(|b| b.lifetime).max().filter(|seconds| *seconds > 0);
    if let (Some(seconds), Some(connections)) = (longest, cx.shared().connections.get()) {
        connections.keep(id, seconds.saturating_add(10));
    }
}

/// What all contacts of a REGISTER share.
struct Common {
    call_id: Text,
    cseq: u32,
    user_agent: Text,
    received: Option<Text>,
    path: Option<Text>,
    methods: u16,
    attr: Option<Text>,
    template: Template,
}

/// Values of the message itself.
struct Template {
    flags: u32,
    branch_flags: u32,
    socket: sipc_engine::network::SocketId,
}

fn common(
    cx: &mut Context,
    state: &State,
    flags: &SaveFlags,
    answer: &mut Answer,
) -> Result<Common, Refusal> {
    let received = state.received_avp.as_ref().and_then(|name| avp_text(cx, name));
    let attr = state.attr_avp.as_ref().and_then(|name| avp_text(cx, name));
    let m = &cx.message;
    let call_id = m.call_id().ok_or(Refusal::Parse("Call-ID header not found"))?;
    let cseq = m.cseq().and_then(Result::ok).and_then(|c| c.number());
    let path = if flags.path == PathMode::Ignored { None } else { path_vector(cx)? };
    let from_path = path.as_ref().filter(|_| flags.path_received).and_then(path_received);
    answer.path = path.clone();
    let allow: Vec<u8> =
        m.find_all(HeaderKind::Allow).map(|h| h.value().to_vec()).collect::<Vec<_>>().join(&b',');
    Ok(Common {
        call_id: m.share(call_id),
        cseq: cseq.ok_or(Refusal::Parse("CSeq header not found"))?,
        user_agent: m.find(HeaderKind::UserAgent).map_or(Text::from_static(b"n/a"), |h| h.value_bytes()),
        received: received.or(from_path),
        path,
        methods: if allow.is_empty() { u16::MAX } else { request::methods(&allow).unwrap_or(u16::MAX) },
        attr,
        template: Template {
            flags: cx.flags,
            branch_flags: cx.target.flags,
            socket: cx.target.socket.unwrap_or(cx.received.socket),
        },
    })
}

/// All Path headers as the value of one Route header.
fn path_vector(cx: &Context) -> Result<Option<Text>, Refusal> {
    let all: Vec<&[u8]> = cx.message.find_all(HeaderKind::Path).map(|h| h.value()).collect();
    if all.is_empty() {
        return Ok(None);
    }
    for value in &all {
        if sipc_sip::NameAddr::routes(value).any(|r| r.is_err()) {
            return Err(Refusal::BadPath);
        }
    }
    Ok(Some(all.join(&b", "[..]).into()))
}

/// The received parameter of the first Path URI.
fn path_received(path: &Text) -> Option<Text> {
    let first = sipc_sip::NameAddr::routes(path).next()?.ok()?;
    let uri = Uri::parse(first.uri_text).ok()?;
    let value = uri.params().value(b"received")?;
    Some(Text::copy_from_slice(value))
}

/// One change of a user's record.
struct Change<'a> {
    state: &'a State,
    flags: &'a SaveFlags,
    common: &'a Common,
    now: u64,
    record: &'a mut Record,
}

impl Change<'_> {
    fn apply(&mut self, binding: &Binding) -> Result<(), Refusal> {
        let matching = match self.flags.by_call_id {
            Some(true) => Matching::UriAndCallId,
            Some(false) => Matching::Uri,
            None => self.state.locations.parameters.matching,
        };
        match self.record.find(&binding.uri, &self.common.call_id, matching) {
            Some(at) if self.is_stale(at)? => Ok(()),
            Some(at) if binding.lifetime == 0 => {
                self.record.contacts.remove(at);
                Ok(())
            }
            Some(at) => {
                let old = self.record.contacts.remove(at);
                self.make_room()?;
                self.insert(binding, old.id, old.latency_us)
            }
            None if binding.lifetime == 0 => Ok(()),
            None if self.state.locations.is_full() => Err(Refusal::Full),
            None => {
                self.make_room()?;
                self.insert(binding, self.state.locations.new_id(), 0)
            }
        }
    }

    /// Whether the REGISTER was handled before; one that is older than the last is refused.
    fn is_stale(&self, at: usize) -> Result<bool, Refusal> {
        let old = &self.record.contacts[at];
        if old.call_id != self.common.call_id {
            return Ok(false);
        }
        let cseq = self.common.cseq.saturating_add(u32::from(self.state.allow_dup_cseq));
        if cseq > old.cseq {
            return Ok(false);
        }
        let recent = self.now < old.modified + self.state.locations.parameters.cseq_delay;
        if cseq == old.cseq && recent { Ok(true) } else { Err(Refusal::BadCSeq) }
    }

    /// At the limit the last contact goes when registration is forced; else the REGISTER is refused.
    fn make_room(&mut self) -> Result<(), Refusal> {
        let limit = self.flags.max_contacts.unwrap_or(self.state.max_contacts);
        while limit > 0 && self.record.valid(self.now) >= limit {
            let last = self.record.contacts.iter().rposition(|c| c.is_valid(self.now));
            match last.filter(|_| self.flags.force) {
                Some(at) => drop(self.record.contacts.remove(at)),
                None => return Err(Refusal::TooMany),
            }
        }
        Ok(())
    }

    fn insert(&mut self, b: &Binding, id: u64, latency_us: u64) -> Result<(), Refusal> {
        let c = self.common;
        let contact = Contact {
            id,
            uri: owned(&b.uri),
            q: b.q,
            expires: self.now + b.lifetime,
            received: c.received.as_ref().or(b.received.as_ref()).map(owned),
            path: c.path.as_ref().map(owned),
            call_id: owned(&c.call_id),
            cseq: c.cseq,
            flags: c.template.flags,
            branch_flags: c.template.branch_flags,
            user_agent: owned(&c.user_agent),
            socket: c.template.socket,
            methods: b.methods.unwrap_or(c.methods),
            instance: b.instance.as_ref().map(owned),
            attr: c.attr.as_ref().map(owned),
            modified: self.now,
            latency_us,
        };
        self.record.insert(contact, self.state.locations.parameters.newest_first);
        Ok(())
    }
}

/// A copy of its own: a slice would keep the whole REGISTER in memory.
fn owned(text: &Text) -> Text {
    Text::copy_from_slice(text)
}

impl Answer {
    /// Lists contacts as the Contact header of the reply.
    fn list(&mut self, state: &State, record: Option<&Record>, now: u64, listed: impl Fn(&Contact) -> bool) {
        let Some(record) = record else { return };
        for c in record.contacts.iter().filter(|c| c.is_valid(now) && listed(c)) {
            let separator: &[u8] = if self.contacts.is_empty() { b"Contact: " } else { b", " };
            self.contacts.extend_from_slice(&[separator, b"<", &c.uri, b">"].concat());
            if let Some(q) = c.q {
                self.contacts.extend_from_slice(format!(";q={}", q_text(q)).as_bytes());
            }
            self.contacts.extend_from_slice(format!(";expires={}", c.expires - now).as_bytes());
            if let Some(received) = &c.received {
                let name = state.received_param.as_bytes();
                self.contacts.extend_from_slice(&[b";", name, b"=\"", received, b"\""].concat());
            }
            if let Some(instance) = &c.instance {
                self.contacts.extend_from_slice(&[b";+sip.instance=\"", &instance[..], b"\""].concat());
            }
        }
        if !self.contacts.is_empty() {
            self.contacts.extend_from_slice(b"\r\n");
        }
    }
}

/// Thousandths as the shortest decimal: `1`, `0.5`, `0.125`.
fn q_text(q: u16) -> String {
    if q >= 1000 {
        return "1".into();
    }
    let text = format!("0.{q:03}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn reply(
    cx: &mut Context,
    state: &State,
    flags: &SaveFlags,
    refusal: Option<Refusal>,
    answer: &Answer,
) -> i32 {
    let mut refusal = refusal;
    let mut headers = answer.contacts.clone();
    if let Some(path) = answer.path.as_ref().filter(|_| refusal.is_none() && flags.path != PathMode::Off) {
        let supports = cx.message.find_all(HeaderKind::Supported).any(|h| list_has(h.value(), b"path"));
        if supports {
            headers.extend_from_slice(&[b"Path: ", &path[..], b"\r\n"].concat());
        } else if flags.path == PathMode::Strict {
            refusal = Some(Refusal::PathUnsupported);
            headers.extend_from_slice(&[b"Unsupported: path\r\nPath: ", &path[..], b"\r\n"].concat());
        }
    }
    let (code, reason): (u16, &'static [u8]) = refusal.map_or((200, b"OK"), Refusal::reply);
    if let Some(r) = refusal {
        headers.extend_from_slice(format!("P-Registrar-Error: {}\r\n", r.text()).as_bytes());
        if code >= 500 && state.retry_after > 0 {
            headers.extend_from_slice(format!("Retry-After: {}\r\n", state.retry_after).as_bytes());
        }
    }
    if !headers.is_empty() {
        cx.reply_headers.push(headers.into());
    }
    sipc_mod_signaling::send_reply(cx, i32::from(code), Text::from_static(reason))
}

/// Removes contacts of a user: all, or those that match what is given.
pub fn remove(
    cx: &mut Context,
    domain: Text,
    aor: Text,
    contact: Option<Text>,
    next_hop: Option<Text>,
    instance: Option<Text>,
    bflag: Option<Text>,
) -> i32 {
    let worker = cx.worker.clone();
    let Some(state) = worker.shared.state::<State>() else { return -1 };
    let Ok(user) = aor::key(state, &aor) else { return -1 };
    let bit = bflag.as_ref().map(|name| flag_mask(&worker.shared.configuration.branch_flags, name));
    let hop = |c: &Contact| c.received.as_ref().unwrap_or(&c.uri).clone();
    let matches = |c: &Contact| {
        contact.as_ref().is_none_or(|uri| c.uri == *uri)
            && next_hop.as_ref().is_none_or(|h| has_host(&hop(c), h))
            && instance.as_ref().is_none_or(|i| c.instance.as_ref() == Some(i))
            && bit.is_none_or(|mask| c.branch_flags & mask != 0)
    };
    state.locations.change(&domain, &user, |record| record.contacts.retain(|c| !matches(c)));
    1
}

fn flag_mask(names: &[String], name: &[u8]) -> u32 {
    names.iter().position(|n| n.as_bytes() == name).map_or(0, |bit| 1 << bit)
}

fn has_host(uri: &[u8], host: &[u8]) -> bool {
    Uri::parse(uri).is_ok_and(|u| u.host_text().eq_ignore_ascii_case(host))
}

#[cfg(test)]
mod tests {
    use super::q_text;

    #[test]
    fn q_is_printed_short() {
        assert_eq!([q_text(1000), q_text(900), q_text(125), q_text(0)], ["1", "0.9", "0.125", "0"]);
    }
}
