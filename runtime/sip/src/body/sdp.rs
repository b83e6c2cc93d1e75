//! Session descriptions (RFC 8866): lines, the session section, media streams.
//!
//! Reads lines with any line end, and a last one without; lines that are none (`x=…`) are skipped.

use crate::chars::{part, trim};
use crate::host::Host;

/// A session description.
#[derive(Debug, Clone, Copy)]
pub struct Sdp<'a> {
    text: &'a [u8],
}

/// One line: `a=rtpmap:0 PCMU/8000`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Line<'a> {
    /// The letter before the `=`.
    pub letter: u8,
    /// What is behind the `=`, without the line end.
    pub value: &'a [u8],
    /// The line without its line end.
    pub whole: &'a [u8],
    /// Where the line begins in the description.
    pub start: usize,
    /// Where the next begins.
    pub end: usize,
}

/// Lines in order.
#[derive(Debug, Clone)]
pub struct Lines<'a> {
    text: &'a [u8],
    at: usize,
    end: usize,
}

impl<'a> Iterator for Lines<'a> {
    type Item = Line<'a>;

    fn next(&mut self) -> Option<Line<'a>> {
        while self.at < self.end {
            let start = self.at;
            let rest = part(self.text, start, self.end);
            let length = memchr::memchr(b'\n', rest).map_or(rest.len(), |n| n + 1);
            self.at = start + length;
            let whole = crate::chars::trim_end(part(rest, 0, length));
            if let [letter, b'=', value @ ..] = whole {
                return Some(Line { letter: *letter, value, whole, start, end: self.at });
            }
        }
        None
    }
}

/// A part of the description: the session section or one media stream.
#[derive(Debug, Clone, Copy)]
pub struct Section<'a> {
    text: &'a [u8],
    start: usize,
    end: usize,
}

impl<'a> Sdp<'a> {
    /// A description. Nothing is checked.
    pub fn new(text: &'a [u8]) -> Sdp<'a> {
        Sdp { text }
    }

    /// The whole text.
    pub fn text(&self) -> &'a [u8] {
        self.text
    }

    /// All lines.
    pub fn lines(&self) -> Lines<'a> {
        Lines { text: self.text, at: 0, end: self.text.len() }
    }

    /// What is before the first `m=`.
    pub fn session(&self) -> Section<'a> {
        let end = self.lines().find(|l| l.letter == b'm').map_or(self.text.len(), |l| l.start);
        Section { text: self.text, start: 0, end }
    }

    /// The media streams: each from its `m=` to the next.
    pub fn streams(&self) -> impl Iterator<Item = Stream<'a>> {
        let text = self.text;
        let mut lines = self.lines().filter(|l| l.letter == b'm').peekable();
        std::iter::from_fn(move || {
            let media = lines.next()?;
            let end = lines.peek().map_or(text.len(), |next| next.start);
            Some(Stream::read(media, Section { text, start: media.start, end }))
        })
    }
}

impl<'a> Section<'a> {
    /// The text of the section.
    pub fn text(&self) -> &'a [u8] {
        part(self.text, self.start, self.end)
    }

    /// Where the section is in the description.
    pub fn range(&self) -> std::ops::Range<usize> {
        self.start..self.end
    }

    /// Its lines.
    pub fn lines(&self) -> Lines<'a> {
        Lines { text: self.text, at: self.start, end: self.end }
    }

    /// Its first line of that letter.
    pub fn line(&self, letter: u8) -> Option<Line<'a>> {
        self.lines().find(|l| l.letter == letter)
    }

    /// The address in its `c=` line.
    pub fn connection(&self) -> Option<&'a [u8]> {
        self.line(b'c').and_then(|l| address(l.value))
    }

    /// The value of its first attribute of that name; empty for an attribute without one.
    pub fn attribute(&self, name: &[u8]) -> Option<&'a [u8]> {
        self.attributes(name).next()
    }

    /// The values of all its attributes of that name.
    pub fn attributes<'n>(&self, name: &'n [u8]) -> impl Iterator<Item = &'a [u8]> + use<'a, 'n> {
        self.lines().filter(|l| l.letter == b'a').filter_map(move |l| {
            let (found, value) = crate::chars::split_once(l.value, b':').unwrap_or((l.value, b""));
            found.eq_ignore_ascii_case(name).then_some(trim(value))
        })
    }
}

/// The last word of `IN IP4 192.0.2.1`, without a multicast TTL.
fn address(value: &[u8]) -> Option<&[u8]> {
    let word = words(value).nth(2)?;
    word.split(|c| *c == b'/').next()
}

fn words(value: &[u8]) -> impl Iterator<Item = &[u8]> {
    value.split(|c| crate::chars::is_blank(*c)).filter(|w| !w.is_empty())
}

/// A media stream.
#[derive(Debug, Clone, Copy)]
pub struct Stream<'a> {
    /// Its `m=` line.
    pub line: Line<'a>,
    /// Its lines.
    pub section: Section<'a>,
    /// `audio`, `video` …
    pub media: &'a [u8],
    /// The port as written, without the number of ports behind a slash.
    pub port_text: &'a [u8],
    /// `RTP/AVP` …
    pub protocol: &'a [u8],
    /// The payload types, separated by blanks.
    pub formats: &'a [u8],
}

impl<'a> Stream<'a> {
    fn read(line: Line<'a>, section: Section<'a>) -> Stream<'a> {
        let (media, rest) = word_and_rest(line.value);
        let (port, rest) = word_and_rest(rest);
        let (protocol, formats) = word_and_rest(rest);
        let port_text = port.split(|c| *c == b'/').next().unwrap_or_default();
        Stream { line, section, media, port_text, protocol, formats }
    }

    /// The port; 0 means the stream is refused or stopped.
    pub fn port(&self) -> Option<u16> {
        crate::chars::port(self.port_text)
    }

    /// The payload types.
    pub fn formats(&self) -> impl Iterator<Item = &'a [u8]> {
        words(self.formats)
    }

    /// The address media goes to: the stream's own, else that of the session.
    pub fn connection(&self, sdp: &Sdp<'a>) -> Option<Host<'a>> {
        self.section.connection().or_else(|| sdp.session().connection()).map(Host::of)
    }

    /// The attribute of that name which begins with a payload type, such as `rtpmap` or `fmtp`; gives
    /// what is behind the type.
    pub fn format_attribute(&self, name: &[u8], format: &[u8]) -> Option<&'a [u8]> {
        let found = self.section.attributes(name).map(word_and_rest).find(|(word, _)| *word == format)?;
        Some(found.1)
    }
}

fn word_and_rest(text: &[u8]) -> (&[u8], &[u8]) {
    let text = trim(text);
    let end = text.iter().position(|c| crate::chars::is_blank(*c)).unwrap_or(text.len());
    (part(text, 0, end), trim(part(text, end, text.len())))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &[u8] = b"v=0\r\no=- 1 1 IN IP4 a\ns=-\r\nc=IN IP4 192.0.2.1/127\r\nt=0 0\r\n\
        a=sendrecv\r\nm=audio 4000/2 RTP/AVP 0 101\r\na=rtpmap:101 telephone-event/8000\r\n\
        m=video 0 RTP/SAVP 31\r\nc=IN IP6 ::1";

    #[test]
    fn sections_and_streams() {
        let sdp = Sdp::new(TEXT);
        let streams: Vec<Stream<'_>> = sdp.streams().collect();
        assert_eq!(sdp.session().connection(), Some(&b"192.0.2.1"[..]));
        assert_eq!(sdp.session().attribute(b"sendrecv"), Some(&b""[..]));
        assert_eq!(streams.len(), 2);
        assert_eq!((streams[0].media, streams[0].port()), (&b"audio"[..], Some(4000)));
        assert_eq!(streams[0].formats().count(), 2);
        assert_eq!(streams[0].format_attribute(b"rtpmap", b"101"), Some(&b"telephone-event/8000"[..]));
        assert_eq!(streams[0].connection(&sdp), Some(Host::of(b"192.0.2.1")));
        assert_eq!(streams[1].connection(&sdp), Some(Host::of(b"::1")));
    }

    #[test]
    fn no_description() {
        let sdp = Sdp::new(b"this is not sdp\r\n");
        assert_eq!(sdp.lines().count(), 0);
        assert_eq!(sdp.streams().count(), 0);
    }
}
