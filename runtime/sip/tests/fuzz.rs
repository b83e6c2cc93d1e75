//! Nothing panics, whatever the bytes: sample messages, mutated by a fixed random sequence, go through
//! everything a message can go through. `FUZZ=n` multiplies the rounds.

use std::hint::black_box;

use bytes::Bytes;
use sipc_sip::body::multipart::Parts;
use sipc_sip::body::sdp::Sdp;
use sipc_sip::compose::{
    ForwardRequest, HopByHop, NewVia, Reply, ack, cancel, forward_request, forward_response, reply, written,
};
use sipc_sip::framing::{Frame, frame};
use sipc_sip::{
    Credentials, Edits, Header, HeaderKind, MediaType, Message, Methods, NameAddr, Params, Transport, Uri,
    Via, ViaStamp, split_list, unescape,
};

const SAMPLES: &[&str] = &[
    "INVITE sips:bob:pw@[2001:db8::1]:5061;transport=tcp;lr?a=b&c=%20d SIP/2.0\r\n\
     Via: SIP/2.0/TLS h:5060;branch=z9hG4bKa;rport, SIP/2.0/UDP [::1]:1;received=1.2.3.4 (c (d))\r\n\
     Route: <sip:p;lr>, <sip:q;lr>\r\nRecord-Route: <sip:p;lr>\r\n\
     v: SIP/2.0/UDP i;branch=\"x\"\r\nMax-Forwards: 70\r\n\
     From: \"A \\\"B\\\"\" <sip:a%40@b;x=y>;tag=1;q=\"z;\"\r\nTo: C D\r\n <tel:+1;phone-context=x>\r\n\
     Call-ID: a@b\r\nCSeq: 1 INVITE\r\nContact: *\r\nContact: <sip:a>;expires=1, b <sip:c>;q=.5\r\n\
     Proxy-Authorization: Digest username=\"u@d\", realm=\"r\", nonce=n, uri=\"sip:x\", qop=auth\r\n\
     Supported: a, b\r\nContent-Type: multipart/mixed;boundary=\"x\"\r\nContent-Length: 128\r\n\r\n\
     --x\r\nContent-Type: application/sdp\r\n\r\nv=0\r\nc=IN IP4 1.2.3.4/1\r\nm=audio 1/2 RTP/AVP 0 8\r\n\
     a=rtpmap:0 PCMU/8000\r\na=x\r\n--x\r\n\r\nplain\r\n--x--\r\n",
    "SIP/2.0 503 Why not\r\nVia: SIP/2.0/UDP p;branch=z9hG4bKp,SIP/2.0/TCP h\r\nTo: <sip:b>;tag=2\r\n\
     From: sip:a;tag=1\r\ni: c\r\nCSeq: 12 INVITE\r\nl: 0\r\n\r\n",
    "\r\nOPTIONS sip:x SIP/2.0\nVia: SIP/2.0/WS h\nt: <sip:x>\nX\n: y\n\nv=0\nm=",
];

/// What mutations insert: the bytes that mean something, and pieces that open something.
const TOKENS: &[&[u8]] = &[
    b"\r",
    b"\n",
    b"\r\n",
    b"\r\n\r\n",
    b"\r\n ",
    b"\t",
    b" ",
    b"\0",
    b"\"",
    b"\\",
    b"<",
    b">",
    b";",
    b",",
    b":",
    b"=",
    b"@",
    b"?",
    b"&",
    b"[",
    b"]",
    b"(",
    b")",
    b"%",
    b"%zz",
    b"--x",
    b"\xff",
    b"Via: ",
    b"SIP/2.0/",
    b"tag=",
    b"rport",
    b"received=",
    b"99999999999999999999",
    b"sip:",
    b"*",
    b"To: ",
];

struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % limit.max(1) as u64) as usize
    }
}

#[test]
fn nothing_panics() {
    let factor: usize = std::env::var("FUZZ").ok().and_then(|n| n.parse().ok()).unwrap_or(1);
    let mut random = Random(0x9E37_79B9_7F4A_7C15);
    for round in 0..6_000 * factor {
        let sample = SAMPLES[round % SAMPLES.len()].as_bytes().to_vec();
        exercise(mutated(sample, &mut random), &mut random);
    }
}

#[test]
fn the_samples_are_read() {
    for sample in SAMPLES {
        let message = Message::parse(Bytes::from_static(sample.as_bytes())).expect("a sample");
        assert!(message.sanity().is_ok(), "{sample}");
    }
}

#[test]
fn every_prefix() {
    let mut random = Random(1);
    for sample in SAMPLES {
        for end in 0..sample.len() {
            exercise(sample.as_bytes()[..end].to_vec(), &mut random);
        }
    }
}

/// Long input of one byte takes time in proportion, not its square.
#[test]
fn long_input() {
    let mut random = Random(2);
    let repeated: [&[u8]; 15] = [
        b",", b";", b"\"", b"\\\"", b"<", b"<>", b"(", b" ", b"\n ", b":", b"-", b"%", b"@", b"\";", b"\\\";",
    ];
    for piece in repeated {
        let mut text = b"INVITE sip:x SIP/2.0\r\nVia: SIP/2.0/UDP h\r\nContact: ".to_vec();
        text.extend(piece.repeat(60_000 / piece.len()));
        text.extend(b"\r\n\r\n");
        exercise(text, &mut random);
    }
}

fn mutated(mut text: Vec<u8>, random: &mut Random) -> Vec<u8> {
    for _ in 0..=random.below(6) {
        let at = random.below(text.len());
        match random.below(5) {
            0 => text.truncate(at),
            1 if !text.is_empty() => text[at] = random.below(256) as u8,
            2 => {
                let end = (at + random.below(20)).min(text.len());
                text.drain(at..end);
            }
            _ => {
                let token = TOKENS[random.below(TOKENS.len())];
                text.splice(at..at, token.iter().copied());
            }
        }
    }
    text
}

fn exercise(text: Vec<u8>, random: &mut Random) {
    let framed = frame(&text, 100_000);
    if let Frame::Whole(length) | Frame::Skip(length) | Frame::Ping(length) = framed {
        assert!(length <= text.len() && length > 0);
    }
    let message = match Message::parse(Bytes::from(text)) {
        Ok(message) => message,
        Err(error) => match error.partial {
            Some(message) => message,
            None => return,
        },
    };
    black_box(message.sanity().is_ok());
    message.headers().for_each(|h| read_value(&h));
    read_views(&message);
    read_body(&message);
    send(&message, random);
}

fn read_value(header: &Header<'_>) {
    let value = header.value();
    assert_eq!(header.value_bytes(), value);
    assert_eq!(&header.message().bytes()[header.range()], header.whole());
    for via in Via::list(value).flatten() {
        black_box((via.host(), via.response_target(), via.needs_received([1, 2, 3, 4].into())));
        assert!(via.sent_by_end() <= via.whole.len());
    }
    let all = [NameAddr::identities(value), NameAddr::contacts(value), NameAddr::routes(value)];
    let addresses = all.into_iter().flatten().chain([NameAddr::parse(value)]);
    for address in addresses.flatten() {
        black_box((address.tag(), address.display_text()));
        black_box(address.uri().map(|u| read_uri(&u)).is_ok());
    }
    black_box(Credentials::parse(value).map(|c| (c.user(), c.realm(), c.user_domain())));
    black_box((split_list(value).count(), MediaType::list(value).count(), Methods::parse(value)));
    black_box(Params::of_header(value).into_iter().count());
}

fn read_uri(uri: &Uri<'_>) {
    black_box((uri.user().map(unescape), uri.host(), uri.port_or_default(), uri.is_loose()));
    black_box((uri.headers().into_iter().count(), uri.is_equivalent(uri)));
    assert!(uri.host_range().end <= uri.text().len());
}

fn read_views(message: &Message) {
    black_box((message.from_tag(), message.to_tag(), message.call_id(), message.contacts().is_ok()));
    black_box((message.vias().count(), message.max_forwards().is_some()));
    black_box(message.items(HeaderKind::Supported).count());
    black_box(message.addresses(HeaderKind::Route).count());
    if let Some(line) = message.request_line() {
        black_box(Uri::parse(line.uri).map(|u| read_uri(&u)).is_ok());
    }
}

fn read_body(message: &Message) {
    let body = message.body();
    black_box(Parts::new(&body, b"x").count());
    black_box(message.body_parts(&body).count());
    black_box(message.sdp());
    let sdp = Sdp::new(&body);
    for stream in sdp.streams() {
        black_box((stream.port(), stream.connection(&sdp), stream.formats().count()));
        black_box(stream.format_attribute(b"rtpmap", b"0"));
    }
}

/// Edits at random, then all the ways out.
fn send(message: &Message, random: &mut Random) {
    let size = message.bytes().len() + 1;
    let mut edits = Edits::new();
    for _ in 0..random.below(6) {
        let (a, b) = (random.below(size), random.below(size));
        match random.below(3) {
            0 => edits.insert(a, "X: 1\r\n"),
            1 => edits.delete(a.min(b)..a.max(b)),
            _ => edits.replace(a.min(b)..a.max(b), "Y: 2\r\n"),
        }
    }
    if random.below(4) == 0 {
        edits.set_body(Bytes::from_static(b"body"));
    }
    let stamp = ViaStamp { received: Some([1, 2, 3, 4].into()), rport: Some(5), overload: None };
    let via = NewVia { transport: Transport::Udp, host: b"s", port: 1, branch: b"b", params: [b""; 3] };
    let forward = ForwardRequest {
        uri: Some(b"sip:new"),
        via: Some(via),
        stamp,
        path: Some(Bytes::from_static(b"<sip:e>")),
        needs_length: random.below(2) == 0,
    };
    let made = Reply { code: 200, to_tag: Some(b"t"), via: stamp, ..Reply::default() };
    black_box(written(|out| forward_request(message, &edits, &forward, |_| Bytes::new(), out)));
    black_box(written(|out| forward_response(message, &edits, true, true, |_| Bytes::new(), out)));
    black_box(written(|out| reply(message, &made, out)));
    black_box(ack(message, message, &HopByHop::default()));
    black_box(cancel(message, &HopByHop::default()));
}
