//! `maxfwd`: counts Max-Forwards down, so that a loop ends (RFC 3261 16.6 step 3).
#![forbid(unsafe_code)]

use std::sync::Arc;

use sipc_engine::setup::{InitResult, Linked, Setup};
use sipc_engine::{Context, Text};
use sipc_sip::HeaderKind;

/// No variables.
pub static VARIABLES: &[sipc_engine::place::VariableBinding] = &[];

/// What the runtime starts.
pub const LINKED: Linked = Linked { name: "maxfwd", init };

sipc_engine::bindings! { sipc_interface::modules::maxfwd::MODULE;
    plain { mf_process_maxfwd_header(i32), is_maxfwd_lt(i32) }
    waiting {}
}

/// Longer numbers cannot be read.
const DIGITS_MAX: usize = 5;

/// The highest `max_limit`, and what it is when it is not set.
const LIMIT_MAX: u16 = 256;

/// `max_limit`.
struct Limit(u32);

/// Set once a message's Max-Forwards has been counted down, with the value that goes out.
struct Processed(u32);

fn init(setup: &mut Setup) -> InitResult {
    let limit = setup.int("maxfwd", "max_limit", i32::from(LIMIT_MAX));
    let limit = u32::try_from(limit).ok().filter(|n| (1..=u32::from(LIMIT_MAX)).contains(n));
    setup.share(Arc::new(Limit(limit.ok_or("max_limit must be from 1 to 256")?)));
    Ok(())
}

/// Counts Max-Forwards down; a request without it gets `max`.
///
/// Returns 1 when the request may go on, 2 when the header was added, -1 when the count is used up, -2
/// when it cannot be read.
pub fn mf_process_maxfwd_header(cx: &mut Context, max: i32) -> i32 {
    let Some(header) = cx.message.find(HeaderKind::MaxForwards) else {
        let value = u8::try_from(max).unwrap_or(u8::MAX);
        let message = cx.message.clone();
        cx.edits.prepend_header(&message, format!("Max-Forwards: {value}\r\n"));
        return 2;
    };
    // without the blanks around it, which stay
    let range = cx.message.range_of(sipc_sip::trim(header.value())).unwrap_or(header.value_range());
    let Some(now) = value(cx, &header) else { return -2 };
    if now == 0 {
        return -1;
    }
    let limit = cx.shared().state::<Limit>().map_or(u32::from(LIMIT_MAX), |l| l.0);
    let next = (now - 1).min(limit);
    let text = right_aligned(next, range.len());
    cx.edits.replace_again(range, text);
    cx.extensions.insert(Processed(next));
    1
}

/// The numbers up to the limit, each as three characters.
static NUMBERS: [[u8; 3]; LIMIT_MAX as usize + 1] = {
    let mut numbers = [*b"   "; LIMIT_MAX as usize + 1];
    let mut n = 0;
    while n < numbers.len() {
        let (mut at, mut rest) = (2, n);
        numbers[n][at] = b'0' + (rest % 10) as u8;
        while rest >= 10 {
            rest /= 10;
            at -= 1;
            numbers[n][at] = b'0' + (rest % 10) as u8;
        }
        n += 1;
    }
    numbers
};

/// A number as wide as the one before it, so that nothing else in the message moves.
fn right_aligned(number: u32, width: usize) -> Text {
    let blanks = 3usize.checked_sub(width);
    match NUMBERS.get(number as usize).zip(blanks) {
        Some((digits, blanks)) if digits[..blanks].iter().all(|c| *c == b' ') => {
            Text::from_static(&digits[blanks..])
        }
        _ => Text::from(format!("{number:>width$}")),
    }
}

/// The value as counted down before, or as received.
fn value(cx: &Context, header: &sipc_sip::Header<'_>) -> Option<u32> {
    match cx.extensions.get::<Processed>() {
        Some(Processed(value)) => Some(*value),
        // as OpenSIPS: nothing is 0, and a number of up to five digits is taken
        None => match sipc_sip::trim(header.value()) {
            b"" => Some(0),
            digits => sipc_sip::number(digits).filter(|_| digits.len() <= DIGITS_MAX),
        },
    }
}

/// Whether Max-Forwards is lower than `limit`; -2 without a header, -3 when it cannot be read.
pub fn is_maxfwd_lt(cx: &mut Context, limit: i32) -> i32 {
    let Some(header) = cx.message.find(HeaderKind::MaxForwards) else { return -2 };
    match value(cx, &header) {
        None => -3,
        Some(value) if i64::from(value) < i64::from(limit) => 1,
        Some(_) => -1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_keep_their_width() {
        for number in 0..=300 {
            for width in 0..6 {
                assert_eq!(right_aligned(number, width), format!("{number:>width$}"));
            }
        }
    }
}
