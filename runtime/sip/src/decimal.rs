//! Numbers as text, on the stack: ports and lengths are written into every message.

/// A number in decimal.
#[derive(Debug, Clone, Copy)]
pub struct Decimal {
    digits: [u8; 20],
    start: usize,
}

impl Decimal {
    /// Any number.
    pub fn of(number: u64) -> Decimal {
        let mut decimal = Decimal { digits: [b'0'; 20], start: 20 };
        let mut rest = number;
        while rest > 0 || decimal.start == 20 {
            decimal.start -= 1;
            // below 10, so the conversion keeps it
            decimal.digits[decimal.start] = b'0' + (rest % 10) as u8;
            rest /= 10;
        }
        decimal
    }

    /// Its digits.
    pub fn text(&self) -> &[u8] {
        &self.digits[self.start..]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_the_library_writes_them() {
        for number in [0, 1, 9, 10, 99, 100, 5060, 65_535, u64::MAX - 1, u64::MAX] {
            assert_eq!(Decimal::of(number).text(), number.to_string().as_bytes());
        }
    }
}
