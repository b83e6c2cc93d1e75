//! Numbers as text, on the stack: ports and lengths are written into every message.

/// A number in decimal.
#[derive(Debug, Clone, Copy)]
pub struct Decimal {
    digits: [u8; 20],
    start: usize,
}

impl Decimal {
    /// Any number.
    #[inline]
    pub fn of(number: u64) -> Decimal {
        let mut decimal = Decimal { digits: [b'0'; 20], start: 20 };
        let mut rest = number;
        while rest >= 100 {
            decimal.put(PAIRS[(rest % 100) as usize]);
            rest /= 100;
        }
        decimal.put(PAIRS[rest as usize]);
        // the first pair has a zero in front when it is one digit
        decimal.start += usize::from(rest < 10);
        decimal
    }

    #[inline]
    fn put(&mut self, [tens, ones]: [u8; 2]) {
        self.start -= 2;
        self.digits[self.start] = tens;
        self.digits[self.start + 1] = ones;
    }

    /// Its digits.
    pub fn text(&self) -> &[u8] {
        &self.digits[self.start..]
    }
}

/// The digits of the numbers below 100.
static PAIRS: [[u8; 2]; 100] = {
    let mut pairs = [[b'0'; 2]; 100];
    let mut n = 0;
    while n < 100 {
        pairs[n] = [b'0' + (n / 10) as u8, b'0' + (n % 10) as u8];
        n += 1;
    }
    pairs
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_the_library_writes_them() {
        for number in (0..10_100).chain([65_535, 100_000, u64::MAX - 1, u64::MAX]) {
            assert_eq!(Decimal::of(number).text(), number.to_string().as_bytes());
        }
    }
}
