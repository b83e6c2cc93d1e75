//! Any bytes as a body: a session description, or parts of one behind `--x`.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sipc_sip::body::multipart::Parts;
use sipc_sip::body::sdp::Sdp;

fn read(text: &[u8]) {
    let sdp = Sdp::new(text);
    let mut end = 0;
    for line in sdp.lines() {
        assert!(line.start >= end && line.end <= text.len() && line.whole.len() <= line.end - line.start);
        end = line.end;
    }
    let _ = (sdp.session().connection(), sdp.session().attribute(b"sendonly"));
    for stream in sdp.streams() {
        assert!(stream.section.range().end <= text.len());
        let _ = (stream.port(), stream.connection(&sdp), stream.formats().count());
        let _ = stream.format_attribute(b"rtpmap", b"0");
    }
}

fuzz_target!(|bytes: &[u8]| {
    read(bytes);
    for part in Parts::new(bytes, b"x") {
        assert!(part.content.len() <= part.whole.len() && part.whole.len() <= bytes.len());
        read(part.content);
    }
});
