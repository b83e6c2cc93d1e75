//! `tm:uac_dlg`: a request that management makes, and its final reply.

use serde_json::{Map, Value as Json, json};
use sipc_engine::mi::{MiError, Params, Pending};
use sipc_engine::network::SocketId;
use sipc_engine::send::{self, SendError};
use sipc_engine::shared::Shared;
use sipc_engine::tm::local::{self, OnComplete, Request};
use sipc_engine::waiting::{Keeper, promise};
use sipc_sip::{HeaderKind, Message, NameAddr, Transport, Uri};

/// CSeq of requests that bring none.
const CSEQ: u32 = 10;
/// In a header it stands for the address and port that the request leaves from.
const OWN_ADDRESS: &str = "!!";

/// For who cannot wait: sends it.
pub fn now(shared: &Shared, params: &Params) -> Result<Json, MiError> {
    submit(shared, request(shared, params)?, None)?;
    Ok(Json::String("Accepted".into()))
}

/// Sends it, and tells what it was answered.
pub fn later(shared: &Shared, params: &Params) -> Pending {
    let (keeper, promised) = promise();
    let begun = request(shared, params).and_then(|request| submit(shared, request, Some(keeper)));
    Box::pin(async move {
        begun?;
        promised.await.unwrap_or_else(|| Err(MiError::new(500, "MI/UAC failed")))
    })
}

type Outcome = Result<Json, MiError>;

fn submit(shared: &Shared, request: Request, keeper: Option<Keeper<Outcome>>) -> Result<(), MiError> {
    let taken = shared.on_worker(Box::new(move |worker| {
        let w = worker.clone();
        worker.start(Box::pin(async move {
            let done = keeper.clone().map(|keeper| -> OnComplete {
                Box::new(move |_, code, reply| keeper.keep(Ok(told(code, reply))))
            });
            // without a keeper nobody asked
            if let (Err(why), Some(keeper)) = (local::send(&w, request, done).await, keeper) {
                keeper.keep(Err(unsent(why)));
            }
        }));
    }));
    if taken { Ok(()) } else { Err(MiError::new(500, "too much is waiting")) }
}

fn unsent(why: SendError) -> MiError {
    match why {
        SendError::Unresolvable => MiError::new(478, "Unresolvable destination (478/MI/UAC)"),
        SendError::BadUri => {
            MiError::new(479, "Regretfully, we were not able to process the URI (479/MI/UAC)")
        }
        SendError::Send | SendError::NoSocket => {
            MiError::new(477, "Unfortunately error on sending to next hop occurred (477/MI/UAC)")
        }
        _ => MiError::new(500, "MI/UAC failed"),
    }
}

/// The final reply: its status; when it was received also its text, and where further requests would go.
fn told(code: u16, reply: Option<&Message>) -> Json {
    let mut told = Map::new();
    let Some((reply, status)) = reply.and_then(|r| Some((r, r.status_line()?))) else {
        told.insert("Status".into(), json!(format!("{code} {}", send::reason(code))));
        return Json::Object(told);
    };
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    told.insert("Status".into(), json!(format!("{code} {}", text(status.reason))));
    if code < 300 {
        way_on(reply, &mut told);
    }
    let rest = reply.bytes().get(reply.headers_start()..).unwrap_or_default();
    told.insert("Message".into(), json!(text(rest)));
    Json::Object(told)
}

/// The request URI, the next hop and the routes of requests that follow (RFC 3261 12.2.1.1).
fn way_on(reply: &Message, told: &mut Map<String, Json>) {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let contact = reply.find(HeaderKind::Contact).and_then(|h| NameAddr::contacts(h.value()).next()?.ok());
    let target = contact.map(|c| text(c.uri_text));
    let recorded = reply.find_all(HeaderKind::RecordRoute);
    let mut routes: Vec<_> =
        recorded.flat_map(|h| NameAddr::routes(h.value())).filter_map(Result::ok).collect();
    routes.reverse();
    let Some(first) = routes.first() else {
        if let Some(target) = target {
            told.insert("RURI".into(), json!(target));
            told.insert("Next-hop".into(), json!(target));
        }
        return;
    };
    let hop = text(first.uri_text);
    let mut shown: Vec<String> = routes.iter().map(|r| text(r.whole)).collect();
    let loose = first.uri().is_ok_and(|uri| uri.is_loose());
    if loose {
        told.extend(target.map(|target| ("RURI".to_owned(), json!(target))));
    } else {
        shown.remove(0);
        shown.extend(target.map(|target| format!("<{target}>")));
        told.insert("RURI".into(), json!(hop));
    }
    told.insert("Next-hop".into(), json!(hop));
    if !shown.is_empty() {
        told.insert("Routes".into(), json!(shown));
    }
}

/// The request that the parameters describe.
fn request(shared: &Shared, params: &Params) -> Result<Request, MiError> {
    let bad = |text: &str| MiError::new(400, text);
    let text = |name| params.text(name).unwrap_or_default();
    let (method, uri) = (text("method"), text("ruri"));
    Uri::parse(uri.as_bytes()).map_err(|_| bad("Invalid ruri"))?;
    let next_hop = params.text("next_hop").filter(|h| h != ".");
    if next_hop.as_ref().is_some_and(|h| Uri::parse(h.as_bytes()).is_err()) {
        return Err(bad("Invalid next_hop"));
    }
    let named = params.text("socket").filter(|s| !s.is_empty() && s != ".");
    let socket =
        named.map(|s| shared.socket_named(s.as_bytes()).ok_or(MiError::new(404, "Local socket not found")));
    let (socket, body) = (socket.transpose()?, text("body"));
    let message = headers(&method, &uri, &text("headers")).ok_or_else(|| bad("Bad headers"))?;
    if !body.is_empty() && !message.has(HeaderKind::ContentType) {
        return Err(bad("Content-Type missing"));
    }
    if !body.is_empty() && message.has(HeaderKind::ContentLength) {
        return Err(bad("Content-Length disallowed"));
    }
    let address = |kind, missing: &str, broken: &str| {
        let header = message.find(kind).ok_or_else(|| bad(missing))?;
        NameAddr::parse(header.value()).map_err(|_| bad(broken))
    };
    let to = address(HeaderKind::To, "To missing", "Error in To")?;
    let from = address(HeaderKind::From, "From missing", "Error in From")?;
    let own = socket.or_else(|| leaving(shared, next_hop.as_ref().unwrap_or(&uri)));
    Ok(Request {
        from: party(&from).into(),
        from_tag: message.share(from.tag().unwrap_or_default()),
        to: [&party(&to)[..], &to.tag().map_or(Vec::new(), |tag| [b";tag=", tag].concat())].concat().into(),
        call_id: message.call_id().map(|id| message.share(id)).unwrap_or_default(),
        cseq: cseq(&message, &method)?,
        headers: others(shared, &message, own).into(),
        method: method.into(),
        uri: uri.into(),
        next_hop: next_hop.map(Into::into),
        body: body.into(),
        socket,
        ..Request::default()
    })
}

/// The headers as those of a request; line ends may be written as `\r\n`.
fn headers(method: &str, uri: &str, text: &str) -> Option<Message> {
    let text = text.replace("\\r", "\r").replace("\\n", "\n").replace("\r\n", "\n").replace('\r', "");
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    let text = format!("{method} {uri} SIP/2.0\r\n{}\r\n\r\n", lines.join("\r\n"));
    Message::parse(text.into()).ok()
}

fn cseq(message: &Message, method: &str) -> Result<u32, MiError> {
    let Some(header) = message.find(HeaderKind::CSeq) else { return Ok(CSEQ) };
    let text = String::from_utf8_lossy(header.value()).into_owned();
    let mut words = text.split_whitespace();
    let number = words.next().and_then(|n| n.parse().ok());
    let number = number.ok_or_else(|| MiError::new(400, "Bad CSeq number"))?;
    match words.next() == Some(method) {
        true => Ok(number),
        false => Err(MiError::new(400, "CSeq method mismatch")),
    }
}

/// A display name and a URI, without parameters.
fn party(address: &NameAddr<'_>) -> Vec<u8> {
    let space: &[u8] = if address.display.is_empty() { b"" } else { b" " };
    [address.display, space, b"<", address.uri_text, b">"].concat()
}

/// The socket that a request to a URI leaves from, as far as that is known before it is sent.
fn leaving(shared: &Shared, uri: &str) -> Option<SocketId> {
    let uri = Uri::parse(uri.as_bytes()).ok()?;
    let transport = uri.transport().unwrap_or(Transport::Udp);
    let host = String::from_utf8_lossy(uri.host_text()).into_owned();
    let ip = host.trim_start_matches('[').trim_end_matches(']').parse().ok();
    ip.and_then(|ip| shared.socket_for(transport, ip)).or_else(|| shared.sockets.first().map(|s| s.id))
}

/// The header lines that are not made anew.
fn others(shared: &Shared, message: &Message, own: Option<SocketId>) -> String {
    let made = [HeaderKind::From, HeaderKind::To, HeaderKind::CallId, HeaderKind::CSeq];
    let own = own.map(|id| shared.socket(id).address.to_string()).unwrap_or_default();
    let lines = message.headers().filter(|h| !made.contains(&h.kind()));
    let line =
        |h: sipc_sip::Header<'_>| String::from_utf8_lossy(h.whole()).trim_end().replace(OWN_ADDRESS, &own);
    lines.map(|h| line(h) + "\r\n").collect()
}
