//! Requests made by the script.

use sipc_engine::log::Level;
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
