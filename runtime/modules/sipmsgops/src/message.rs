//! Method, To tag, body, and what replies get.

use sipc_engine::{Context, Text};
use sipc_sip::{Methods, Transport};

use crate::result;

/// Adds header lines to the replies that this script sends; an empty text is an error.
pub fn append_to_reply(cx: &mut Context, lines: Text) -> i32 {
    if lines.is_empty() {
        return -1;
    }
    cx.reply_headers.push(lines);
    1
}

/// Adds a body to the replies that this script sends.
pub fn append_body_to_reply(cx: &mut Context, body: Text) -> i32 {
    if body.is_empty() {
        return -1;
    }
    cx.reply_body = Some((Text::new(), body));
    1
}

/// Adds a Date header to the replies that this script sends (RFC 3261 20.17).
pub fn append_time(cx: &mut Context) -> i32 {
    let line = format!("Date: {}\r\n", http_date(cx.worker.unix_us() / 1_000_000));
    cx.reply_headers.push(line.into());
    1
}

/// `Wed, 21 Oct 2015 07:28:00 GMT`.
fn http_date(unix: u64) -> String {
    const DAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let (days, rest) = (unix / 86_400, unix % 86_400);
    // the Gregorian calendar counted from March, so that leap days come last
    let z = days + 719_468;
    let doe = z % 146_097;
    let yoe = (doe - doe / 1460 + doe / 36_524 - doe / 146_096) / 365;
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    let mp = (5 * doy + 2) / 153;
    let month = if mp < 10 { mp + 2 } else { mp - 10 };
    let year = yoe + z / 146_097 * 400 + u64::from(month < 2);
    let day = doy - (153 * mp + 2) / 5 + 1;
    let (weekday, month) = (DAYS[(days % 7) as usize], MONTHS[(month % 12) as usize]);
    format!(
        "{weekday}, {day:02} {month} {year} {:02}:{:02}:{:02} GMT",
        rest / 3600,
        rest % 3600 / 60,
        rest % 60
    )
}

/// Whether the method is one of these; a reply's is the one of its CSeq.
pub fn is_method(cx: &mut Context, methods: &Methods) -> i32 {
    if let Some(line) = cx.message.request_line() {
        return result(methods.contains(line.method, line.method_name));
    }
    match cx.message.cseq() {
        Some(Ok(cseq)) => result(methods.contains(cseq.method, cseq.method_name)),
        _ => -1,
    }
}

/// Whether To has a tag.
pub fn has_totag(cx: &mut Context) -> i32 {
    result(cx.message.to_tag().is_some_and(|t| !t.is_empty()))
}

/// Whether the message has a body; with a type, whether a part of it is of that type.
///
/// Without a type every message over UDP counts as having one unless Content-Length says 0 on a
/// stream: that is what OpenSIPS answers, and scripts are written for it.
pub fn has_body(cx: &mut Context, kind: Option<Text>) -> i32 {
    let stream = cx.shared().socket(cx.received.socket).transport != Transport::Udp;
    let length = cx.message.content_length().and_then(Result::ok).unwrap_or(0);
    if stream && length == 0 {
        return -1;
    }
    match kind {
        None => 1,
        Some(kind) => has_part(cx, &kind),
    }
}

/// Whether the body has a part of a type.
pub fn has_body_part(cx: &mut Context, kind: Option<Text>) -> i32 {
    has_body(cx, kind)
}

fn has_part(cx: &Context, kind: &Text) -> i32 {
    let Some(slash) = kind.iter().position(|c| *c == b'/') else { return -1 };
    let (main, sub) = (kind[..slash].trim_ascii(), kind[slash + 1..].trim_ascii());
    if main.eq_ignore_ascii_case(b"multipart") {
        return result(cx.message.content_type().is_some_and(|t| t.is(main, sub)));
    }
    let body = cx.message.body();
    let found = cx.message.body_parts(&body).any(|part| part.kind.is_some_and(|t| t.is(main, sub)));
    result(!body.is_empty() && found)
}

/// Changes code and reason of the reply that is passed on; the class of the code must stay.
pub fn change_reply_status(cx: &mut Context, code: i32, reason: Text) -> i32 {
    let Some(old) = cx.message.code() else { return -1 };
    let Some(code) = u16::try_from(code).ok().filter(|c| (100..700).contains(c)) else { return -1 };
    // a final reply cannot become provisional, nor the reverse: the transaction depends on it
    if (code < 200) != (old < 200) || (200..300).contains(&old) {
        return -1;
    }
    cx.new_status = Some((code, reason));
    1
}

#[cfg(test)]
mod tests {
    use super::http_date;

    #[test]
    fn dates_are_those_of_the_calendar() {
        assert_eq!(http_date(1_445_412_480), "Wed, 21 Oct 2015 07:28:00 GMT");
        assert_eq!(http_date(951_782_400), "Tue, 29 Feb 2000 00:00:00 GMT");
        assert_eq!(http_date(0), "Thu, 01 Jan 1970 00:00:00 GMT");
    }
}
