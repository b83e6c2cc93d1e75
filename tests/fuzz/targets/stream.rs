//! Any bytes as a stream: what is cut out of it is the same whatever the pieces it comes in, and always goes on.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sipc_sip::framing::{Frame, frame};

const MOST: usize = 4096;

/// What is cut out, as a reader does that gets `piece` bytes at a time.
fn cut(bytes: &[u8], piece: usize) -> (Vec<Vec<u8>>, bool) {
    let (mut buffer, mut messages) = (Vec::new(), Vec::new());
    for chunk in bytes.chunks(piece) {
        buffer.extend_from_slice(chunk);
        loop {
            let taken = match frame(&buffer, MOST) {
                Frame::More(n) => {
                    assert!(n > 0 && buffer.len() <= MOST + piece);
                    break;
                }
                Frame::Whole(n) => {
                    assert!(n > 0 && n <= MOST);
                    messages.push(buffer[..n].to_vec());
                    n
                }
                Frame::Ping(n) | Frame::Skip(n) => {
                    assert!(n > 0);
                    n
                }
                Frame::Broken(_) => return (messages, true),
            };
            buffer.drain(..taken);
        }
    }
    (messages, false)
}

fuzz_target!(|bytes: &[u8]| {
    let (whole, _) = cut(bytes, bytes.len().max(1));
    let (split, _) = cut(bytes, 1);
    assert!(whole.len().abs_diff(split.len()) == 0 && whole == split, "pieces make a difference");
});
