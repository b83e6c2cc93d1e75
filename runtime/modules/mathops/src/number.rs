//! Texts to numbers as C's strtod reads them, numbers to texts as its printf writes them.

/// More decimals than this are refused.
pub(crate) const DECIMALS_MAX: i32 = 128;

/// Digits of an exponent that can matter; more of them only say "too large" again.
const EXPONENT_MAX: i32 = 100_000;

/// What a text begins with.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Start {
    /// The number; 0 when there is none.
    pub value: f64,
    /// How long its text is; 0 when there is none.
    pub length: usize,
    /// It is too large or too small for a double.
    pub out_of_range: bool,
}

/// The number that a text begins with.
pub(crate) fn parse_start(text: &[u8]) -> Start {
    let blanks = text.iter().take_while(|b| b.is_ascii_whitespace() || **b == 0x0b).count();
    let rest = text.get(blanks..).unwrap_or_default();
    let sign = usize::from(matches!(rest.first(), Some(b'+' | b'-')));
    let body = rest.get(sign..).unwrap_or_default();
    let found = word(body).or_else(|| hexadecimal(body)).or_else(|| decimal(body));
    let Some((magnitude, length, out_of_range)) = found else {
        return Start { value: 0.0, length: 0, out_of_range: false };
    };
    let value = if rest.first() == Some(&b'-') { -magnitude } else { magnitude };
    Start { value, length: blanks + sign + length, out_of_range }
}

fn word(text: &[u8]) -> Option<(f64, usize, bool)> {
    let words = [("infinity", f64::INFINITY), ("inf", f64::INFINITY), ("nan", f64::NAN)];
    let begins = |word: &str| text.get(..word.len()).is_some_and(|t| t.eq_ignore_ascii_case(word.as_bytes()));
    let (word, value) = words.into_iter().find(|(word, _)| begins(word))?;
    Some((value, word.len(), false))
}

fn digits(text: &[u8], from: usize, is_digit: impl Fn(&u8) -> bool) -> usize {
    text.get(from..).unwrap_or_default().iter().take_while(|b| is_digit(b)).count()
}

/// Where the digits before and behind a point end; `None` without a digit.
fn mantissa(text: &[u8], from: usize, is_digit: impl Fn(&u8) -> bool + Copy) -> Option<(usize, usize)> {
    let point = from + digits(text, from, is_digit);
    let behind = if text.get(point) == Some(&b'.') { digits(text, point + 1, is_digit) } else { 0 };
    if point == from && behind == 0 {
        return None;
    }
    let end = if text.get(point) == Some(&b'.') { point + 1 + behind } else { point };
    Some((point, end))
}

/// The end of an exponent that begins with one of two letters; where it began when it is none.
fn exponent(text: &[u8], from: usize, letter: u8) -> usize {
    if !text.get(from).is_some_and(|b| b.eq_ignore_ascii_case(&letter)) {
        return from;
    }
    let sign = usize::from(matches!(text.get(from + 1), Some(b'+' | b'-')));
    match digits(text, from + 1 + sign, u8::is_ascii_digit) {
        0 => from,
        count => from + 1 + sign + count,
    }
}

fn decimal(text: &[u8]) -> Option<(f64, usize, bool)> {
    let (_, end) = mantissa(text, 0, u8::is_ascii_digit)?;
    let length = exponent(text, end, b'e');
    let value: f64 = std::str::from_utf8(text.get(..length)?).ok()?.parse().ok()?;
    let zero = text.get(..end)?.iter().all(|b| matches!(b, b'0' | b'.'));
    Some((value, length, is_out_of_range(value, zero)))
}

/// `0x1.8p3`
fn hexadecimal(text: &[u8]) -> Option<(f64, usize, bool)> {
    if !matches!(text.get(..2), Some(b"0x" | b"0X")) {
        return None;
    }
    let (point, end) = mantissa(text, 2, u8::is_ascii_hexdigit)?;
    let length = exponent(text, end, b'p');
    let mut value = 0f64;
    for byte in text.get(2..end)?.iter().filter(|b| **b != b'.') {
        value = value.mul_add(16.0, f64::from(char::from(*byte).to_digit(16)?));
    }
    let behind = i32::try_from(end.saturating_sub(point + 1)).unwrap_or(EXPONENT_MAX);
    let written = text.get(end + 1..length).and_then(|t| std::str::from_utf8(t).ok());
    let power = written.and_then(|t| t.parse::<i32>().ok()).unwrap_or(0).clamp(-EXPONENT_MAX, EXPONENT_MAX);
    let zero = value == 0.0;
    // in two steps, so that neither factor leaves the range before the product does
    let shift = power.saturating_sub(behind.saturating_mul(4));
    value = value * 2f64.powi(shift / 2) * 2f64.powi(shift - shift / 2);
    Some((value, length, is_out_of_range(value, zero)))
}

fn is_out_of_range(value: f64, zero: bool) -> bool {
    value.is_infinite() || !zero && value.abs() < f64::MIN_POSITIVE
}

/// With so many decimals; fewer than none means six.
pub(crate) fn fixed(value: f64, decimals: i32) -> String {
    let sign = if value.is_sign_negative() { "-" } else { "" };
    if value.is_nan() {
        return format!("{sign}nan");
    }
    if value.is_infinite() {
        return format!("{sign}inf");
    }
    let decimals = usize::try_from(decimals).unwrap_or(6);
    format!("{value:.decimals$}")
}

/// A double as an `int`: what does not fit becomes the smallest.
pub(crate) fn whole(value: f64) -> i32 {
    // the bounds are exact as doubles
    let fits = value > f64::from(i32::MIN) - 1.0 && value < f64::from(i32::MAX) + 1.0;
    if fits { value as i32 } else { i32::MIN }
}

/// What an operation that has no result gives is a NaN with a sign; Rust does not promise the sign.
pub(crate) fn invalid_is_negative(value: f64) -> f64 {
    if value.is_nan() { -f64::NAN.abs() } else { value }
}
