//! Branches that join a transaction while it rings: of a device that a push woke up, say.

use sipc_engine::log::Level;
use sipc_engine::tm;
use sipc_engine::{Context, Text};
use sipc_sip::Method;

/// Adds the branches of the message (`source` is `msg`) to its transaction and sends them.
///
/// `flags`: `cancel` cancels the branches there are, `last` waits for no others. -1 without transaction or branch, -2
/// after a final reply, -3 when nothing could be sent.
pub async fn t_inject_branches(cx: &mut Context, source: Text, flags: Option<Text>) -> i32 {
    let Some((cancel, last)) = options(&flags.unwrap_or_default()).filter(|_| source == "msg") else {
        return -1;
    };
    let Some(t) = cx.transaction.clone() else { return -1 };
    tm::inject(cx, &t, cancel, last).await
}

/// (cancel, last); `None` when a word is unknown.
fn options(text: &[u8]) -> Option<(bool, bool)> {
    let mut found = (false, false);
    for word in text.split(|c| *c == b',').map(<[u8]>::trim_ascii).filter(|w| !w.is_empty()) {
        match word {
            b"cancel" | b"c" => found.0 = true,
            b"last" | b"l" => found.1 = true,
            _ => return None,
        }
    }
    Some(found)
}

/// Makes the INVITE's transaction wait for branches to be injected, for at most `branches`, until `fr_inv_timeout`.
pub fn t_wait_for_new_branches(cx: &mut Context, branches: Option<i32>) -> i32 {
    let Some(t) = cx.transaction.clone() else { return -1 };
    if cx.message.method() != Some(Method::Invite) {
        cx.log(Level::Error, "tm", format_args!("t_wait_for_new_branches: only an INVITE can wait"));
        return -1;
    }
    let most = branches.map(|n| usize::try_from(n).unwrap_or(0));
    if tm::wait_for_branches(&cx.worker, &t, most) { 1 } else { -1 }
}

/// Ends the waiting: the branches there are decide. -1 when nothing was waited for.
pub fn t_wait_no_more_branches(cx: &mut Context) -> i32 {
    match cx.transaction.as_ref().is_some_and(|t| t.expect_no_more()) {
        true => 1,
        false => -1,
    }
}
