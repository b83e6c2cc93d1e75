//! The request URI and the next hop.

use crate::uri_edit::Part;
use crate::variables::{replace_ruri, revert_ruri, rewrite_ruri};
use crate::{Context, Text};

use super::result;

/// Replaces the host of the request URI.
pub fn sethost(cx: &mut Context, host: Text) -> i32 {
    result(rewrite_ruri(cx, Part::Host(&host)))
}

/// Replaces host and port of the request URI.
pub fn sethostport(cx: &mut Context, hostport: Text) -> i32 {
    result(rewrite_ruri(cx, Part::HostPort(&hostport)))
}

/// Replaces the user of the request URI.
pub fn setuser(cx: &mut Context, user: Text) -> i32 {
    result(rewrite_ruri(cx, Part::User(&user)))
}

/// Replaces user and password of the request URI.
pub fn setuserpass(cx: &mut Context, userpass: Text) -> i32 {
    result(rewrite_ruri(cx, Part::UserPassword(&userpass)))
}

/// Replaces the port of the request URI.
pub fn setport(cx: &mut Context, port: Text) -> i32 {
    result(rewrite_ruri(cx, Part::Port(&port)))
}

/// Replaces the request URI; whether it parses shows when it is used.
pub fn seturi(cx: &mut Context, uri: Text) -> i32 {
    replace_ruri(cx, uri);
    1
}

/// Puts a text before the user of the request URI.
pub fn prefix(cx: &mut Context, prefix: Text) -> i32 {
    result(rewrite_ruri(cx, Part::Prefix(&prefix)))
}

/// Removes bytes from the start of the user.
pub fn strip(cx: &mut Context, count: i32) -> i32 {
    result(rewrite_ruri(cx, Part::Strip(count)))
}

/// Removes bytes from the end of the user.
pub fn strip_tail(cx: &mut Context, count: i32) -> i32 {
    result(rewrite_ruri(cx, Part::StripTail(count)))
}

/// Takes back all changes of the request URI.
pub fn revert_uri(cx: &mut Context) -> i32 {
    revert_ruri(cx);
    1
}

/// Sets the next hop.
pub fn setdsturi(cx: &mut Context, uri: Text) -> i32 {
    cx.target.dst_uri = Some(uri).filter(|u| !u.is_empty());
    1
}

/// Clears the next hop.
pub fn resetdsturi(cx: &mut Context) -> i32 {
    cx.target.dst_uri = None;
    1
}

/// Whether a next hop is set.
pub fn isdsturiset(cx: &mut Context) -> i32 {
    result(cx.target.dst_uri.is_some())
}
