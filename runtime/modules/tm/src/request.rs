//! Requests made by the script or the management interface.

use serde_json::Value as Json;
use sipc_engine::log::Level;
use sipc_engine::mi::{MiError, Params};
use sipc_engine::shared::Shared;
use sipc_engine::tm::local::{self, Request};
use sipc_engine::{Context, Text, Value};

/// CSeq of requests made here.
const CSEQ: u32 = 10;

/// A request that so many others led to is not made.
const DEPTH_MAX: u32 = 16;

/// Sends a request through a transaction of its own.
///
/// `from` and `to` are URIs, each with an optional display name before it; `body` begins with its
/// Content-Type and a blank; `context` becomes `$avp(uac_ctx)` of the local route.
pub async fn t_new_request(
    cx: &mut Context,
    method: Text,
    request_uri: Text,
    from: Text,
    to: Text,
    body: Option<Text>,
    context: Option<Text>,
) -> i32 {
    // a route that is shown the requests made here must not make requests for ever
    if cx.event_depth >= DEPTH_MAX {
        cx.log(Level::Error, "t_new_request", format_args!("more than {DEPTH_MAX} requests led to this one"));
        return -1;
    }
    let (content_type, body) = match body {
        None => (Text::new(), Text::new()),
        Some(text) => match text.iter().position(|c| *c == b' ') {
            Some(at) => (text.slice(..at), text.slice(at + 1..)),
            None => return -1,
        },
    };
    let headers = match content_type.is_empty() {
        true => Text::new(),
        false => [b"Content-Type: ", &content_type[..], b"\r\n"].concat().into(),
    };
    let request = Request {
        method,
        uri: request_uri,
        from: address(&from),
        to: address(&to),
        cseq: CSEQ,
        headers,
        body,
        avps: context.map(|c| (Text::from_static(b"uac_ctx"), Value::Text(c))).into_iter().collect(),
        depth: cx.event_depth + 1,
        ..Request::default()
    };
    let worker = cx.worker.clone();
    match local::send(&worker, request, None).await {
        Ok(()) => 1,
        Err(_) => -1,
    }
}

/// `Display uri` or `uri` as a header value.
fn address(text: &Text) -> Text {
    match text.iter().rposition(|c| *c == b' ') {
        Some(at) => [&text[..at], b" <", &text[at + 1..], b">"].concat().into(),
        None => [b"<", &text[..], b">"].concat().into(),
    }
}

/// `tm:uac_dlg`: sends a request; the answer is given as soon as it is on its way.
pub fn uac_dlg(shared: &Shared, params: &Params) -> Result<Json, MiError> {
    let text = |name| params.text(name).unwrap_or_default();
    let headers = text("headers").replace("\r\n", "\n").replace('\n', "\r\n");
    let value = |name: &str| header(&headers, name);
    let (Some(from), Some(to)) = (value("From"), value("To")) else {
        return Err(MiError::new(400, "From and To must be among the headers"));
    };
    let rest: String = headers
        .split_inclusive("\r\n")
        .filter(|l| !["from", "to", "call-id", "cseq"].contains(&name(l).as_str()) && !l.trim().is_empty())
        .collect();
    let from = from.split(";tag=").next().unwrap_or_default().to_owned();
    let request = Request {
        method: text("method").into(),
        uri: text("ruri").into(),
        next_hop: params.text("next_hop").filter(|h| h != ".").map(Into::into),
        from: from.into(),
        to: to.into(),
        call_id: value("Call-ID").unwrap_or_default().into(),
        cseq: value("CSeq").and_then(|v| v.split(' ').next()?.parse().ok()).unwrap_or(CSEQ),
        headers: rest.into(),
        body: text("body").into(),
        socket: params.text("socket").and_then(|s| shared.socket_named(s.as_bytes())),
        ..Request::default()
    };
    let taken = shared.on_worker(Box::new(move |worker| {
        let w = worker.clone();
        worker.start(Box::pin(async move {
            // a request that cannot be sent is logged where it fails
            let _ = local::send(&w, request, None).await;
        }));
    }));
    if taken { Ok(Json::String("OK".into())) } else { Err(MiError::new(500, "too much is waiting")) }
}

fn name(line: &str) -> String {
    line.split(':').next().unwrap_or_default().trim().to_ascii_lowercase()
}

fn header(headers: &str, wanted: &str) -> Option<String> {
    let line = headers.lines().find(|l| name(l) == wanted.to_ascii_lowercase())?;
    Some(line.split_once(':')?.1.trim().to_owned())
}
