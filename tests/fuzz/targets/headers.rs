//! Any bytes as the value of a header: every list and every single value that a header can be, and credentials. What is read
//! lies within what was given, and reading ends.
#![no_main]

use bytes::Bytes;
use libfuzzer_sys::fuzz_target;
use sipc_sip::{CSeq, Credentials, Edits, MediaType, Message, Methods, NameAddr, Params, Via, Worded, split_list};

fuzz_target!(|value: &[u8]| {
    for via in Via::list(value).flatten() {
        let _ = (via.host(), via.response_target(), via.branch());
        assert!(via.sent_by_end() <= via.whole.len());
    }
    let lists = [NameAddr::identities(value), NameAddr::contacts(value), NameAddr::routes(value)];
    for address in lists.into_iter().flatten().chain([NameAddr::parse(value)]).flatten() {
        assert!(address.whole.len() <= value.len() && address.uri_text.len() <= value.len());
        let _ = (address.tag(), address.display_text(), address.uri().is_ok());
    }
    let _ = (CSeq::parse(value).is_ok(), Worded::parse(value).word, MediaType::list(value).count(), Methods::parse(value));
    let _ = Credentials::parse(value).map(|c| (c.user(), c.realm(), c.is_digest()));
    assert!(Params::of_header(value).into_iter().count() <= value.len() + 1);
    assert!(split_list(value).count() <= value.len() + 1);

    // as a header of a message that is sent on
    let head = b"OPTIONS sip:a@b SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK1\r\nX: ";
    let Ok(message) = Message::parse(Bytes::from([&head[..], value, b"\r\n\r\n"].concat())) else { return };
    let mut edits = Edits::new();
    for header in message.headers() {
        edits.insert_before(&header, "A: 1\r\n");
        edits.set_value(&header, "2");
    }
    let out = edits.apply(&message, true, |_| Bytes::new()).to_vec();
    assert!(Message::parse(out.into()).is_ok(), "what is sent can be read");
});
