//! The headers with a kind of their own: one table of kind, name, compact form and where it is defined.
//!
//! Known are the headers OpenSIPS knows, without those of MSRP, and a few that this proxy reads. Only
//! the compact forms OpenSIPS knows are taken: to it `s` is not Subject and `r` is not Refer-To.

use crate::chars::part;

macro_rules! headers {
    ($($kind:ident = $name:literal, $compact:literal, $section:literal;)*) => {
        /// Which header it is.
        #[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[repr(u8)]
        pub enum HeaderKind {
            /// Any header without a kind: told apart by its name.
            #[default]
            Other,
            $(#[doc = concat!("`", $name, "`, ", $section, ".")] $kind,)*
        }

        impl HeaderKind {
            /// Every known kind.
            pub const KNOWN: &'static [HeaderKind] = &[$(HeaderKind::$kind),*];

            /// The full name; empty for `Other`.
            pub const fn name(self) -> &'static str {
                match self {
                    HeaderKind::Other => "",
                    $(HeaderKind::$kind => $name,)*
                }
            }

            /// The compact form (RFC 3261 section 7.3.3), if OpenSIPS takes one.
            pub const fn compact(self) -> Option<u8> {
                let letter = match self {
                    HeaderKind::Other => 0,
                    $(HeaderKind::$kind => $compact,)*
                };
                if letter == 0 { None } else { Some(letter) }
            }
        }
    };
}

headers! {
    Via = "Via", b'v', "RFC 3261 section 20.42";
    To = "To", b't', "RFC 3261 section 20.39";
    From = "From", b'f', "RFC 3261 section 20.20";
    CSeq = "CSeq", 0, "RFC 3261 section 20.16";
    CallId = "Call-ID", b'i', "RFC 3261 section 20.8";
    Contact = "Contact", b'm', "RFC 3261 section 20.10";
    MaxForwards = "Max-Forwards", 0, "RFC 3261 section 20.22";
    Route = "Route", 0, "RFC 3261 section 20.34";
    RecordRoute = "Record-Route", 0, "RFC 3261 section 20.30";
    Path = "Path", 0, "RFC 3327 section 4";
    ContentType = "Content-Type", b'c', "RFC 3261 section 20.15";
    ContentLength = "Content-Length", b'l', "RFC 3261 section 20.14";
    Authorization = "Authorization", 0, "RFC 3261 section 20.7";
    Expires = "Expires", 0, "RFC 3261 section 20.19";
    ProxyAuthorization = "Proxy-Authorization", 0, "RFC 3261 section 20.28";
    Supported = "Supported", b'k', "RFC 3261 section 20.37";
    ProxyRequire = "Proxy-Require", 0, "RFC 3261 section 20.29";
    Unsupported = "Unsupported", 0, "RFC 3261 section 20.40";
    Allow = "Allow", 0, "RFC 3261 section 20.5";
    Event = "Event", b'o', "RFC 6665 section 8.2.1";
    Accept = "Accept", 0, "RFC 3261 section 20.1";
    AcceptLanguage = "Accept-Language", 0, "RFC 3261 section 20.3";
    Organization = "Organization", 0, "RFC 3261 section 20.25";
    Priority = "Priority", 0, "RFC 3261 section 20.26";
    Subject = "Subject", 0, "RFC 3261 section 20.36";
    UserAgent = "User-Agent", 0, "RFC 3261 section 20.41";
    AcceptDisposition = "Accept-Disposition", 0, "draft-mahy-sip-remote-cc";
    ContentDisposition = "Content-Disposition", 0, "RFC 3261 section 20.11";
    Diversion = "Diversion", 0, "RFC 5806 section 3";
    RemotePartyId = "Remote-Party-ID", 0, "draft-ietf-sip-privacy";
    ReferTo = "Refer-To", 0, "RFC 3515 section 2.1";
    SessionExpires = "Session-Expires", b'x', "RFC 4028 section 4";
    MinSe = "Min-SE", 0, "RFC 4028 section 5";
    PPreferredIdentity = "P-Preferred-Identity", 0, "RFC 3325 section 9.2";
    PAssertedIdentity = "P-Asserted-Identity", 0, "RFC 3325 section 9.1";
    Privacy = "Privacy", 0, "RFC 3323 section 4.2";
    RetryAfter = "Retry-After", 0, "RFC 3261 section 20.33";
    CallInfo = "Call-Info", 0, "RFC 3261 section 20.9";
    WwwAuthenticate = "WWW-Authenticate", 0, "RFC 3261 section 20.44";
    ProxyAuthenticate = "Proxy-Authenticate", 0, "RFC 3261 section 20.27";
    MinExpires = "Min-Expires", 0, "RFC 3261 section 20.23";
    FeatureCaps = "Feature-Caps", 0, "RFC 6809 section 5";
    Replaces = "Replaces", 0, "RFC 3891 section 6.1";
    SecurityClient = "Security-Client", 0, "RFC 3329 section 2.2";
    SecurityServer = "Security-Server", 0, "RFC 3329 section 2.2";
    SecurityVerify = "Security-Verify", 0, "RFC 3329 section 2.2";
    Require = "Require", 0, "RFC 3261 section 20.32";
    Reason = "Reason", 0, "RFC 3326 section 2";
    Server = "Server", 0, "RFC 3261 section 20.35";
    Warning = "Warning", 0, "RFC 3261 section 20.43";
    RSeq = "RSeq", 0, "RFC 3262 section 7.1";
    RAck = "RAck", 0, "RFC 3262 section 7.2";
    SubscriptionState = "Subscription-State", 0, "RFC 6665 section 8.2.3";
    SipETag = "SIP-ETag", 0, "RFC 3903 section 11.3.1";
    SipIfMatch = "SIP-If-Match", 0, "RFC 3903 section 11.3.2";
    Date = "Date", 0, "RFC 3261 section 20.17";
}

/// The longest name that fits into a [`Spelling`].
const SPELLED: usize = 16;

/// One way to write a name, as numbers that are compared at once.
#[derive(Clone, Copy)]
struct Spelling {
    kind: HeaderKind,
    length: u8,
    /// The first eight bytes; what is missing is zero.
    head: u64,
    /// The last eight bytes of a name that has more than eight, else the same as `head`.
    tail: u64,
}

impl Spelling {
    const NONE: Spelling = Spelling { kind: HeaderKind::Other, length: 0, head: 0, tail: 0 };

    const fn new(kind: HeaderKind, name: &[u8]) -> Spelling {
        let mut text = [0; SPELLED];
        let mut i = 0;
        while i < name.len() {
            text[i] = name[i];
            i += 1;
        }
        let (head, tail) = words(&text, name.len());
        Spelling { kind, length: name.len() as u8, head, tail }
    }
}

/// `head` and `tail` of a [`Spelling`]; `text` begins with the name.
#[inline(always)]
const fn words(text: &[u8; SPELLED], length: usize) -> (u64, u64) {
    let (first, _) = text.split_first_chunk().expect("it is longer");
    let first = u64::from_le_bytes(*first);
    let Some(before) = length.checked_sub(8) else {
        let head = first & ((1 << (8 * length)) - 1);
        return (head, head);
    };
    let (_, last) = text.split_at(before);
    (first, u64::from_le_bytes(*last.first_chunk().expect("the name ends within the text")))
}

/// The kinds whose names are too long for a [`Spelling`].
static LONG: [HeaderKind; 7] = long();

const fn long() -> [HeaderKind; 7] {
    let mut long = [HeaderKind::Other; 7];
    let (mut i, mut found) = (0, 0);
    while i < HeaderKind::KNOWN.len() {
        if HeaderKind::KNOWN[i].name().len() > SPELLED {
            long[found] = HeaderKind::KNOWN[i];
            found += 1;
        }
        i += 1;
    }
    assert!(found == long.len(), "as many long names as there is room for");
    long
}

/// Slots of the lookup table.
const SLOTS: usize = 256;

/// The spelling in each slot.
static SPELLINGS: [Spelling; SLOTS] = spellings();

/// A hash without collisions over all short names and compact forms, whatever their case; `spellings` proves it while
/// compiling.
#[inline(always)]
const fn slot(head: u64, tail: u64, length: usize) -> usize {
    const CASE: u64 = 0x2020_2020_2020_2020;
    let sum = (head | CASE).wrapping_add(tail | CASE).wrapping_add(length as u64);
    (sum.wrapping_mul(0x59d1_6ecc_7d39_7b53) >> 56) as usize
}

const fn spellings() -> [Spelling; SLOTS] {
    let mut table = [Spelling::NONE; SLOTS];
    let mut i = 0;
    while i < HeaderKind::KNOWN.len() {
        let kind = HeaderKind::KNOWN[i];
        if kind.name().len() <= SPELLED {
            table = with(table, kind, kind.name().as_bytes());
        }
        if let Some(letter) = kind.compact() {
            table = with(table, kind, &[letter]);
        }
        i += 1;
    }
    table
}

const fn with(mut table: [Spelling; SLOTS], kind: HeaderKind, name: &[u8]) -> [Spelling; SLOTS] {
    let spelling = Spelling::new(kind, name);
    let at = slot(spelling.head, spelling.tail, name.len());
    assert!(table[at].length == 0, "two header names in one slot: choose another factor");
    table[at] = spelling;
    table
}

impl HeaderKind {
    /// The kind of the header with that name or compact form, ignoring case.
    pub fn of(name: &[u8]) -> HeaderKind {
        let mut text = [0; SPELLED];
        text.iter_mut().zip(name).for_each(|(to, from)| *to = *from);
        match name.len() {
            0..=SPELLED => HeaderKind::of_text(&text, name.len()),
            _ => LONG.into_iter().find(|kind| is_named(*kind, name)).unwrap_or(HeaderKind::Other),
        }
    }

    /// The kind's bit in a set of kinds.
    pub const fn bit(self) -> u64 {
        1 << self as u8
    }

    /// The same of the name that is the first `length` bytes of a text, of which it has at most [`SPELLED`].
    #[inline(always)]
    pub(crate) fn of_text(text: &[u8; SPELLED], length: usize) -> HeaderKind {
        let (head, tail) = words(text, length);
        let Some(known) = SPELLINGS.get(slot(head, tail, length)) else { return HeaderKind::Other };
        // nearly all write it as the RFC does
        let same = known.head == head && known.tail == tail && usize::from(known.length) == length;
        if same || known.length == 0 || is_named(known.kind, part(text, 0, length)) {
            known.kind
        } else {
            HeaderKind::Other
        }
    }
}

#[cold]
fn is_named(kind: HeaderKind, name: &[u8]) -> bool {
    match name {
        [letter] => kind.compact() == Some(letter.to_ascii_lowercase()),
        _ => kind.name().as_bytes().eq_ignore_ascii_case(name),
    }
}

const _: () = assert!(KINDS <= 64, "a set of kinds is one u64");

/// How many kinds there are, `Other` among them.
pub(crate) const KINDS: usize = HeaderKind::KNOWN.len() + 1;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_found() {
        for kind in HeaderKind::KNOWN {
            assert_eq!(HeaderKind::of(kind.name().as_bytes()), *kind);
            assert_eq!(HeaderKind::of(kind.name().to_uppercase().as_bytes()), *kind);
            if let Some(letter) = kind.compact() {
                assert_eq!(HeaderKind::of(&[letter.to_ascii_uppercase()]), *kind);
            }
        }
    }

    #[test]
    fn other_names_have_no_kind() {
        for name in [
            "",
            "X-Other",
            "s",
            "Fromm",
            "Viaa",
            "Vi",
            "\u{fc}",
            "Call\rID",
            "Content_Length",
            "Proxy-Authorisation",
        ] {
            assert_eq!(HeaderKind::of(name.as_bytes()), HeaderKind::Other);
        }
    }
}
