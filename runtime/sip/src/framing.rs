//! Cutting messages out of a stream (RFC 3261 section 18.3, RFC 5626 section 3.5.1).
//!
//! Looks only for the end of the headers and for Content-Length; whether the bytes are SIP is for
//! [`crate::Message::parse`] to say.

use memchr::memmem;

use crate::chars::{number, part, trim};
use crate::header_kind::HeaderKind;

/// What a stream's buffer begins with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Frame {
    /// Nothing whole yet: read more. So many bytes at least, when that is known, else 1.
    More(usize),
    /// A message of that many bytes.
    Whole(usize),
    /// A keep-alive ping, a double CRLF, of that many bytes: answer with a single CRLF.
    Ping(usize),
    /// Line ends between messages (a pong among them), that many bytes: skip them.
    Skip(usize),
    /// Nothing that can be understood from here on: close the connection.
    Broken(Broken),
}

/// Why a stream cannot be read on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Broken {
    /// The headers, or headers and body, are larger than the limit.
    TooLarge,
    /// Content-Length is not a number.
    BadLength,
    /// The headers end without a Content-Length.
    NoLength,
}

/// Looks at the beginning of `buffer`. A message may have at most `max` bytes.
pub fn frame(buffer: &[u8], max: usize) -> Frame {
    match line_ends(buffer) {
        Some(frame) => frame,
        None => message(buffer, max),
    }
}

/// Line ends before a message.
fn line_ends(buffer: &[u8]) -> Option<Frame> {
    match buffer {
        [] => Some(Frame::More(1)),
        [b'\r', b'\n', b'\r', b'\n', ..] => Some(Frame::Ping(4)),
        [b'\r'] | [b'\r', b'\n', b'\r'] => Some(Frame::More(1)),
        [b'\r', b'\n', ..] => Some(Frame::Skip(2)),
        [b'\n' | b'\r' | 0, ..] => Some(Frame::Skip(1)),
        _ => None,
    }
}

fn message(buffer: &[u8], max: usize) -> Frame {
    let Some(head) = head_end(buffer) else {
        return if buffer.len() >= max { Frame::Broken(Broken::TooLarge) } else { Frame::More(1) };
    };
    let body = match content_length(part(buffer, 0, head)) {
        Ok(length) => length,
        Err(broken) => return Frame::Broken(broken),
    };
    let whole = head.saturating_add(body);
    if whole > max {
        Frame::Broken(Broken::TooLarge)
    } else if whole > buffer.len() {
        Frame::More(whole - buffer.len())
    } else {
        Frame::Whole(whole)
    }
}

/// Behind the empty line.
fn head_end(buffer: &[u8]) -> Option<usize> {
    let crlf = memmem::find(buffer, b"\n\r\n").map(|at| at + 3);
    let searched = crlf.unwrap_or(buffer.len());
    memmem::find(part(buffer, 0, searched), b"\n\n").map(|at| at + 2).or(crlf)
}

/// The value of the first Content-Length among the headers.
fn content_length(head: &[u8]) -> Result<usize, Broken> {
    for line in head.split(|c| *c == b'\n').skip(1) {
        let Some((name, value)) = crate::chars::split_once(line, b':') else { continue };
        // a line that begins with a blank belongs to the header before it
        if HeaderKind::of(name.trim_ascii_end()) == HeaderKind::ContentLength {
            let length = number(trim(value)).ok_or(Broken::BadLength)?;
            return Ok(length as usize);
        }
    }
    Err(Broken::NoLength)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states() {
        let max = 100;
        assert_eq!(frame(b"", max), Frame::More(1));
        assert_eq!(frame(b"\r\n\r\nX", max), Frame::Ping(4));
        assert_eq!(frame(b"\r\n\r", max), Frame::More(1));
        assert_eq!(frame(b"\r\nX", max), Frame::Skip(2));
        assert_eq!(frame(b"X\r\nl : 3\r\n\r\nab", max), Frame::More(1));
        assert_eq!(frame(b"X\r\nl : 3\r\n\r\nabcX", max), Frame::Whole(15));
        assert_eq!(frame(b"X\nContent-Length:0\n\nX", max), Frame::Whole(20));
        assert_eq!(frame(b"X\r\nY: 1\r\n l: 9\r\nl: 1\r\n\r\nX", max), Frame::Whole(25));
        assert_eq!(frame(b"X\r\nl: x\r\n\r\n", max), Frame::Broken(Broken::BadLength));
        assert_eq!(frame(b"X\r\nY: 1\r\n\r\n", max), Frame::Broken(Broken::NoLength));
        assert_eq!(frame(b"X\r\nl: 99\r\n\r\n", max), Frame::Broken(Broken::TooLarge));
        assert_eq!(frame(&[b'x'; 100], max), Frame::Broken(Broken::TooLarge));
    }
}
