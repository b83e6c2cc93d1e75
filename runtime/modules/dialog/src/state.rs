//! The states of a call, and what leads from one to another (RFC 3261 section 12).

use sipc_engine::dialogs::State;

/// What happens to a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// The transaction of its INVITE is forgotten.
    Forgotten,
    /// A provisional reply goes to the caller.
    Provisional,
    /// A 2xx does.
    Success,
    /// A negative final reply does.
    Negative,
    /// An ACK passes.
    Ack,
    /// A BYE passes: from the caller to a callee that did not answer, if `stray`.
    Bye {
        /// It is for another branch than the one that answered.
        stray: bool,
        /// It goes to the caller.
        to_caller: bool,
    },
    /// Another request passes.
    Request,
}

/// The state that follows, and whether a BYE is to be remembered; `None` when nothing should happen in that state.
pub fn next(state: State, has_bye: bool, event: Event) -> (State, bool) {
    use State::{Answered, Confirmed, Deleted, Early, Unconfirmed};
    let ringing = matches!(state, Unconfirmed | Early);
    match event {
        Event::Forgotten | Event::Negative if ringing => (Deleted, has_bye),
        Event::Provisional if ringing => (Early, has_bye),
        // a 2xx that crossed a negative reply brings the call back
        Event::Success if ringing || state == Deleted && !has_bye => (Answered, has_bye),
        Event::Ack if state == Answered => (Confirmed, has_bye),
        Event::Bye { stray: false, .. } if matches!(state, Answered | Confirmed) => (Deleted, true),
        // the callee must not send one yet, the caller may
        Event::Bye { to_caller: false, .. } if ringing => (state, true),
        _ => (state, has_bye),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sipc_engine::dialogs::State::{Answered, Confirmed, Deleted, Early, Unconfirmed};

    #[test]
    fn a_call_rings_is_answered_and_ends() {
        let bye = Event::Bye { stray: false, to_caller: true };
        let steps = [
            (Event::Provisional, Early),
            (Event::Provisional, Early),
            (Event::Success, Answered),
            (Event::Ack, Confirmed),
            (Event::Request, Confirmed),
            (Event::Forgotten, Confirmed),
            (bye, Deleted),
            (Event::Success, Deleted),
        ];
        let (mut state, mut has_bye) = (Unconfirmed, false);
        for (event, wanted) in steps {
            (state, has_bye) = next(state, has_bye, event);
            assert_eq!(state, wanted, "{event:?}");
        }
    }

    #[test]
    fn a_call_that_failed_comes_back_with_a_2xx() {
        assert_eq!(next(Early, false, Event::Negative), (Deleted, false));
        assert_eq!(next(Deleted, false, Event::Success), (Answered, false));
        assert_eq!(next(Unconfirmed, false, Event::Forgotten), (Deleted, false));
    }

    #[test]
    fn a_bye_for_another_branch_ends_nothing() {
        let stray = Event::Bye { stray: true, to_caller: false };
        assert_eq!(next(Confirmed, false, stray), (Confirmed, false));
        assert_eq!(next(Early, false, stray), (Early, true));
        assert_eq!(next(Early, false, Event::Bye { stray: false, to_caller: true }), (Early, false));
    }
}
