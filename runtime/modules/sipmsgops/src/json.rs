//! The message as JSON, and headers into AVPs.

use serde_json::{Map, Value as Json, json};
use sipc_engine::glob::glob;
use sipc_engine::place::Assign;
use sipc_engine::{Context, Text, Value, VarRef};

use crate::result;

/// Puts names and values of the headers whose names match a shell pattern into AVPs. Case counts.
pub fn get_glob_headers_values(cx: &mut Context, pattern: Text, names: &VarRef, values: &VarRef) -> i32 {
    let message = cx.message.clone();
    let mut found = false;
    for header in message.headers().filter(|h| glob(&pattern, h.name())) {
        let text = |part: &[u8]| Value::Text(message.share(sipc_sip::trim(part)));
        if !names.write(cx, Assign::Set, text(header.name()))
            || !values.write(cx, Assign::Set, text(header.value()))
        {
            return -1;
        }
        found = true;
    }
    result(found)
}

/// The message as JSON: `first_line`, `headers` by name with all their values, `body`.
pub fn sip_to_json(cx: &mut Context, out: &VarRef) -> i32 {
    let message = cx.message.clone();
    let text = |part: &[u8]| String::from_utf8_lossy(part).into_owned();
    let first = message.bytes().get(message.first_byte()..message.headers_start()).unwrap_or_default();
    let mut headers: Map<String, Json> = Map::new();
    for header in message.headers() {
        let name = text(header.name());
        // names that differ in case are one to OpenSIPS
        let known = headers.keys().find(|k| k.eq_ignore_ascii_case(&name)).cloned();
        let values = headers.entry(known.unwrap_or(name)).or_insert_with(|| json!([]));
        if let Json::Array(values) = values {
            values.push(json!(text(sipc_sip::trim(header.value()))));
        }
    }
    let mut object = json!({ "first_line": text(first), "headers": headers });
    let body = message.body();
    if !body.is_empty() {
        object["body"] = json!(text(&body));
    }
    result(out.write(cx, Assign::Set, Value::Text(object.to_string().into())))
}
