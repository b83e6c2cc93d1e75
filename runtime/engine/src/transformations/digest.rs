//! `{s.…}`: digests, all printed in hexadecimal but for the CRC.

use hmac::{Hmac, Mac};
use md5::Md5;
use sha1::Sha1;
use sha2::{Digest, Sha224, Sha256, Sha384, Sha512};

use crate::place::TransformArg;
use crate::{Context, Value};

use super::text::hexadecimal;
use super::{input, output, text_arg};

macro_rules! digests {
    ($($(#[$doc:meta])* $function:ident = $digest:ty;)*) => {
        $($(#[$doc])*
        pub fn $function(_cx: &mut Context, value: Value, _args: &[TransformArg]) -> Value {
            hexadecimal(&match value.only_text() {
                Some(text) => <$digest>::digest(text),
                None => <$digest>::digest(input(&value)),
            })
        })*
    };
}

digests! {
    /// `{s.md5}`
    s_md5 = Md5;
    /// `{s.sha1}`
    s_sha1 = Sha1;
    /// `{s.sha224}`
    s_sha224 = Sha224;
    /// `{s.sha256}`
    s_sha256 = Sha256;
    /// `{s.sha384}`
    s_sha384 = Sha384;
    /// `{s.sha512}`
    s_sha512 = Sha512;
}

macro_rules! hmacs {
    ($($(#[$doc:meta])* $function:ident = $digest:ty;)*) => {
        $($(#[$doc])*
        pub fn $function(_cx: &mut Context, value: Value, args: &[TransformArg]) -> Value {
            let mac = text_arg(args, 0).and_then(|key| Hmac::<$digest>::new_from_slice(key).ok());
            mac.map_or(Value::Null, |mac| {
                hexadecimal(&mac.chain_update(input(&value)).finalize().into_bytes())
            })
        })*
    };
}

hmacs! {
    /// `{s.sha1_hmac}`
    s_sha1_hmac = Sha1;
    /// `{s.sha224_hmac}`
    s_sha224_hmac = Sha224;
    /// `{s.sha256_hmac}`
    s_sha256_hmac = Sha256;
    /// `{s.sha384_hmac}`
    s_sha384_hmac = Sha384;
    /// `{s.sha512_hmac}`
    s_sha512_hmac = Sha512;
}

/// `{s.crc32}`: without the inversion at the end that others make. OpenSIPS' result has always ten
/// characters, of which the last are left-overs when the number is shorter; here it has as many as it
/// needs.
pub fn s_crc32(_cx: &mut Context, value: Value, _args: &[TransformArg]) -> Value {
    output((!crc32fast::hash(&input(&value))).to_string())
}
