//! What can be wrong with a message, and whether it can still be answered.

use std::fmt;

use crate::Message;

/// Why a received message was not understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ParseErrorKind {
    /// Nothing but line ends, or too few bytes for any message.
    Empty,
    /// The first line is not SIP's: no method token, no URI, no version, no line end.
    BadStartLine,
    /// The response code is not three digits.
    BadStatusCode,
    /// A line among the headers has no colon, or there is a continuation of nothing.
    BadHeader,
    /// The message ends inside a header.
    Truncated,
    /// More headers than [`crate::MAX_HEADERS`].
    TooManyHeaders,
    /// Larger than [`crate::MAX_MESSAGE`].
    TooLarge,
    /// No Via header.
    NoVia,
    /// A Via header is broken.
    BadVia,
    /// A CSeq header is broken.
    BadCSeq,
    /// A To header is broken.
    BadTo,
    /// A Content-Length header is not a number.
    BadContentLength,
}

impl ParseErrorKind {
    /// One line for a log.
    pub const fn text(self) -> &'static str {
        match self {
            ParseErrorKind::Empty => "empty message",
            ParseErrorKind::BadStartLine => "bad first line",
            ParseErrorKind::BadStatusCode => "bad response code",
            ParseErrorKind::BadHeader => "bad header line",
            ParseErrorKind::Truncated => "message ends inside a header",
            ParseErrorKind::TooManyHeaders => "too many headers",
            ParseErrorKind::TooLarge => "message too large",
            ParseErrorKind::NoVia => "no Via header",
            ParseErrorKind::BadVia => "bad Via header",
            ParseErrorKind::BadCSeq => "bad CSeq header",
            ParseErrorKind::BadTo => "bad To header",
            ParseErrorKind::BadContentLength => "bad Content-Length header",
        }
    }

    /// The reason phrase OpenSIPS offers to its error_route (`$err.rreason`), for a 400.
    pub const fn reply_reason(self) -> &'static str {
        match self {
            ParseErrorKind::BadVia => "bad Via header",
            ParseErrorKind::BadCSeq => "bad CSeq header",
            ParseErrorKind::BadTo => "bad header",
            ParseErrorKind::BadContentLength => "bad Content-Length header",
            _ => "bad headers",
        }
    }
}

/// Why a received message was not understood, and how far it was.
#[derive(Debug, Clone)]
pub struct ParseError {
    /// What is wrong.
    pub kind: ParseErrorKind,
    /// Where in the received bytes.
    pub at: usize,
    /// The message with the headers before the error, when its first line was understood: enough for
    /// an error_route, and for a 400 if the Via is among them.
    pub partial: Option<Message>,
}

impl ParseError {
    /// Whether the first line of a request was understood, so that an error_route can run.
    pub fn is_request(&self) -> bool {
        self.partial.as_ref().is_some_and(Message::is_request)
    }
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (at byte {})", self.kind.text(), self.at)
    }
}

impl std::error::Error for ParseError {}

/// A header value that cannot be read as what it should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BadValue {
    /// What was expected, in words.
    pub expected: &'static str,
    /// Where in the value reading stopped.
    pub at: usize,
}

impl fmt::Display for BadValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "expected {} (at byte {})", self.expected, self.at)
    }
}

impl std::error::Error for BadValue {}
