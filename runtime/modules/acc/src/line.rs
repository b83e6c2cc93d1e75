//! The text of an accounting line: `ACC: WHAT: timestamp=…;method=…;…`.

use sipc_engine::Value;
use sipc_sip::{Decimal, Message};

/// Bytes that most lines have room in.
const USUAL: usize = 320;

/// What goes into a line.
pub struct Line<'a> {
    /// What happened.
    pub what: &'a str,
    /// When, Unix seconds.
    pub unix: u64,
    /// The request.
    pub request: &'a Message,
    /// The To tag: the reply's, or the one made here.
    pub to_tag: Option<&'a [u8]>,
    /// Code of the reply.
    pub code: u16,
    /// Reason phrase of the reply.
    pub reason: &'a [u8],
    /// The request goes upstream: From is the callee.
    pub swapped: bool,
    /// Further fields.
    pub extra: &'a [(String, Value)],
}

impl Line<'_> {
    /// The line, without a line end.
    pub fn text(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(USUAL);
        for part in [b"ACC: ", self.what.as_bytes(), b": timestamp=", Decimal::of(self.unix).text()] {
            out.extend_from_slice(part);
        }
        let from = self.request.from_tag().unwrap_or_default();
        let to = self.to_tag.unwrap_or_default();
        let (caller, callee) = if self.swapped { (to, from) } else { (from, to) };
        let method = self.request.request_line().map(|l| l.method_name).unwrap_or_default();
        let code = Decimal::of(u64::from(self.code));
        for (key, value) in [
            ("method", method),
            ("from_tag", caller),
            ("to_tag", callee),
            ("call_id", self.request.call_id().unwrap_or_default()),
            ("code", code.text()),
            ("reason", self.reason),
        ] {
            field(&mut out, key, value);
        }
        for (key, value) in self.extra {
            field(&mut out, key, &value.text().unwrap_or_default());
        }
        out
    }
}

fn field(out: &mut Vec<u8>, key: &str, value: &[u8]) {
    out.push(b';');
    out.extend_from_slice(key.as_bytes());
    out.push(b'=');
    out.extend_from_slice(value);
}
