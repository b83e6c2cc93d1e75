//! `tls_openssl`: accepted as a name; TLS is built in.

use crate::Module;

/// The table of `tls_openssl`.
pub const MODULE: Module = Module {
    name: "tls_openssl",
    summary: "Accepted as a name: TLS is built in, whatever library a script names",
    ..Module::EMPTY
};
