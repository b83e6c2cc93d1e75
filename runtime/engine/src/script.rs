//! What an executor provides: the routes of one script. Generated code and the interpreter are the two
//! executors; both call the same functions of this crate and of the modules.

use std::future::Future;
use std::pin::Pin;

use sipc_interface::RouteKind;

use crate::entrance::Entrances;
use crate::{Context, Flow};

/// A future on one worker; it never moves to another thread.
pub type LocalFuture<'a, T> = Pin<Box<dyn Future<Output = T> + 'a>>;

/// A route that was started.
pub enum Run<'a> {
    /// It ran to its end without waiting: a plain `fn`.
    Done(Flow),
    /// It can wait (DNS, SQL, HTTP, sleeping): an `async fn`.
    Waits(LocalFuture<'a, Flow>),
}

/// The index of a route within its kind.
pub type RouteIndex = u16;

/// A route named by a function's argument, such as `t_on_failure("missed")`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RouteRef(pub RouteIndex);

/// One route as the runtime sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RouteInfo {
    /// Its kind.
    pub kind: RouteKind,
    /// Its name; empty for the main route, the default reply route and the kinds without names.
    pub name: &'static str,
    /// Seconds between runs of a `timer_route`; 0 for the other kinds.
    pub interval: u32,
}

/// The routes of one script.
///
/// Indices count within a kind, in script order.
pub trait Program {
    /// The routes of a kind, in index order.
    fn routes(&self, kind: RouteKind) -> &[RouteInfo];

    /// The route of a kind that has no name: the main route, the default reply route, the error route.
    fn unnamed(&self, kind: RouteKind) -> Option<RouteIndex> {
        let at = self.routes(kind).iter().position(|r| r.name.is_empty())?;
        RouteIndex::try_from(at).ok()
    }

    /// Starts a route. The caller has set up the context's route type and stack
    /// ([`Context::run_route`] does).
    fn start<'a>(&'a self, kind: RouteKind, index: RouteIndex, cx: &'a mut Context) -> Run<'a>;

    /// How received messages enter the main route and the default reply route. Generated code knows their types, so
    /// that each message is one future.
    fn entrances(&self) -> Entrances {
        Entrances::started_by(self)
    }

    /// The index of a named route.
    fn find(&self, kind: RouteKind, name: &[u8]) -> Option<RouteIndex> {
        let at = self.routes(kind).iter().position(|r| !r.name.is_empty() && r.name.as_bytes() == name)?;
        RouteIndex::try_from(at).ok()
    }
}
