//! Nonces: they tell until when they are good, which challenge they were made for and what for, and are signed, so
//! that nothing has to be kept of them but one bit: whether they were used.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, Mac};
use parking_lot::Mutex;
use sha2::Sha256;

/// Nonces of which is known whether they were used; older ones are stale.
const KNOWN: u32 = 1 << 20;
/// What is signed: expiry, number, algorithm, quality of protection.
const PAYLOAD: usize = 14;
/// With the signature.
const LENGTH: usize = 33;

/// The qualities of protection that a challenge offers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Offer {
    /// None.
    Nothing = 0,
    /// `auth`
    Auth = 1,
    /// `auth-int`
    AuthInt = 2,
    /// Both.
    Both = 3,
}

/// What a nonce tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Told {
    /// Number of the algorithm.
    pub algorithm: u8,
    /// What was offered.
    pub offer: u8,
    number: u32,
}

/// All nonces of the process.
pub struct Nonces {
    secret: [u8; 32],
    /// Seconds.
    expire: u32,
    /// Each may be used once.
    once: bool,
    used: Mutex<Used>,
}

struct Used {
    /// The number of the next challenge.
    next: u32,
    /// When the first challenge was made, microseconds.
    first: Option<u64>,
    /// A bit for each of the last challenges.
    bits: Vec<u64>,
}

impl Nonces {
    /// None so far.
    pub fn new(secret: [u8; 32], expire: u32, once: bool) -> Nonces {
        let bits = if once { vec![0; KNOWN as usize / 64] } else { Vec::new() };
        Nonces { secret, expire, once, used: Mutex::new(Used { next: 1, first: None, bits }) }
    }

    fn lifetime(&self) -> u64 {
        u64::from(self.expire) * 1_000_000
    }

    /// The number of a new challenge.
    pub fn reserve(&self, now_us: u64) -> u32 {
        if !self.once {
            return 0;
        }
        let mut used = self.used.lock();
        let number = used.next;
        used.next = used.next.wrapping_add(1).max(1);
        used.first.get_or_insert(now_us);
        let (word, bit) = place(number);
        used.bits[word] &= !bit;
        number
    }

    /// A nonce of a challenge.
    pub fn make(&self, number: u32, algorithm: u8, offer: Offer, now_us: u64) -> String {
        let expires = now_us + self.lifetime();
        let mut bytes =
            [expires.to_be_bytes().as_slice(), &number.to_be_bytes(), &[algorithm, offer as u8]].concat();
        let signature = self.sign(&bytes);
        bytes.extend_from_slice(&signature);
        STANDARD.encode(bytes)
    }

    fn sign(&self, payload: &[u8]) -> Vec<u8> {
        let Ok(mac) = Hmac::<Sha256>::new_from_slice(&self.secret) else { return Vec::new() };
        mac.chain_update(payload).finalize().into_bytes()[..LENGTH - PAYLOAD].to_vec()
    }

    /// What a nonce tells; `None` when it is not ours, or its time is over.
    pub fn read(&self, nonce: &[u8], now_us: u64) -> Option<Told> {
        let bytes = STANDARD.decode(nonce).ok().filter(|b| b.len() == LENGTH)?;
        let (payload, signature) = bytes.split_at(PAYLOAD);
        let mac = Hmac::<Sha256>::new_from_slice(&self.secret).ok()?;
        mac.chain_update(payload).verify_truncated_left(signature).ok()?;
        let expires = u64::from_be_bytes(payload.get(..8)?.try_into().ok()?);
        let number = u32::from_be_bytes(payload.get(8..12)?.try_into().ok()?);
        let good = now_us < expires && expires <= now_us + self.lifetime();
        good.then_some(Told { algorithm: payload[12], offer: payload[13], number })
    }

    /// Uses a nonce; `false` when it was used before.
    ///
    /// As in OpenSIPS, a nonce may be used again until the first ones have expired.
    pub fn consume(&self, told: &Told, now_us: u64) -> bool {
        if !self.once {
            return told.number == 0;
        }
        let mut used = self.used.lock();
        let age = used.next.wrapping_sub(told.number);
        if told.number == 0 || age == 0 || age > KNOWN {
            return false;
        }
        let (word, bit) = place(told.number);
        let again = used.bits[word] & bit != 0;
        used.bits[word] |= bit;
        let early = used.first.is_some_and(|first| now_us <= first + self.lifetime());
        !again || early
    }
}

fn place(number: u32) -> (usize, u64) {
    let at = number % KNOWN;
    (at as usize / 64, 1 << (at % 64))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: u64 = 1_000_000;

    #[test]
    fn they_tell_what_they_are_for_and_expire() {
        let nonces = Nonces::new([7; 32], 30, true);
        let nonce = nonces.make(nonces.reserve(SECOND), 3, Offer::Both, SECOND);
        assert_eq!(nonce.len(), 44);
        let told = nonces.read(nonce.as_bytes(), 2 * SECOND).expect("it is good");
        assert_eq!((told.algorithm, told.offer), (3, Offer::Both as u8));
        assert_eq!(nonces.read(nonce.as_bytes(), 31 * SECOND), None);
        assert_eq!(nonces.read(nonce.as_bytes(), 0), None, "made later than now");
        assert_eq!(Nonces::new([8; 32], 30, true).read(nonce.as_bytes(), 2 * SECOND), None);
        let mut changed = nonce.into_bytes();
        changed[0] ^= 1;
        assert_eq!(nonces.read(&changed, 2 * SECOND), None);
        assert_eq!(nonces.read(b"fixed0000000000000000000000000000000000", SECOND), None);
    }

    #[test]
    fn each_is_used_once_after_a_while() {
        let nonces = Nonces::new([7; 32], 30, true);
        let told = |at: u64| {
            let nonce = nonces.make(nonces.reserve(at), 0, Offer::Nothing, at);
            nonces.read(nonce.as_bytes(), at).expect("it is good")
        };
        let early = told(0);
        assert!(nonces.consume(&early, SECOND) && nonces.consume(&early, SECOND));
        let late = told(40 * SECOND);
        assert!(nonces.consume(&late, 41 * SECOND));
        assert!(!nonces.consume(&late, 42 * SECOND));
        assert!(nonces.consume(&told(42 * SECOND), 42 * SECOND));
    }

    #[test]
    fn very_old_ones_are_not_known() {
        let nonces = Nonces::new([7; 32], 30, true);
        let old = Told { algorithm: 0, offer: 0, number: nonces.reserve(0) };
        for _ in 0..KNOWN {
            nonces.reserve(0);
        }
        assert!(!nonces.consume(&old, SECOND));
        assert!(!nonces.consume(&Told { number: u32::MAX / 2, ..old }, SECOND));
    }
}
