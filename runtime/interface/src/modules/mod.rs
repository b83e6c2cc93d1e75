//! One table per module, in files named as in `loadmodule`.

pub mod core;
pub mod maxfwd;
pub mod options;
pub mod proto_udp;
pub mod rr;
pub mod signaling;
pub mod sipmsgops;
pub mod sl;
pub mod tm;
pub mod mi_http;
pub mod httpd;
pub mod mi_fifo;
pub mod acc;
pub mod usrloc;
pub mod registrar;
pub mod textops;
pub mod cfgutils;

use crate::Module;

/// Every module table of this build.
pub const ALL: &[&Module] = &[
    &maxfwd::MODULE,
    &options::MODULE,
    &proto_udp::MODULE,
    &rr::MODULE,
    &signaling::MODULE,
    &sipmsgops::MODULE,
    &sl::MODULE,
    &tm::MODULE,
    &mi_http::MODULE,
    &httpd::MODULE,
    &mi_fifo::MODULE,
    &acc::MODULE,
    &usrloc::MODULE,
    &registrar::MODULE,
    &textops::MODULE,
    &cfgutils::MODULE,
];
