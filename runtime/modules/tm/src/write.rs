//! `t_write_req` and `t_write_unix`: a request for another program, which may reply to it through `tm:reply`.
//!
//! What is written is twenty items, each with a line end (the last two may have several lines): a version, the action,
//! method, user and domain of the request URI, our address and port, the request URI, the URI for requests that
//! follow, From, To, Call-ID, their tags, the CSeq number, the transaction, the route set, its next hop, what `tw_append` adds, the body.

use sipc_engine::log::Level;
use sipc_engine::network::Outlet;
use sipc_engine::setup::Setup;
use sipc_engine::{Context, Text, dynamic, tm};
use sipc_interface::modules::tm::{Appended, appended};
use sipc_sip::{HeaderKind, Method, NameAddr};

/// The version of the format.
const VERSION: &[u8] = b"0.3";
/// Stands for what is not there.
const NONE: &[u8] = b".";
/// As OpenSIPS: what is appended is no longer than this.
const APPENDED_MAX: usize = 4096;

/// The parameters.
pub(crate) struct Writing {
    lists: Vec<(String, Vec<Appended>)>,
    seconds_max: u64,
}

impl Writing {
    /// Reads `tw_append` and `unix_tx_timeout`; what calls name must be there.
    pub fn new(setup: &Setup) -> Result<Writing, String> {
        let seconds = setup.int("tm", "unix_tx_timeout", 2);
        let seconds_max = u64::try_from(seconds).ok().filter(|s| *s > 0);
        let seconds_max = seconds_max.ok_or("unix_tx_timeout must be above 0")?;
        let mut writing = Writing { lists: Vec::new(), seconds_max };
        for text in setup.params("tm", "tw_append").filter_map(|p| p.text()).filter(|t| !t.is_empty()) {
            let (name, list) = appended(text)?;
            if writing.list(name.as_bytes()).is_some() {
                return Err(format!("tw_append: {name} is there twice"));
            }
            writing.lists.push((name, list));
        }
        for function in ["t_write_req", "t_write_unix"] {
            for told in setup.told("tm", function, 0).flatten() {
                let list = told.split_once('/').map(|(_, list)| list);
                if let Some(list) = list.filter(|l| writing.list(l.as_bytes()).is_none()) {
                    return Err(format!("{function}: no tw_append has the name {list}"));
                }
            }
        }
        Ok(writing)
    }

    fn list(&self, name: &[u8]) -> Option<&[Appended]> {
        let found = self.lists.iter().find(|(known, _)| known.as_bytes().eq_ignore_ascii_case(name));
        found.map(|(_, list)| &list[..])
    }
}

/// Writes the request into a pipe. `info` is an action, or `action/list` with the name of a `tw_append`.
pub async fn t_write_req(cx: &mut Context, info: Text, path: Text) -> i32 {
    write(cx, "t_write_req", &info, Outlet::Pipe(path)).await
}

/// The same, as one datagram to a Unix socket.
pub async fn t_write_unix(cx: &mut Context, info: Text, path: Text) -> i32 {
    write(cx, "t_write_unix", &info, Outlet::Datagram(path)).await
}

async fn write(cx: &mut Context, function: &str, info: &Text, outlet: Outlet) -> i32 {
    let shared = cx.worker.shared.clone();
    let Some(writing) = shared.state::<Writing>() else { return -1 };
    let Some(t) = cx.transaction.clone() else {
        cx.log(Level::Error, function, format_args!("the request has no transaction"));
        return -1;
    };
    let written = match assemble(cx, writing, info, t.id) {
        Ok(text) => cx.worker.network.write(outlet, text.into(), writing.seconds_max).await,
        Err(why) => Err(why.to_owned()),
    };
    if let Err(why) = written {
        cx.log(Level::Error, function, format_args!("{why}"));
        return -1;
    }
    // whoever reads it replies in time, or a timeout does
    if tm::wait_for_reply(&cx.worker, &t) { 1 } else { -1 }
}

fn assemble(cx: &mut Context, writing: &Writing, info: &[u8], id: u64) -> Result<Vec<u8>, &'static str> {
    let mut parts = info.splitn(2, |c| *c == b'/');
    let action = parts.next().filter(|a| !a.is_empty()).ok_or("there is no action")?;
    let list = match parts.next() {
        None => &[],
        Some(name) => writing.list(name).ok_or("no tw_append has this name")?,
    };
    let headers = about_call(cx, id).ok_or("the request is broken")?;
    let append = append(cx, list)?;
    let wants_body = cx.message.method() == Some(Method::Invite) || list.contains(&Appended::Body);
    let body = if wants_body { cx.message.body() } else { Text::from_static(NONE) };
    let mut out = Vec::with_capacity(1024);
    let first = [VERSION.to_vec(), [b"sip_request.", action].concat()];
    let all = first.iter().chain(&headers).map(|line| &line[..]).chain([&append[..], &body[..]]);
    for line in all {
        out.extend_from_slice(line);
        out.push(b'\n');
    }
    Ok(out)
}

/// The lines from the method to the next hop.
fn about_call(cx: &Context, id: u64) -> Option<Vec<Vec<u8>>> {
    let m = &cx.message;
    let uri = sipc_sip::Uri::parse(&cx.target.uri).ok()?;
    let socket = cx.shared().socket(cx.received.socket);
    let value = |kind| m.find(kind).map(|h| h.value());
    let (from, to) = (value(HeaderKind::From)?, value(HeaderKind::To)?);
    let tag = |value| NameAddr::parse(value).ok().and_then(|a| a.tag()).unwrap_or_default();
    let cseq = value(HeaderKind::CSeq)?.split(|c| c.is_ascii_whitespace()).next().unwrap_or_default();
    let port = match socket.address.port() {
        5060 => NONE.to_vec(),
        port => port.to_string().into_bytes(),
    };
    let way = way_back(cx, from);
    Some(vec![
        m.request_line()?.method_name.to_vec(),
        uri.user().unwrap_or_default().to_vec(),
        uri.host_text().to_vec(),
        socket.address.ip().to_string().into_bytes(),
        port,
        cx.target.uri.to_vec(),
        way.uri,
        from.to_vec(),
        to.to_vec(),
        value(HeaderKind::CallId)?.to_vec(),
        tag(from).to_vec(),
        tag(to).to_vec(),
        cseq.to_vec(),
        format!("{id:016x}").into_bytes(),
        way.routes,
        way.next_hop,
    ])
}

/// How a request inside the call finds the caller.
struct WayBack {
    uri: Vec<u8>,
    routes: Vec<u8>,
    next_hop: Vec<u8>,
}

/// By the Contact, or From when there is none, and the Record-Routes; a first one that is a strict router stands in the
/// request URI.
fn way_back(cx: &Context, from: &[u8]) -> WayBack {
    let m = &cx.message;
    let contact = m.find(HeaderKind::Contact).and_then(|h| NameAddr::contacts(h.value()).next()?.ok());
    let contact = contact.or_else(|| NameAddr::parse(from).ok()).map_or(NONE, |a| a.uri_text);
    let recorded = m.find_all(HeaderKind::RecordRoute);
    let routes: Vec<_> = recorded.flat_map(|h| NameAddr::routes(h.value())).filter_map(Result::ok).collect();
    let joined = |all: &mut dyn Iterator<Item = &[u8]>| {
        all.map(|uri| [b"<", uri, b">"].concat()).collect::<Vec<_>>().join(&b","[..])
    };
    let Some((first, rest)) = routes.split_first() else {
        return WayBack { uri: contact.to_vec(), routes: NONE.to_vec(), next_hop: NONE.to_vec() };
    };
    match first.uri().is_ok_and(|uri| uri.is_loose()) {
        true => WayBack {
            uri: contact.to_vec(),
            routes: joined(&mut routes.iter().map(|r| r.uri_text)),
            next_hop: first.uri_text.to_vec(),
        },
        false => WayBack {
            uri: first.uri_text.to_vec(),
            routes: joined(&mut rest.iter().map(|r| r.uri_text).chain([contact])),
            next_hop: NONE.to_vec(),
        },
    }
}

/// The flags of the message, what `tw_append` names, and a line with a dot.
fn append(cx: &mut Context, list: &[Appended]) -> Result<Vec<u8>, &'static str> {
    let flags = [cx.via.force_rport, cx.via.reply_to_via, cx.via.add_local_rport];
    let flags = flags.iter().enumerate().fold(0, |all, (bit, set)| all | u32::from(*set) << bit);
    let mut out = format!("P-MsgFlags: {flags:x}\n").into_bytes();
    for item in list {
        let Appended::Variable(title, variable) = item else { continue };
        let Some((variable, _)) = dynamic::variable(cx, variable.as_bytes()) else {
            return Err("a variable of tw_append cannot be read");
        };
        let Some(value) = variable.read(cx).text() else { continue };
        out.extend_from_slice(title.as_bytes());
        out.extend_from_slice(b": ");
        out.extend_from_slice(&value);
        out.push(b'\n');
    }
    if out.len() >= APPENDED_MAX {
        return Err("what tw_append adds is too long");
    }
    out.push(b'.');
    Ok(out)
}
