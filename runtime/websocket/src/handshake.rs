//! The handshake (RFC 6455 section 4), with the subprotocol `sip` (RFC 7118 section 4).

use std::net::SocketAddr;

use tungstenite::handshake::client::{Response, generate_key};
use tungstenite::handshake::derive_accept_key;
use tungstenite::handshake::machine::TryParse;
use tungstenite::handshake::server::{Request, create_response, write_response};
use tungstenite::http::{HeaderMap, HeaderValue, StatusCode};

const PROTOCOL: &str = "Sec-WebSocket-Protocol";
const SIP: &str = "sip";
const REFUSED: &str = "HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";
const OTHER_VERSION: &str = "HTTP/1.1 426 Upgrade Required\r\nSec-WebSocket-Version: 13\r\nConnection: close\r\n\
                             Content-Length: 0\r\n\r\n";

/// What the other side's answer must fit.
pub struct Key(String);

/// Asks for a WebSocket.
pub fn ask(resource: &str, host: SocketAddr, wire: &mut Vec<u8>) -> Key {
    let key = generate_key();
    let request = format!(
        "GET {resource} HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Key: {key}\r\nOrigin: http://{host}\r\nSec-WebSocket-Protocol: sip\r\n\
         Sec-WebSocket-Version: 13\r\n\r\n"
    );
    wire.extend_from_slice(request.as_bytes());
    Key(key)
}

/// Answers who asks for a WebSocket. Gives the length of the question; `None`: it is not whole.
pub fn request(head: &[u8], require_origin: bool, answers: &mut Vec<u8>) -> Result<Option<usize>, String> {
    let parsed = Request::try_parse(head).map_err(|e| e.to_string());
    let (length, request) = match parsed {
        Ok(None) => return Ok(None),
        Ok(Some(whole)) => whole,
        Err(why) => return Err(refused(answers, REFUSED, why)),
    };
    let headers = request.headers();
    let version = headers.get("Sec-WebSocket-Version");
    if version.is_some_and(|v| v != "13") {
        return Err(refused(answers, OTHER_VERSION, "another version of WebSocket is wanted".to_owned()));
    }
    let missing =
        ["Host", "Origin"].iter().find(|n| (require_origin || **n == "Host") && !headers.contains_key(**n));
    if let Some(name) = missing {
        return Err(refused(answers, REFUSED, format!("the handshake lacks {name}")));
    }
    if !speaks_sip(headers) {
        return Err(refused(answers, REFUSED, "the subprotocol sip is not offered".to_owned()));
    }
    let mut response = create_response(&request).map_err(|e| refused(answers, REFUSED, e.to_string()))?;
    response.headers_mut().insert(PROTOCOL, HeaderValue::from_static(SIP));
    write_response(&mut *answers, &response).map_err(|e| e.to_string())?;
    Ok(Some(length))
}

fn refused(answers: &mut Vec<u8>, answer: &str, why: String) -> String {
    answers.extend_from_slice(answer.as_bytes());
    why
}

fn speaks_sip(headers: &HeaderMap) -> bool {
    let offers = headers.get_all(PROTOCOL).into_iter().filter_map(|v| v.to_str().ok());
    offers.flat_map(|v| v.split(',')).any(|p| p.trim().eq_ignore_ascii_case(SIP))
}

/// Reads the answer of the other side. Gives its length; `None`: it is not whole.
pub fn response(head: &[u8], key: &Key) -> Result<Option<usize>, String> {
    let parsed = <Response as TryParse>::try_parse(head).map_err(|e| e.to_string())?;
    let Some((length, response)) = parsed else { return Ok(None) };
    if response.status() != StatusCode::SWITCHING_PROTOCOLS {
        return Err(format!("the other side says {} to the handshake", response.status()));
    }
    let accepted = response.headers().get("Sec-WebSocket-Accept").map(HeaderValue::as_bytes);
    if accepted != Some(derive_accept_key(key.0.as_bytes()).as_bytes()) {
        return Err("the answer to the handshake belongs to another question".to_owned());
    }
    match speaks_sip(response.headers()) {
        true => Ok(Some(length)),
        false => Err("the other side does not speak the subprotocol sip".to_owned()),
    }
}
