//! Message flags and branch flags.

use crate::Context;
use crate::variables::all_branches_mut;

use super::result;

fn mask(bit: u32) -> u32 {
    1u32.checked_shl(bit).unwrap_or(0)
}

/// Sets a message flag.
pub fn setflag(cx: &mut Context, bit: u32) -> i32 {
    cx.flags |= mask(bit);
    1
}

/// Clears a message flag.
pub fn resetflag(cx: &mut Context, bit: u32) -> i32 {
    cx.flags &= !mask(bit);
    1
}

/// Whether a message flag is set.
pub fn isflagset(cx: &mut Context, bit: u32) -> i32 {
    result(cx.flags & mask(bit) != 0)
}

/// The flags of a branch; 0 is the request URI.
fn flags_of(cx: &mut Context, branch: Option<i32>) -> Option<&mut u32> {
    let at = usize::try_from(branch.unwrap_or(0)).ok()?;
    all_branches_mut(cx, at).map(|b| &mut b.flags)
}

/// Sets a branch flag.
pub fn setbflag(cx: &mut Context, bit: u32, branch: Option<i32>) -> i32 {
    result(flags_of(cx, branch).map(|flags| *flags |= mask(bit)).is_some())
}

/// Clears a branch flag.
pub fn resetbflag(cx: &mut Context, bit: u32, branch: Option<i32>) -> i32 {
    result(flags_of(cx, branch).map(|flags| *flags &= !mask(bit)).is_some())
}

/// Whether a branch flag is set.
pub fn isbflagset(cx: &mut Context, bit: u32, branch: Option<i32>) -> i32 {
    result(flags_of(cx, branch).is_some_and(|flags| *flags & mask(bit) != 0))
}
