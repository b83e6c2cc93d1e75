//! `tls_wolfssl`: accepted as a name; TLS is built in.

use crate::{ModParam, Module};

/// The table of `tls_wolfssl`.
pub const MODULE: Module = Module {
    name: "tls_wolfssl",
    summary: "Accepted as a name: TLS is built in, whatever library a script names",
    params: &[ModParam::int("try_use_ktls", "No effect: TLS is not handed to the kernel.")],
    ..Module::EMPTY
};
