//! Reading a message into the memory that another left, and what can be known of a message.

use std::fmt::Write;

use bytes::Bytes;
use sipc_sip::{HeaderKind, Message, ParseError};

/// The second message, read where the first was, once it is the same as in memory of its own.
pub fn read(first: &[u8], second: &[u8]) -> Option<Message> {
    let before = Message::parse(Bytes::copy_from_slice(first));
    let _ = known(&before);
    // with what a message that somebody renamed keeps
    let renamed = before.as_ref().ok().and_then(|m| m.with_call_id(b"another"));
    drop((before, renamed));
    let bytes = Bytes::copy_from_slice(second);
    let used = [Message::parse(bytes.clone()), Message::parse(bytes.clone())];
    // a thread that has read nothing has no memory to use again
    let apart = bytes.clone();
    let fresh = std::thread::spawn(move || known(&Message::parse(apart))).join().expect("it reads");
    for read in &used {
        assert_eq!(known(read), fresh, "what came before makes no difference");
    }
    let [message, _] = used;
    message.ok()
}

/// All that a message says of itself, asked twice, since it remembers answers.
fn known(result: &Result<Message, ParseError>) -> String {
    let (message, mut out) = match result {
        Ok(message) => (message, String::new()),
        Err(error) => {
            let out = format!("{:?} at {}", error.kind, error.at);
            let Some(message) = &error.partial else { return out };
            (message, out)
        }
    };
    let [first, second] = [(), ()].map(|()| answers(message));
    assert_eq!(first, second, "the second answer is the first");
    out.push_str(&first);
    out
}

fn answers(message: &Message) -> String {
    let mut out = format!("{:?} {:?} {:?}", message.start(), message.bytes(), message.sender_call_id());
    for header in message.headers() {
        let _ = write!(
            out,
            "\n{:?} {:?} {:?}",
            header.kind(),
            header.range(),
            (header.name(), header.value_range())
        );
    }
    for kind in HeaderKind::KNOWN {
        let all: Vec<usize> = message.find_all(*kind).map(|h| h.index()).collect();
        let _ = write!(out, "\n{:?} {all:?}", message.find(*kind).map(|h| h.index()));
    }
    let _ = write!(
        out,
        "\n{:?} {:?} {:?} {:?} {:?}",
        (message.target_range(), message.reason_range(), message.first_byte()),
        (message.headers_start(), message.headers_end(), message.body_range(), message.header_count()),
        (message.sanity(), message.via(), message.cseq(), message.call_id()),
        (message.from_tag(), message.to_tag(), message.has_good_to()),
        (message.content_length(), message.max_forwards(), message.expires()),
    );
    out
}
