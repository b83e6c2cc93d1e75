//! Any bytes as a WebSocket, before and after its handshake: messages have a bound, nothing panics or grows.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sipc_engine::streams::{Layer, Output};
use sipc_websocket::{Settings, WebSocket};

const HANDSHAKE: &[u8] = b"GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
    Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: sip\r\nSec-WebSocket-Version: 13\r\n\r\n";

fn fed(layer: &mut WebSocket, bytes: &[u8]) {
    let mut out = Output::default();
    for piece in bytes.chunks(97) {
        if layer.receive(piece, &mut out).is_err() || out.ended {
            break;
        }
    }
    assert!(out.messages.iter().all(|m| m.len() <= 65_535));
    assert!(out.answers.len() <= bytes.len() + 1024, "answers are no longer than what is answered");
    layer.end(&mut Vec::new());
}

fuzz_target!(|bytes: &[u8]| {
    let settings = Settings { resource: "/".into(), require_origin: false };
    let peer = ([192, 0, 2, 1], 80).into();
    for accepted in [true, false] {
        fed(&mut WebSocket::new(settings.clone(), accepted, peer), bytes);
    }
    let mut open = WebSocket::new(settings, true, peer);
    if open.receive(HANDSHAKE, &mut Output::default()).is_ok() {
        fed(&mut open, bytes);
    }
});
