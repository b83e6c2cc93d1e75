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
//! A message is the received bytes and an index of them; views borrow from it and are made
//! anew each time they are asked for, so what nobody reads costs nothing. Text is bytes: SIP does not
//! promise UTF-8. Where OpenSIPS is lenient this crate is, and where it refuses this crate does;
//! the places are marked in the code.
#![forbid(unsafe_code)]

mod message;
mod spare;
mod seen;
mod start_line;
mod index;
mod header;
mod header_kind;
mod method;
mod views;
mod via;
mod name_addr;
mod params;
mod values;
mod auth;
mod uri;
mod uri_compare;
mod escape;
mod host;
mod transport;
mod edits;
mod pieces;
pub mod compose;
pub mod body;
pub mod framing;
mod error;
mod cursor;
mod scan;
mod decimal;
mod chars;

pub use auth::{Challenge, Credentials};
pub use chars::{number, trim, unquote};
pub use decimal::Decimal;
pub use edits::{Changes, Edits, Insert, NewPart};
pub use error::{BadValue, ParseError, ParseErrorKind};
pub use escape::{escape_header, escape_param, escape_user, unescape};
pub use header::{Header, Headers};
pub use header_kind::HeaderKind;
pub use host::{Host, IpText, ip_text};
pub use index::{MAX_HEADERS, MAX_MESSAGE};
pub use message::Message;
pub use method::{Method, Methods, is_method_name};
pub use name_addr::{NameAddr, NameAddrs};
pub use params::{Param, ParamIter, Params, split_list};
pub use pieces::Pieces;
pub use scan::{find, is_digits};
pub use start_line::{RequestLine, Start, StatusLine};
pub use transport::Transport;
pub use uri::{OwnedUri, Scheme, Uri, UriError, UriParts};
pub use values::{CSeq, MediaType, Worded, content_length, list_has, whole_number};
pub use via::{KnownParam, MAGIC_COOKIE, Overload, Via, ViaParams, ViaStamp, Vias};
pub use views::Contacts;
