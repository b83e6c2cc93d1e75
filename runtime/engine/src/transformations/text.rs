//! `{s.…}`: the text as it is, as a number, in another spelling.

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use crate::place::TransformArg;
use crate::short::Short;
use crate::texts::{self, leading_number};
use crate::{Context, Text, Value};

use super::{input, into_text, output, text_arg, with_text};

/// `{s.len}`
pub fn s_len(_cx: &mut Context, value: Value, _args: &[TransformArg]) -> Value {
    Value::Int(texts::length(&into_text(value)))
}

/// `{s.int}`: a value that has a number keeps it.
#[inline]
pub fn s_int(_cx: &mut Context, value: Value, _args: &[TransformArg]) -> Value {
    match value {
        Value::TextInt(text, n) => Value::NamedInt(text, n),
        Value::BareInt(n) => Value::Int(n),
        Value::Text(text) => Value::Int(leading_number(&text).0),
        Value::Short(text) => Value::Int(leading_number(&text).0),
        other => other,
    }
}

/// `{s.hex2dec}`
pub fn s_hex2dec(_cx: &mut Context, value: Value, _args: &[TransformArg]) -> Value {
    if value.number().is_some() {
        return value;
    }
    let digit = |n: u32, c: &u8| char::from(*c).to_digit(16).map(|d| n << 4 | d);
    let number = input(&value).iter().try_fold(0u32, digit);
    number.map_or(Value::Null, |n| Value::Int(n as i32))
}

/// `{s.dec2hex}`
pub fn s_dec2hex(_cx: &mut Context, value: Value, _args: &[TransformArg]) -> Value {
    let number = match value.number() {
        Some(n) => n,
        None => match leading_number(&input(&value)) {
            (n, true) => n,
            _ => return Value::Null,
        },
    };
    output(format!("{number:x}"))
}

/// `{s.encode.hexa}`
pub fn s_encode_hexa(_cx: &mut Context, value: Value, _args: &[TransformArg]) -> Value {
    hexadecimal(&input(&value))
}

/// Two lower-case digits for each byte.
pub(super) fn hexadecimal(bytes: &[u8]) -> Value {
    if let Some(short) = Short::of(2 * bytes.len(), |out| write_hexadecimal(bytes, out)) {
        return Value::Short(short);
    }
    let mut out = vec![0; 2 * bytes.len()];
    write_hexadecimal(bytes, &mut out);
    output(out)
}

#[inline]
fn write_hexadecimal(bytes: &[u8], out: &mut [u8]) {
    let (words, rest) = bytes.as_chunks();
    let (long, short) = out.as_chunks_mut();
    for (digits, word) in long.iter_mut().zip(words) {
        *digits = hexadecimal_word(*word);
    }
    for (digits, byte) in short.chunks_exact_mut(2).zip(rest) {
        digits.copy_from_slice(&HEXADECIMAL[usize::from(*byte)]);
    }
}

/// The eight digits of four bytes, all of them at once.
#[inline]
fn hexadecimal_word(bytes: [u8; 4]) -> [u8; 8] {
    const EACH: u64 = 0x0101_0101_0101_0101;
    let mut digits = u64::from(u32::from_le_bytes(bytes));
    // a byte in every second place, then a half of it in each
    digits = (digits | digits << 16) & 0x0000_ffff_0000_ffff;
    digits = (digits | digits << 8) & 0x00ff_00ff_00ff_00ff;
    digits = (digits >> 4 | digits << 8) & (0x0f * EACH);
    let letters = (digits + 6 * EACH) >> 4 & EACH;
    let ascii = digits + u64::from(b'0') * EACH + u64::from(b'a' - b'0' - 10) * letters;
    ascii.to_le_bytes()
}

/// The two digits of each byte.
static HEXADECIMAL: [[u8; 2]; 256] = {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut pairs = [[0; 2]; 256];
    let mut n = 0;
    while n < 256 {
        pairs[n] = [DIGITS[n >> 4], DIGITS[n & 15]];
        n += 1;
    }
    pairs
};

/// `{s.decode.hexa}`: a last odd digit is left out.
pub fn s_decode_hexa(_cx: &mut Context, value: Value, _args: &[TransformArg]) -> Value {
    let text = input(&value);
    let digit = |c: u8| char::from(c).to_digit(16);
    let byte = |pair: &[u8]| match pair {
        [high, low] => u8::try_from(digit(*high)? << 4 | digit(*low)?).ok(),
        _ => None,
    };
    text.chunks_exact(2).map(byte).collect::<Option<Vec<u8>>>().map_or(Value::Null, output)
}

/// `{s.tolower}`
pub fn s_tolower(_cx: &mut Context, value: Value, _args: &[TransformArg]) -> Value {
    cased(value, <[u8]>::make_ascii_lowercase)
}

/// `{s.toupper}`
pub fn s_toupper(_cx: &mut Context, value: Value, _args: &[TransformArg]) -> Value {
    cased(value, <[u8]>::make_ascii_uppercase)
}

#[inline]
fn cased(value: Value, change: fn(&mut [u8])) -> Value {
    if let Value::BareInt(n) = value {
        return Value::Int(n);
    }
    written(&value.as_text().unwrap_or_default(), |text, out| {
        out.copy_from_slice(text);
        change(out);
    })
}

/// A text that is as long as `text`.
fn written(text: &[u8], write: impl Fn(&[u8], &mut [u8])) -> Value {
    if let Some(short) = Short::of(text.len(), |out| write(text, out)) {
        return Value::Short(short);
    }
    let mut out = vec![0; text.len()];
    write(text, &mut out);
    output(out)
}

/// `{s.b64encode}`
pub fn s_b64encode(_cx: &mut Context, value: Value, _args: &[TransformArg]) -> Value {
    match value {
        Value::BareInt(n) => Value::Int(n),
        other => output(base64::engine::general_purpose::STANDARD.encode(input(&other))),
    }
}

/// Takes texts with and without padding, and whatever bits a cut-off end leaves.
static LENIENT: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// `{s.b64decode}`: other characters are skipped, `=` ends it where padding may stand.
pub fn s_b64decode(_cx: &mut Context, value: Value, _args: &[TransformArg]) -> Value {
    if let Value::BareInt(n) = value {
        return Value::Int(n);
    }
    let mut digits = Vec::new();
    for c in input(&value) {
        match c {
            b'=' if digits.len() % 4 >= 2 => break,
            c if c.is_ascii_alphanumeric() || matches!(c, b'+' | b'/') => digits.push(c),
            _ => {}
        }
    }
    if digits.len() % 4 == 1 {
        digits.pop();
    }
    LENIENT.decode(digits).map_or(Value::Null, output)
}

/// `{s.xor}`
pub fn s_xor(_cx: &mut Context, value: Value, args: &[TransformArg]) -> Value {
    let Some(key) = text_arg(args, 0) else { return Value::Null };
    let text = input(&value);
    let mixed = text.iter().zip(key.iter().cycle()).map(|(a, b)| a ^ b).collect::<Text>();
    with_text(value, mixed)
}

/// `{s.reverse}`
pub fn s_reverse(_cx: &mut Context, value: Value, _args: &[TransformArg]) -> Value {
    output(input(&value).iter().rev().copied().collect::<Vec<_>>())
}

/// `{s.date2unix}`: the layout of the Date header; the name of the day is not checked.
pub fn s_date2unix(_cx: &mut Context, value: Value, _args: &[TransformArg]) -> Value {
    let text = value.text().unwrap_or_default();
    let seconds = std::str::from_utf8(&text).ok().and_then(unix_time);
    seconds.filter(|n| !n.to_string().starts_with("-1")).map_or(Value::Null, |n| output(n.to_string()))
}

const DAYS: [&str; 7] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
const MONTHS: [&str; 12] =
    ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

fn unix_time(text: &str) -> Option<i64> {
    let (day_name, rest) = text.trim_start().split_once(',')?;
    let short = |word: &str| word.get(..3).map(str::to_ascii_lowercase);
    DAYS.iter().find(|d| Some(**d) == short(day_name).as_deref())?;
    let mut words = rest.split_ascii_whitespace();
    let day: u32 = words.next()?.parse().ok().filter(|d| (1..=31).contains(d))?;
    let month = short(words.next()?)?;
    let month = u32::try_from(MONTHS.iter().position(|m| *m == month)?).ok()? + 1;
    let year: i32 = words.next()?.parse().ok().filter(|y| (0..=9999).contains(y))?;
    let time = chrono::NaiveTime::parse_from_str(words.next()?, "%H:%M:%S").ok()?;
    words.next().filter(|zone| zone.starts_with("GMT"))?;
    let first = chrono::NaiveDate::from_ymd_opt(year, month, 1)?;
    let date = first.checked_add_days(chrono::Days::new(u64::from(day - 1)))?;
    Some(date.and_time(time).and_utc().timestamp())
}
