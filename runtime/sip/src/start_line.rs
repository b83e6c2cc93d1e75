//! The first line: `INVITE sip:bob@biloxi.example SIP/2.0` or `SIP/2.0 200 OK`.
//!
//! As lenient as OpenSIPS: one space before the second word and any number before the third; any word
//! as version; blanks behind it. The Request-URI is not looked into.

use crate::chars::{is_blank, part};
use crate::error::ParseErrorKind;
use crate::index::Span;
use crate::method::{Method, is_method_name};
use crate::scan;

/// The first line, as read.
#[derive(Debug, Clone, Copy)]
pub enum Start<'a> {
    /// Of a request.
    Request(RequestLine<'a>),
    /// Of a response.
    Response(StatusLine<'a>),
}

/// The first line of a request (RFC 3261 section 7.1).
#[derive(Debug, Clone, Copy)]
pub struct RequestLine<'a> {
    /// The method.
    pub method: Method,
    /// The method as written.
    pub method_name: &'a [u8],
    /// The Request-URI as written.
    pub uri: &'a [u8],
    /// The version as written; OpenSIPS takes any.
    pub version: &'a [u8],
}

/// The first line of a response (RFC 3261 section 7.2).
#[derive(Debug, Clone, Copy)]
pub struct StatusLine<'a> {
    /// The version as written.
    pub version: &'a [u8],
    /// The response code, 0 to 999.
    pub code: u16,
    /// The reason phrase; may be empty and is not always UTF-8.
    pub reason: &'a [u8],
}

/// The first line as offsets: its three words.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct StartIndex {
    pub(crate) words: [Span; 3],
    pub(crate) what: StartKind,
    /// Where the headers begin.
    pub(crate) end: u32,
}

#[derive(Debug, Clone, Copy)]
pub(crate) enum StartKind {
    Request(Method),
    Response(u16),
}

impl Default for StartKind {
    fn default() -> StartKind {
        StartKind::Response(0)
    }
}

/// The fewest bytes OpenSIPS takes for a message.
const SHORTEST: usize = 17;

const RESPONSE: &[u8; 8] = b"SIP/2.0 ";

/// Reads the first line of `text`, skipping line ends before it.
pub(crate) fn index(text: &[u8]) -> Result<StartIndex, (ParseErrorKind, usize)> {
    let start = text.iter().take_while(|c| matches!(c, b'\r' | b'\n')).count();
    let rest = text.get(start..).unwrap_or_default();
    if rest.len() < SHORTEST {
        return Err((ParseErrorKind::Empty, start));
    }
    let line_feed = start + scan::find(rest, [b'\n']);
    if line_feed + 1 >= text.len() {
        return Err((ParseErrorKind::BadStartLine, start));
    }
    let words = words(text, start, line_feed).ok_or((ParseErrorKind::BadStartLine, start))?;
    let what = kind(text, words, line_feed)?;
    let third = third_word(text, words[2], what, line_feed)
        .ok_or((ParseErrorKind::BadStartLine, words[2].start as usize))?;
    Ok(StartIndex { words: [words[0], words[1], third], what, end: line_feed as u32 + 1 })
}

/// The first two words, and where the third begins. None of them may reach behind `line_feed`.
fn words(text: &[u8], start: usize, line_feed: usize) -> Option<[Span; 3]> {
    let first = word_end(text, start, line_feed);
    if first >= line_feed || text.get(first) != Some(&b' ') {
        return None;
    }
    let second = word_end(text, first + 1, line_feed);
    let blanks = part(text, second, line_feed).iter().take_while(|c| is_blank(**c)).count();
    if blanks == 0 {
        return None;
    }
    let third = second + blanks;
    Some([Span::new(start, first), Span::new(first + 1, second), Span::new(third, third)])
}

/// Looks into the text behind the line, too: it is longer, and searched sooner.
#[inline]
fn word_end(text: &[u8], start: usize, line_feed: usize) -> usize {
    let rest = text.get(start..).unwrap_or_default();
    (start + scan::find(rest, [b' ', b'\t', b'\r'])).min(line_feed)
}

fn kind(
    text: &[u8],
    [first, second, _]: [Span; 3],
    line_feed: usize,
) -> Result<StartKind, (ParseErrorKind, usize)> {
    let line = part(text, first.start as usize, line_feed);
    let is_response = match line.first_chunk() {
        Some(RESPONSE) => true,
        Some(opening @ [b's' | b'S', ..]) => opening.eq_ignore_ascii_case(RESPONSE),
        _ => false,
    };
    if is_response {
        let code = status_code(second.of(text));
        return code.map(StartKind::Response).ok_or((ParseErrorKind::BadStatusCode, second.start as usize));
    }
    let name = first.of(text);
    match Method::of(name) {
        Method::Other if !is_method_name(name) => Err((ParseErrorKind::BadStartLine, first.start as usize)),
        method => Ok(StartKind::Request(method)),
    }
}

fn status_code(word: &[u8]) -> Option<u16> {
    if word.len() != 3 {
        return None;
    }
    crate::chars::port(word)
}

/// The version of a request, or the reason of a response.
fn third_word(text: &[u8], at: Span, what: StartKind, line_feed: usize) -> Option<Span> {
    let start = at.start as usize;
    let line = part(text, start, line_feed);
    let length = match what {
        // as nearly all write it
        StartKind::Request(_) if line == b"SIP/2.0\r" => line.len() - 1,
        StartKind::Request(_) => {
            let end = line.iter().take_while(|c| !matches!(c, b' ' | b'\t' | b'\r')).count();
            let rest = crate::chars::trim_start(line.get(end..)?);
            Some(end).filter(|end| *end > 0 && rest.is_empty())?
        }
        StartKind::Response(_) => line.iter().take_while(|c| **c != b'\r').count(),
    };
    Some(Span::new(start, start + length))
}
