//! What stands in a column.

use std::cmp::Ordering;

use crate::Text;

/// A value of a column.
#[derive(Debug, Clone, Default, PartialEq)]
pub enum DbValue {
    /// None.
    #[default]
    Null,
    /// A number.
    Int(i64),
    /// A number with a fraction.
    Double(f64),
    /// Text.
    Text(Text),
    /// Bytes.
    Blob(Text),
    /// A point in time, Unix seconds.
    Time(i64),
    /// Bits.
    Bitmap(u32),
}

impl From<&str> for DbValue {
    fn from(text: &str) -> DbValue {
        DbValue::Text(Text::copy_from_slice(text.as_bytes()))
    }
}

impl From<Text> for DbValue {
    fn from(text: Text) -> DbValue {
        DbValue::Text(text)
    }
}

impl From<i64> for DbValue {
    fn from(number: i64) -> DbValue {
        DbValue::Int(number)
    }
}

impl DbValue {
    /// Whether there is none.
    pub fn is_null(&self) -> bool {
        matches!(self, DbValue::Null)
    }

    /// The number, if it is one.
    pub fn int(&self) -> Option<i64> {
        match self {
            DbValue::Int(n) | DbValue::Time(n) => Some(*n),
            DbValue::Bitmap(bits) => Some(i64::from(*bits)),
            _ => None,
        }
    }

    /// The number, also of a text that is one: columns of numbers are texts in some tables.
    pub fn any_int(&self) -> Option<i64> {
        self.int().or_else(|| std::str::from_utf8(self.bytes()?).ok()?.trim().parse().ok())
    }

    /// The text, if it is one.
    pub fn text(&self) -> Option<Text> {
        match self {
            DbValue::Text(t) | DbValue::Blob(t) => Some(t.clone()),
            _ => None,
        }
    }

    /// The text, if it is one and not empty.
    pub fn some_text(&self) -> Option<Text> {
        self.text().filter(|t| !t.is_empty())
    }

    /// The text as a string; empty when there is none.
    pub fn string(&self) -> String {
        self.bytes().map(|t| String::from_utf8_lossy(t).into_owned()).unwrap_or_default()
    }

    fn bytes(&self) -> Option<&[u8]> {
        match self {
            DbValue::Text(t) | DbValue::Blob(t) => Some(t),
            _ => None,
        }
    }

    /// How it compares with another: NULL before all others, texts without regard to case.
    pub fn compare(&self, other: &DbValue) -> Option<Ordering> {
        match (self, other) {
            (DbValue::Null, DbValue::Null) => Some(Ordering::Equal),
            (DbValue::Null, _) => Some(Ordering::Less),
            (_, DbValue::Null) => Some(Ordering::Greater),
            (DbValue::Double(a), DbValue::Double(b)) => a.partial_cmp(b),
            (DbValue::Double(a), b) => a.partial_cmp(&(b.int()? as f64)),
            (a, DbValue::Double(b)) => (a.int()? as f64).partial_cmp(b),
            (a, b) => match (a.bytes(), b.bytes()) {
                (Some(a), Some(b)) => {
                    let lower = |c: &u8| c.to_ascii_lowercase();
                    Some(a.iter().map(lower).cmp(b.iter().map(lower)))
                }
                (None, None) => Some(a.int()?.cmp(&b.int()?)),
                _ => None,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comparing() {
        let text = |t: &str| DbValue::from(t);
        assert_eq!(text("Ab").compare(&text("aB")), Some(Ordering::Equal));
        assert_eq!(text("ab").compare(&text("abc")), Some(Ordering::Less));
        assert_eq!(DbValue::Int(3).compare(&DbValue::Time(2)), Some(Ordering::Greater));
        assert_eq!(DbValue::Double(1.5).compare(&DbValue::Int(2)), Some(Ordering::Less));
        assert_eq!(DbValue::Null.compare(&text("")), Some(Ordering::Less));
        assert_eq!(text("1").compare(&DbValue::Int(1)), None);
        assert_eq!((text("12").any_int(), text("x").any_int()), (Some(12), None));
    }
}
