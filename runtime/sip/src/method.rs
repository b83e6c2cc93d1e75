//! Request methods and sets of them. Does not know what a method does.

use bytes::Bytes;
use smallvec::SmallVec;

use crate::chars::{TOKEN, trim};

macro_rules! methods {
    ($($variant:ident = $name:literal, $bit:literal, $section:literal;)*) => {
        /// A request method. The numbers are OpenSIPS' own: one bit each.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[repr(u16)]
        pub enum Method {
            $(#[doc = concat!("`", $name, "`, ", $section, ".")] $variant = 1 << $bit,)*
            /// Any other token; the message has its name.
            Other = 1 << 14,
        }

        impl Method {
            /// Every method with a name, in the order of the numbers.
            pub const NAMED: &'static [Method] = &[$(Method::$variant),*];

            /// The name as written in a request line; empty for `Other`.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Method::$variant => $name,)*
                    Method::Other => "",
                }
            }

            /// The method of exactly that name.
            #[inline]
            pub(crate) fn exactly(name: &[u8]) -> Option<Method> {
                $(if name == $name.as_bytes() {
                    return Some(Method::$variant);
                })*
                None
            }
        }
    };
}

methods! {
    Invite = "INVITE", 0, "RFC 3261 13";
    Cancel = "CANCEL", 1, "RFC 3261 9";
    Ack = "ACK", 2, "RFC 3261 13";
    Bye = "BYE", 3, "RFC 3261 15";
    Info = "INFO", 4, "RFC 6086";
    Options = "OPTIONS", 5, "RFC 3261 11";
    Update = "UPDATE", 6, "RFC 3311";
    Register = "REGISTER", 7, "RFC 3261 10";
    Message = "MESSAGE", 8, "RFC 3428";
    Subscribe = "SUBSCRIBE", 9, "RFC 6665";
    Notify = "NOTIFY", 10, "RFC 6665";
    Prack = "PRACK", 11, "RFC 3262";
    Refer = "REFER", 12, "RFC 3515";
    Publish = "PUBLISH", 13, "RFC 3903";
}

impl Method {
    /// The method of that name. Case is ignored, as OpenSIPS does (RFC 3261 7.1 says it matters).
    pub fn of(name: &[u8]) -> Method {
        Method::exactly(name).unwrap_or_else(|| Method::of_any_case(name))
    }

    #[cold]
    fn of_any_case(name: &[u8]) -> Method {
        let candidates: &[Method] = match name.len() {
            3 => &[Method::Ack, Method::Bye],
            4 => &[Method::Info],
            5 => &[Method::Prack, Method::Refer],
            6 => &[Method::Invite, Method::Cancel, Method::Update, Method::Notify],
            7 => &[Method::Options, Method::Message, Method::Publish],
            8 => &[Method::Register],
            9 => &[Method::Subscribe],
            _ => &[],
        };
        let named = candidates.iter().find(|m| m.name().as_bytes().eq_ignore_ascii_case(name));
        named.copied().unwrap_or(Method::Other)
    }

    /// The method's bit.
    pub const fn bit(self) -> u16 {
        self as u16
    }
}

/// Whether `name` can be a method: a token of RFC 3261 section 25.1.
pub fn is_method_name(name: &[u8]) -> bool {
    !name.is_empty() && name.iter().all(|c| TOKEN.has(*c))
}

/// A set of methods, as in `is_method("INVITE|ACK")` or an Allow header.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Methods {
    bits: u16,
    others: SmallVec<[Bytes; 1]>,
}

impl Methods {
    /// The methods of a list separated by `|`, `,` or blanks; `None` if a name is no token or the
    /// list is empty.
    pub fn parse(list: &[u8]) -> Option<Methods> {
        let mut set = Methods::default();
        for name in list.split(|c| matches!(c, b'|' | b',')).map(trim) {
            set.insert_name(name)?;
        }
        Some(set)
    }

    /// The set of the methods given; `Other` stands for none.
    pub fn of(methods: &[Method]) -> Methods {
        let bits = methods.iter().fold(0, |bits, m| bits | m.bit());
        Methods { bits: bits & !Method::Other.bit(), others: SmallVec::new() }
    }

    fn insert_name(&mut self, name: &[u8]) -> Option<()> {
        if !is_method_name(name) {
            return None;
        }
        match Method::of(name) {
            Method::Other => self.others.push(Bytes::copy_from_slice(name)),
            known => self.bits |= known.bit(),
        }
        Some(())
    }

    /// Whether a request with this method and method name is in the set.
    pub fn contains(&self, method: Method, name: &[u8]) -> bool {
        match method {
            Method::Other => self.others.iter().any(|o| o.eq_ignore_ascii_case(name)),
            known => self.bits & known.bit() != 0,
        }
    }

    /// The bits of the methods with a number.
    pub fn bits(&self) -> u16 {
        self.bits
    }

    /// Whether nothing is in the set.
    pub fn is_empty(&self) -> bool {
        self.bits == 0 && self.others.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_numbers() {
        assert_eq!(Method::of(b"INVITE"), Method::Invite);
        assert_eq!(Method::of(b"invite"), Method::Invite);
        assert_eq!(Method::of(b"INVITES"), Method::Other);
        assert_eq!(Method::Publish.bit(), 8192);
        for m in Method::NAMED {
            assert_eq!(Method::of(m.name().as_bytes()), *m);
        }
    }

    #[test]
    fn sets() {
        let set = Methods::parse(b"INVITE|ACK|XYZ").expect("a list");
        assert!(set.contains(Method::Ack, b"ACK"));
        assert!(set.contains(Method::Other, b"xyz"));
        assert!(!set.contains(Method::Bye, b"BYE"));
        assert!(Methods::parse(b"INVITE|").is_none());
    }
}
