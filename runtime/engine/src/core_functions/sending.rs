//! Functions that send without a transaction.

use bytes::Bytes;

use crate::send::{self, SendError};
use crate::{Context, Text};

/// Forwards the request without a transaction: to `[proto:]host[:port]`, `$du` or `$ru`.
///
/// Returns 1, or the negative code of what went wrong.
pub async fn forward(cx: &mut Context, destination: Option<Text>) -> i32 {
    send::forward_stateless(cx, destination).await.map_or_else(SendError::code, |()| 1)
}

/// Sends the message as received to `[proto:]host[:port]`, with header lines put behind its first line.
pub async fn send(cx: &mut Context, destination: Text, headers: Option<Text>) -> i32 {
    match send_raw(cx, &destination, headers).await {
        Ok(()) => 1,
        Err(e) => e.code(),
    }
}

async fn send_raw(cx: &mut Context, destination: &Text, headers: Option<Text>) -> Result<(), SendError> {
    let to = send::destinations(&cx.worker, destination, true).await?.remove(0);
    let socket = send::socket_for(cx, &to)?;
    let bytes = cx.message.bytes();
    let payload = match headers {
        None => bytes.clone(),
        Some(headers) => {
            let at = cx.message.headers_start();
            Bytes::from([&bytes[..at], &headers[..], &bytes[at..]].concat())
        }
    };
    cx.worker.network.send(socket, to, payload)?;
    Ok(())
}
