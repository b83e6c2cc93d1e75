//! Bytes to SIP messages and back. No network, no clock, no tokio; nothing here waits or fails loudly,
//! whatever it is given.
//!
//! | To | read |
//! |---|---|
//! | take a message in | [`Message::parse`], [`Message::sanity`], [`Header`], [`HeaderKind`] |
//! | look into a header | [`NameAddr`], [`Via`], [`CSeq`], [`Credentials`], [`Params`] |
//! | look into a URI | [`Uri`], [`UriParts`], [`OwnedUri`] |
//! | change a message that is passed on | [`Edits`] |
//! | make a message | [`compose`] |
//! | look into a body | [`body`] |
//! | cut messages out of a stream | [`framing`] |
//!
//! A message is the received bytes and an index of them ([`index`]); views borrow from it and are made
//! anew each time they are asked for, so what nobody reads costs nothing. Text is bytes: SIP does not
//! promise UTF-8. Where OpenSIPS is lenient this crate is, and where it refuses this crate does;
//! the places are marked in the code.
#![forbid(unsafe_code)]

mod chars;
mod cursor;
mod error;
mod header;
mod header_kind;
mod index;
mod message;
mod method;
mod start_line;

pub use chars::{number, trim, unquote};
pub use error::{BadValue, ParseError, ParseErrorKind};
pub use header::{Header, Headers};
pub use header_kind::HeaderKind;
pub use index::{MAX_HEADERS, MAX_MESSAGE};
pub use message::Message;
pub use method::{Method, Methods, is_method_name};
pub use start_line::{RequestLine, Start, StatusLine};
