//! Any bytes as a datagram: the index of lines, every header view, URIs, and the checks of sanity.
#![no_main]

use bytes::Bytes;
use libfuzzer_sys::fuzz_target;
use sipc_sip::{Message, NameAddr, Uri};

fuzz_target!(|bytes: &[u8]| {
    let Ok(message) = Message::parse(Bytes::copy_from_slice(bytes)) else { return };
    let _ = message.sanity();
    let _ = (message.via(), message.cseq(), message.call_id(), message.content_length(), message.code());
    if let Some(Ok(to)) = message.to() {
        let _ = Uri::parse(to.uri_text).map(|u| (u.params().value(b"lr").map(<[u8]>::to_vec), u.host_text().len()));
    }
    for route in NameAddr::routes(bytes) {
        let _ = route.map(|r| Uri::parse(r.uri_text).is_ok());
    }
});
