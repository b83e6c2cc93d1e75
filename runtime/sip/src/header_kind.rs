//! The headers with a kind of their own: one table of kind, name, compact form and where it is defined.
//!
//! Known are the headers OpenSIPS knows, without those of MSRP, and a few that this proxy reads. Only
//! the compact forms OpenSIPS knows are taken: to it `s` is not Subject and `r` is not Refer-To.

macro_rules! headers {
    ($($kind:ident = $name:literal, $compact:literal, $section:literal;)*) => {
        /// Which header it is.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[repr(u8)]
        pub enum HeaderKind {
            /// Any header without a kind: told apart by its name.
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

/// Slots of the lookup table.
const SLOTS: usize = 256;

/// The kind in each slot, by number of its place in `KNOWN` plus one; 0 is an empty slot.
static SLOT: [u8; SLOTS] = slots();

/// A hash without collisions over all names and compact forms; `slots` proves it while compiling.
const fn slot(name: &[u8]) -> usize {
    let len = name.len();
    let first = name[0].to_ascii_lowercase() as usize;
    let last = name[len - 1].to_ascii_lowercase() as usize;
    let middle = name[len / 2].to_ascii_lowercase() as usize;
    (len * 3 + first * 12 + last * 38 + middle) % SLOTS
}

const fn slots() -> [u8; SLOTS] {
    let mut table = [0; SLOTS];
    let mut i = 0;
    while i < HeaderKind::KNOWN.len() {
        let kind = HeaderKind::KNOWN[i];
        let at = slot(kind.name().as_bytes());
        assert!(table[at] == 0, "two header names in one slot: choose other factors");
        table[at] = i as u8 + 1;
        if let Some(letter) = kind.compact() {
            let at = slot(&[letter]);
            assert!(table[at] == 0, "two header names in one slot: choose other factors");
            table[at] = i as u8 + 1;
        }
        i += 1;
    }
    table
}

impl HeaderKind {
    /// The kind of the header with that name or compact form, ignoring case.
    pub fn of(name: &[u8]) -> HeaderKind {
        if name.is_empty() {
            return HeaderKind::Other;
        }
        let place = usize::from(SLOT.get(slot(name)).copied().unwrap_or_default());
        let Some(kind) = place.checked_sub(1).and_then(|i| HeaderKind::KNOWN.get(i)) else {
            return HeaderKind::Other;
        };
        let hit = match (name, kind.compact()) {
            ([letter], compact) => compact == Some(letter.to_ascii_lowercase()),
            // nearly all write it as the RFC does
            _ => {
                let known = kind.name().as_bytes();
                name == known || name.eq_ignore_ascii_case(known)
            }
        };
        if hit { *kind } else { HeaderKind::Other }
    }

    /// The kind's bit in a set of kinds.
    pub(crate) const fn bit(self) -> u64 {
        1 << self as u8
    }
}

const _: () = assert!(HeaderKind::KNOWN.len() < 64, "a set of kinds is one u64");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_found() {
        for kind in HeaderKind::KNOWN {
            assert_eq!(HeaderKind::of(kind.name().to_uppercase().as_bytes()), *kind);
            if let Some(letter) = kind.compact() {
                assert_eq!(HeaderKind::of(&[letter.to_ascii_uppercase()]), *kind);
            }
        }
    }

    #[test]
    fn other_names_have_no_kind() {
        for name in ["", "X-Other", "s", "Fromm", "Viaa", "Vi", "\u{fc}"] {
            assert_eq!(HeaderKind::of(name.as_bytes()), HeaderKind::Other);
        }
    }
}
