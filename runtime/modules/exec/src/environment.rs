//! The variables that a command finds in its environment, beside those of the server.

use sipc_engine::place::{Getter, Index, IndexRef, Place};
use sipc_engine::{Context, Text, Value, VarRef, variables};
use sipc_sip::{HeaderKind, Via};

use crate::Settings;

/// More values of an AVP are left out.
const VALUES_MAX: i32 = 1000;

/// What a message has for commands beside its headers.
const OF_MESSAGE: &[(&str, Getter)] = &[
    ("SIP_SRCIP", variables::si),
    ("SIP_RURI", variables::ru),
    ("SIP_USER", variables::ruri_user),
    ("SIP_ORUI", variables::ou),
    ("SIP_OUSER", variables::ouri_user),
    ("SIP_DID", variables::tt),
];

/// All variables; `None` when there is an AVP for them that has no value.
pub(crate) fn of(cx: &mut Context, avp: Option<&VarRef>) -> Option<Vec<(Text, Text)>> {
    let mut all = Vec::new();
    if cx.shared().state::<Settings>().is_some_and(|s| s.variables) {
        of_message(cx, &mut all);
    }
    if let Some(avp) = avp {
        let values = values(cx, avp);
        if values.is_empty() {
            return None;
        }
        let named = values.into_iter().enumerate();
        all.extend(named.map(|(n, value)| (Text::from(format!("OSIPS_EXEC_{n}")), value)));
    }
    // a value that ends early is better than a command that does not start
    all.iter_mut()
        .for_each(|(_, value)| value.truncate(value.iter().position(|b| *b == 0).unwrap_or(value.len())));
    Some(all)
}

/// All values of an AVP, the newest first.
fn values(cx: &mut Context, avp: &VarRef) -> Vec<Text> {
    let mut values = Vec::new();
    for index in 0..VALUES_MAX {
        let at = VarRef { index: IndexRef::Constant(Index::At(index)), ..avp.clone() };
        match at.read(cx) {
            value if value.is_null() => break,
            value => values.push(value.text().unwrap_or_default()),
        }
    }
    values
}

/// `SIP_HF_NAME` for each header, and what [`OF_MESSAGE`] lists.
fn of_message(cx: &mut Context, all: &mut Vec<(Text, Text)>) {
    let mut headers: Vec<(String, Vec<u8>)> = Vec::new();
    for header in cx.message.headers() {
        let name = variable_name(header.name());
        match headers.iter_mut().find(|(known, _)| *known == name) {
            Some((_, values)) => {
                values.push(b',');
                values.extend_from_slice(header.value());
            }
            None => headers.push((name, header.value().to_vec())),
        }
    }
    all.extend(headers.into_iter().map(|(name, value)| (Text::from(name), Text::from(value))));
    for (name, get) in OF_MESSAGE {
        let value: Value = get(cx, &Place::PLAIN);
        all.push((Text::from_static(name.as_bytes()), value.text().unwrap_or_default()));
    }
    let via = cx.message.find(HeaderKind::Via).and_then(|h| Via::list(h.value()).next()?.ok());
    let branch = via.and_then(|v| v.branch().map(|b| cx.message.share(b)));
    all.push((Text::from_static(b"SIP_TID"), branch.unwrap_or_default()));
}

/// `Content-Type` is `SIP_HF_CONTENT_TYPE`, and so is `c`.
fn variable_name(header: &[u8]) -> String {
    let long = match &*header.to_ascii_lowercase() {
        b"v" => "VIA",
        b"c" => "CONTENT_TYPE",
        b"f" => "FROM",
        b"i" | b"call-id" => "CALLID",
        b"k" => "SUPPORTED",
        b"l" => "CONTENT_LENGTH",
        b"m" => "CONTACT",
        b"t" => "TO",
        b"o" => "EVENT",
        _ => "",
    };
    let letter = |b: &u8| if b.is_ascii_alphanumeric() { char::from(b.to_ascii_uppercase()) } else { '_' };
    let name = if long.is_empty() { header.iter().map(letter).collect() } else { long.to_owned() };
    format!("SIP_HF_{name}")
}
