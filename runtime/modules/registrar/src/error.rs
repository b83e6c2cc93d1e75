//! Why a REGISTER is refused: code, reason, and the text of P-Registrar-Error.

/// A refusal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// A header that must be there or must be readable is not.
    Parse(&'static str),
    /// The user part of the address of record is missing.
    NoUser,
    /// The address of record is too long.
    AorTooLong,
    /// Expires is not a number.
    BadExpires,
    /// Contact cannot be read.
    BadContact,
    /// A contact's URI is too long.
    ContactTooLong,
    /// q is not between 0 and 1.
    BadQ,
    /// `*` with a lifetime.
    StarExpires,
    /// `*` with other contacts.
    StarContacts,
    /// A CSeq older than the last one.
    BadCSeq,
    /// More contacts than allowed.
    TooMany,
    /// The table of locations is at its bound.
    Full,
    /// Path cannot be read.
    BadPath,
    /// A Path that the client did not say it supports.
    PathUnsupported,
}

impl Refusal {
    /// Code and reason phrase.
    pub fn reply(self) -> (u16, &'static [u8]) {
        match self {
            Refusal::AorTooLong => (500, b"Server Internal Error"),
            Refusal::TooMany | Refusal::Full => (503, b"Service Unavailable"),
            Refusal::PathUnsupported => (420, b"Bad Extension"),
            _ => (400, b"Bad Request"),
        }
    }

    /// What P-Registrar-Error says.
    pub fn text(self) -> &'static str {
        match self {
            Refusal::Parse(text) => text,
            Refusal::NoUser => "Error while parsing AOR",
            Refusal::AorTooLong => "Address Of Record too long",
            Refusal::BadExpires => "Expires parse error",
            Refusal::BadContact => "Contact parse error",
            Refusal::ContactTooLong => "Contact/received too long",
            Refusal::BadQ => "Invalid q param in contact",
            Refusal::StarExpires => "* used in contact and expires is not zero",
            Refusal::StarContacts => "* used in contact and more than 1 contact",
            Refusal::BadCSeq => "Invalid CSeq number",
            Refusal::TooMany => "Too many registered contacts",
            Refusal::Full => "The location table is full",
            Refusal::BadPath => "Path parse error",
            Refusal::PathUnsupported => "No support for found Path indicated",
        }
    }
}
