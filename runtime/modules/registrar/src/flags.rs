//! The flag lists of `save` and `lookup`: words and `name=value` pairs, separated by commas.

use sipc_engine::regex::Regex;
use sipc_interface::posix::Options;

/// How the Path header of a REGISTER is treated (RFC 3327).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum PathMode {
    /// Not at all.
    #[default]
    Ignored,
    /// Stored; a client that did not say it supports Path is refused.
    Strict,
    /// Stored; told to clients that support Path.
    Lazy,
    /// Stored, never told.
    Off,
}

/// Flags of `save`.
#[derive(Debug, Clone, Default)]
pub struct SaveFlags {
    /// `no-reply`.
    pub no_reply: bool,
    /// `path-…`.
    pub path: PathMode,
    /// `path-received`: the received parameter of the first Path URI is where the client was seen.
    pub path_received: bool,
    /// `force-registration`: at the limit the oldest contact goes.
    pub force: bool,
    /// `only-request-contacts`: the reply lists the contacts of the request only.
    pub only_request_contacts: bool,
    /// `max-contacts`.
    pub max_contacts: Option<usize>,
    /// `min-expires`.
    pub min_expires: Option<u64>,
    /// `max-expires`.
    pub max_expires: Option<u64>,
    /// `matching-mode=1`: contacts match by Call-ID too.
    pub by_call_id: Option<bool>,
}

fn words(text: &[u8]) -> impl Iterator<Item = (&[u8], Option<&[u8]>)> {
    text.split(|c| *c == b',').map(<[u8]>::trim_ascii).filter(|w| !w.is_empty()).map(|word| {
        match word.iter().position(|c| *c == b'=') {
            Some(at) => (word[..at].trim_ascii(), Some(word[at + 1..].trim_ascii())),
            None => (word, None),
        }
    })
}

fn number<T: std::str::FromStr>(text: Option<&[u8]>) -> Option<T> {
    std::str::from_utf8(text?).ok()?.parse().ok()
}

impl SaveFlags {
    /// Reads a list; `None` when a word is unknown or a value is missing.
    pub fn parse(text: &[u8]) -> Option<SaveFlags> {
        let mut f = SaveFlags::default();
        for (word, value) in words(text) {
            match word {
                b"memory-only" | b"socket-header" => {}
                b"no-reply" => f.no_reply = true,
                b"path-strict" => f.path = PathMode::Strict,
                b"path-lazy" => f.path = PathMode::Lazy,
                b"path-off" => f.path = PathMode::Off,
                b"path-received" => f.path_received = true,
                b"force-registration" => f.force = true,
                b"only-request-contacts" => f.only_request_contacts = true,
                b"max-contacts" => f.max_contacts = Some(number(value)?),
                b"min-expires" => f.min_expires = Some(number(value)?),
                b"max-expires" => f.max_expires = Some(number(value)?),
                b"matching-mode" => f.by_call_id = Some(number::<u8>(value)? == 1),
                _ => return None,
            }
        }
        Some(f)
    }
}

/// Flags of `lookup`.
#[derive(Debug, Clone, Default)]
pub struct LookupFlags {
    /// `method-filtering`: only contacts that take the request's method.
    pub methods: bool,
    /// `no-branches`: only the best contact.
    pub no_branches: bool,
    /// `branch`: the branches are looked up as well.
    pub branches_too: bool,
    /// `to-branches-only`: the request URI stays.
    pub keep_ruri: bool,
    /// `ua-filtering=/regex/`: only contacts whose User-Agent matches.
    pub user_agent: Option<Regex>,
}

impl LookupFlags {
    /// Reads a list; `None` when a word is unknown or a value is broken.
    pub fn parse(text: &[u8]) -> Option<LookupFlags> {
        let mut f = LookupFlags::default();
        let mut pattern = None;
        let mut ignore_case = false;
        for (word, value) in words(text) {
            match word {
                b"method-filtering" => f.methods = true,
                b"no-branches" => f.no_branches = true,
                b"branch" => f.branches_too = true,
                b"to-branches-only" => f.keep_ruri = true,
                b"case-insensitive" => ignore_case = true,
                b"extended-regexp" | b"global" | b"sort-by-latency" | b"max-ping-latency" => {}
                b"ua-filtering" => pattern = Some(value?),
                _ => return None,
            }
        }
        if let Some(p) = pattern {
            let inner = p.strip_prefix(b"/")?;
            let end = inner.iter().rposition(|c| *c == b'/')?;
            let flags = Options { ignore_case, newline_aware: false };
            f.user_agent = Some(Regex::new(&inner[..end], flags).ok()?);
        }
        Some(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_read_and_unknown_words_refused() {
        let f = SaveFlags::parse(b"max-contacts=1, force-registration,path-lazy").expect("valid");
        assert_eq!((f.max_contacts, f.force, f.path), (Some(1), true, PathMode::Lazy));
        assert!(SaveFlags::parse(b"max-contacts").is_none());
        assert!(SaveFlags::parse(b"no-such-flag").is_none());
        assert!(
            LookupFlags::parse(b"method-filtering, no-branches").is_some_and(|f| f.methods && f.no_branches)
        );
    }
}
