//! Two layers talk to each other, whatever pieces their bytes come in; frames that others may send.

use super::*;

fn layers() -> (WebSocket, WebSocket) {
    let peer = SocketAddr::from(([192, 0, 2, 1], 80));
    let settings = Settings { resource: "/sip".to_owned(), require_origin: true };
    (WebSocket::new(settings.clone(), false, peer), WebSocket::new(settings, true, peer))
}

/// Feeds bytes in pieces.
fn feed(layer: &mut WebSocket, bytes: &[u8], piece: usize) -> (Output, Result<(), String>) {
    let mut out = Output::default();
    let fed = bytes.chunks(piece).try_for_each(|b| layer.receive(b, &mut out));
    (out, fed)
}

fn open(piece: usize) -> (WebSocket, WebSocket) {
    let (mut client, mut server) = layers();
    let mut asked = Output::default();
    client.begin(&mut asked).expect("it asks");
    let (answer, fed) = feed(&mut server, &asked.answers, piece);
    assert_eq!(fed, Ok(()));
    let text = String::from_utf8_lossy(&answer.answers).to_ascii_lowercase();
    assert!(text.starts_with("http/1.1 101 ") && text.contains("sec-websocket-protocol: sip\r\n"), "{text}");
    assert_eq!(feed(&mut client, &answer.answers, piece).1, Ok(()));
    assert!(client.is_ready() && server.is_ready());
    (client, server)
}

#[test]
fn messages_come_through_whatever_the_pieces() {
    for piece in [1, 7, 100_000] {
        let (mut client, mut server) = open(piece);
        let long = vec![b'x'; 60_000];
        for message in [&b"OPTIONS sip:a@b SIP/2.0\r\n\r\n"[..], &[0xff, 0xfe], &long] {
            let mut wire = Vec::new();
            client.send(message, &mut wire).expect("open");
            assert!(wire[1] & 0x80 != 0, "what a client sends is masked");
            let (out, fed) = feed(&mut server, &wire, piece);
            assert_eq!((out.messages, fed), (vec![Bytes::copy_from_slice(message)], Ok(())));
            let mut wire = Vec::new();
            server.send(message, &mut wire).expect("open");
            assert_eq!(wire[0] & 0x0f, if message[0] == 0xff { 2 } else { 1 }, "text where it is text");
            assert_eq!(feed(&mut client, &wire, piece).0.messages.len(), 1);
        }
        let mut wire = Vec::new();
        client.end(&mut wire);
        let (out, _) = feed(&mut server, &wire, piece);
        assert!(out.ended && out.answers.first() == Some(&0x88), "the end is answered");
    }
}

/// A frame as a client masks it.
fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut bytes = vec![first, 0x80 | u8::try_from(payload.len()).expect("a short one"), 1, 2, 3, 4];
    bytes.extend(payload.iter().enumerate().map(|(i, b)| b ^ [1, 2, 3, 4][i % 4]));
    bytes
}

#[test]
fn fragments_are_put_together_and_pings_between_them_answered() {
    let (_, mut server) = open(100);
    let bytes = [frame(0x01, b"OPTIONS "), frame(0x89, b"there?"), frame(0x80, b"sip:a@b")].concat();
    let (out, fed) = feed(&mut server, &bytes, 3);
    assert_eq!((out.messages, fed), (vec![Bytes::from_static(b"OPTIONS sip:a@b")], Ok(())));
    assert_eq!(out.answers, b"\x8a\x06there?");
}

#[test]
fn frames_that_break_the_rules_end_the_connection() {
    let unmasked = vec![0x81, 2, b'h', b'i'];
    let huge = vec![0x82, 0xff, 0, 0, 0, 0, 0, 1, 0, 0, 1, 2, 3, 4];
    let bad_text = frame(0x81, &[0xff, 0xff]);
    for bytes in [unmasked, huge, bad_text, frame(0x83, b"x"), frame(0xf1, b"x"), frame(0x80, b"x")] {
        let (_, mut server) = open(100);
        let (out, fed) = feed(&mut server, &bytes, 1);
        assert!(fed.is_err() && out.messages.is_empty(), "{bytes:?}");
    }
}

#[test]
fn the_sum_of_fragments_has_a_bound() {
    let (_, mut server) = open(100);
    let first = frame(0x01, &[b'x'; 100]);
    let next = frame(0x00, &[b'x'; 100]);
    assert_eq!(feed(&mut server, &first, 1000).1, Ok(()));
    assert!((0..1000).any(|_| feed(&mut server, &next, 1000).1.is_err()));
}

#[test]
fn handshakes_that_are_none_are_refused() {
    let good = "GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: keep-alive, Upgrade\r\n\
                Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nOrigin: http://x\r\nSec-WebSocket-Protocol: chat, sip\r\n\
                Sec-WebSocket-Version: 13\r\n\r\n";
    let tried = |text: &str| {
        let (_, mut server) = layers();
        let (out, fed) = feed(&mut server, text.as_bytes(), 50);
        (fed.is_ok(), String::from_utf8_lossy(&out.answers).split(' ').nth(1).unwrap_or_default().to_owned())
    };
    assert_eq!(tried(good), (true, "101".to_owned()));
    for lacking in ["Host: x\r\n", "Origin: http://x\r\n", "chat, sip", "Upgrade: websocket\r\n", "Key"] {
        assert_eq!(tried(&good.replace(lacking, "")), (false, "400".to_owned()), "{lacking}");
    }
    assert_eq!(tried(&good.replace("13", "12")), (false, "426".to_owned()));
    assert!(!tried("OPTIONS sip:a@b SIP/2.0\r\nVia: x\r\n\r\n").0);
    assert!(!tried(&"x".repeat(10_000)).0, "there is a bound");
}

#[test]
fn answers_that_do_not_fit_are_refused() {
    let tried = |change: fn(String) -> String| {
        let (mut client, mut server) = layers();
        let mut asked = Output::default();
        client.begin(&mut asked).expect("it asks");
        let (answer, _) = feed(&mut server, &asked.answers, 1000);
        let text = change(String::from_utf8_lossy(&answer.answers).into_owned());
        feed(&mut client, text.as_bytes(), 1000).1.is_ok()
    };
    assert!(tried(|text| text));
    assert!(!tried(|text| text.replace("101", "200")));
    assert!(!tried(|text| text.replace("sip", "xmpp")));
    assert!(!tried(|text| text.replace("accept: ", "accept: x").replace("Accept: ", "Accept: x")));
}
