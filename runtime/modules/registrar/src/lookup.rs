//! `lookup`: a user's contacts become the request URI and branches.

use sipc_engine::context::Target;
use sipc_engine::{Context, Text};
use sipc_mod_usrloc::Contact;
use sipc_sip::{Method, NameAddr};

use crate::State;
use crate::aor;
use crate::flags::LookupFlags;

/// Registered.
const FOUND: i32 = 1;
/// Not registered.
const NOT_FOUND: i32 = -1;
/// Registered, but no contact takes the method.
const NO_METHOD: i32 = -2;
/// Broken URI or flags.
const ERROR: i32 = -3;

/// Looks a user up: the best contact becomes the request URI, the others become branches.
pub fn lookup(cx: &mut Context, domain: Text, flags: Option<Text>, aor: Option<Text>) -> i32 {
    let worker = cx.worker.clone();
    let Some(state) = worker.shared.state::<State>() else { return ERROR };
    let Some(flags) = LookupFlags::parse(&flags.unwrap_or_default()) else { return ERROR };
    let mut uris = vec![aor.unwrap_or_else(|| cx.target.uri.to_text())];
    if flags.branches_too {
        uris.extend(std::mem::take(&mut cx.branches).into_iter().map(|b| b.uri.to_text()));
    }
    let mut push = Push { pushed: flags.keep_ruri, only_one: flags.no_branches };
    let mut result = NOT_FOUND;
    for uri in uris {
        let Ok(user) = aor::key(state, &uri) else { return ERROR };
        let found = select(cx, state, &domain, &user, &flags);
        match found {
            Ok(contacts) => {
                result = FOUND;
                contacts.into_iter().for_each(|c| push.contact(cx, c));
            }
            Err(code) if result != FOUND => result = code,
            Err(_) => {}
        }
    }
    result
}

/// The contacts that qualify, best first; else the result of the look-up.
fn select(
    cx: &Context,
    state: &State,
    table: &Text,
    user: &Text,
    flags: &LookupFlags,
) -> Result<Vec<Target>, i32> {
    let now = cx.worker.unix_us() / 1_000_000;
    state.locations.read(table, user, |record| {
        let mut result = NOT_FOUND;
        let mut chosen = Vec::new();
        for c in record.map(|r| r.contacts.as_slice()).unwrap_or_default().iter().filter(|c| c.is_valid(now))
        {
            if flags.methods && !takes(c, cx) {
                result = NO_METHOD;
                continue;
            }
            result = NOT_FOUND;
            if flags.user_agent.as_ref().is_none_or(|re| re.is_match(&c.user_agent)) {
                chosen.push(target(c));
            }
        }
        if chosen.is_empty() { Err(result) } else { Ok(chosen) }
    })
}

/// Whether a contact takes the request's method.
fn takes(c: &Contact, cx: &Context) -> bool {
    let method = cx.message.method().unwrap_or(Method::Other);
    c.methods & sipc_sip::Methods::of(&[method]).bits() != 0
}

struct Push {
    pushed: bool,
    only_one: bool,
}

impl Push {
    fn contact(&mut self, cx: &mut Context, contact: Target) {
        if !self.pushed {
            let attrs = std::mem::take(&mut cx.target.attrs);
            cx.target = Target { attrs, ..contact };
            self.pushed = true;
        } else if !self.only_one {
            cx.branches.push(contact);
        }
    }
}

/// A contact as a branch: its path's first hop, else where it was seen, is the destination.
fn target(c: &Contact) -> Target {
    let first_hop =
        c.path.as_ref().and_then(|p| Some(p.slice_ref(NameAddr::routes(p).next()?.ok()?.uri_text)));
    Target {
        uri: c.uri.clone().into(),
        dst_uri: first_hop.or_else(|| c.received.clone()),
        path: c.path.clone(),
        q: c.q,
        socket: Some(c.socket),
        bond: None,
        flags: c.branch_flags,
        attrs: Vec::new(),
        avps: sipc_engine::avp::AvpList::default(),
    }
}
