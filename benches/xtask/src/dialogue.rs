//! The messages of the light load: what its two sides say, and how they read what the server passes on.
//!
//! Calls are known by number: Call-ID `NUMBER-WORD@127.0.0.1`, so that neither side keeps text.

use std::io::Write;
use std::net::SocketAddr;

/// What phones offer.
const SDP: &str = "v=0\r\no=anna 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n\
    m=audio 40002 RTP/AVP 8 0 101\r\na=rtpmap:8 PCMA/8000\r\na=rtpmap:0 PCMU/8000\r\n\
    a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-16\r\na=sendrecv\r\n";

/// Those who speak: what stays the same in all calls.
pub struct Speakers {
    /// A word that no other load uses.
    pub word: String,
    /// The caller.
    pub caller: SocketAddr,
    /// The called.
    pub called: SocketAddr,
}

/// Writes into a buffer that lasts.
macro_rules! say {
    ($out:expr, $($text:tt)*) => {
        write!($out, $($text)*).expect("buffers grow")
    };
}

impl Speakers {
    /// A request outside of a call.
    pub fn first(&self, out: &mut Vec<u8>, method: &str, uri: &str, n: u64, to: &str) {
        let Speakers { word, caller, called } = self;
        say!(
            out,
            "{method} {uri} SIP/2.0\r\nVia: SIP/2.0/UDP {caller};branch=z9hG4bK-{word}-{n}-1\r\nMax-Forwards: 70\r\n\
             From: \"Anna\" <sip:anna@carrier.example>;tag=a{n}\r\nTo: <{to}>\r\nCall-ID: {n}-{word}@127.0.0.1\r\n\
             CSeq: 1 {method}\r\nUser-Agent: Bench 1.0\r\n"
        );
        match method {
            "REGISTER" => {
                say!(out, "Contact: <sip:anna@{called}>\r\nExpires: 3600\r\nContent-Length: 0\r\n\r\n")
            }
            "INVITE" => say!(
                out,
                "Contact: <sip:anna@{caller}>\r\nAllow: INVITE, ACK, BYE, CANCEL, OPTIONS\r\n\
                 Content-Type: application/sdp\r\nContent-Length: {}\r\n\r\n{SDP}",
                SDP.len()
            ),
            _ => say!(out, "Contact: <sip:anna@{caller}>\r\nContent-Length: 0\r\n\r\n"),
        }
    }

    /// ACK or BYE of a call that a 200 has answered.
    pub fn within(&self, out: &mut Vec<u8>, method: &str, n: u64, answer: &[u8]) {
        let Speakers { word, caller, called } = self;
        let number = if method == "ACK" { 1 } else { 2 };
        say!(
            out,
            "{method} sip:bob@{called} SIP/2.0\r\nVia: SIP/2.0/UDP {caller};branch=z9hG4bK-{word}-{n}-{method}\r\n\
             Max-Forwards: 70\r\n"
        );
        let routes: Vec<&[u8]> = lines(answer).filter_map(|l| l.strip_prefix(b"Record-Route:")).collect();
        for route in routes.iter().rev() {
            out.extend_from_slice(b"Route:");
            out.extend_from_slice(route);
            out.extend_from_slice(b"\r\n");
        }
        say!(out, "From: \"Anna\" <sip:anna@carrier.example>;tag=a{n}\r\n");
        for line in lines(answer).filter(|l| l.starts_with(b"To:")) {
            out.extend_from_slice(line);
        }
        say!(
            out,
            "\r\nCall-ID: {n}-{word}@127.0.0.1\r\nCSeq: {number} {method}\r\nUser-Agent: Bench 1.0\r\n\
             Content-Length: 0\r\n\r\n"
        );
    }

    /// What the called side answers.
    pub fn answer(&self, out: &mut Vec<u8>, status: &str, n: u64, request: &[u8]) {
        say!(out, "SIP/2.0 {status}\r\n");
        const KEPT: [&[u8]; 5] = [b"Via:", b"Record-Route:", b"From:", b"Call-ID:", b"CSeq:"];
        for line in lines(request) {
            let to = line.starts_with(b"To:");
            if to || KEPT.iter().any(|name| line.starts_with(name)) {
                out.extend_from_slice(line);
                if to && !line.windows(5).any(|w| w == b";tag=") {
                    say!(out, ";tag=b{n}");
                }
                out.extend_from_slice(b"\r\n");
            }
        }
        say!(out, "Contact: <sip:bob@{}>\r\nContent-Length: 0\r\n\r\n", self.called);
    }
}

/// A message as far as the load reads it.
#[derive(Debug, PartialEq, Eq)]
pub struct Heard<'a> {
    /// The number of its call.
    pub call: u64,
    /// The status of a reply; 0 of a request.
    pub status: u16,
    /// The method in CSeq.
    pub method: &'a [u8],
}

/// Reads a message of this load; others are none.
pub fn hear<'a>(message: &'a [u8], word: &str) -> Option<Heard<'a>> {
    let status = match message.strip_prefix(b"SIP/2.0 ") {
        Some(rest) => std::str::from_utf8(rest.get(..3)?).ok()?.parse().ok()?,
        None => 0,
    };
    let (mut call, mut method) = (None, None);
    for line in lines(message) {
        if let Some(id) = line.strip_prefix(b"Call-ID: ") {
            let id = std::str::from_utf8(id).ok()?;
            let (number, rest) = id.split_once('-')?;
            call = rest.starts_with(word).then(|| number.parse().ok()).flatten();
        } else if let Some(sequence) = line.strip_prefix(b"CSeq: ") {
            method = sequence.rsplit(|b| *b == b' ').next();
        }
        if let (Some(call), Some(method)) = (call, method) {
            return Some(Heard { call, status, method });
        }
    }
    None
}

/// The lines of a message's head.
fn lines(message: &[u8]) -> impl Iterator<Item = &[u8]> {
    let lines = message.split(|b| *b == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line));
    lines.take_while(|line| !line.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn speakers() -> Speakers {
        let address = |text: &str| text.parse().expect("an address");
        Speakers { word: "w7".into(), caller: address("127.0.0.1:1"), called: address("127.0.0.1:2") }
    }

    #[test]
    fn both_sides_understand_each_other() {
        let speakers = speakers();
        let (mut invite, mut ok, mut bye) = (Vec::new(), Vec::new(), Vec::new());
        speakers.first(&mut invite, "INVITE", "sip:bob@127.0.0.1:2", 42, "sip:bob@127.0.0.1");
        assert_eq!(hear(&invite, "w7"), Some(Heard { call: 42, status: 0, method: b"INVITE" }));
        assert_eq!(hear(&invite, "w8"), None, "another load's");
        let text = String::from_utf8(invite).expect("text");
        let routed = text.replacen("Max-", "Record-Route: <sip:a;lr>\r\nRecord-Route: <sip:b;lr>\r\nMax-", 1);
        speakers.answer(&mut ok, "200 OK", 42, routed.as_bytes());
        assert_eq!(hear(&ok, "w7"), Some(Heard { call: 42, status: 200, method: b"INVITE" }));
        speakers.within(&mut bye, "BYE", 42, &ok);
        let bye = String::from_utf8(bye).expect("text");
        assert!(bye.contains("\r\nRoute: <sip:b;lr>\r\nRoute: <sip:a;lr>\r\n"), "{bye}");
        assert!(bye.contains("\r\nTo: <sip:bob@127.0.0.1>;tag=b42\r\n"), "{bye}");
    }
}
