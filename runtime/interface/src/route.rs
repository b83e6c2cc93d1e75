//! The kinds of route, and sets of them.

/// The kind of a route block; decides what a function may do there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum RouteKind {
    /// `route`: requests, and blocks called with `route(name)`.
    Request = 0,
    /// `failure_route[x]`: all branches failed.
    Failure = 1,
    /// `onreply_route`: replies.
    Reply = 2,
    /// `branch_route[x]`: a request about to be sent on one branch.
    Branch = 3,
    /// `error_route`: a parse or script error.
    Error = 4,
    /// `local_route`: requests that the proxy makes itself.
    Local = 5,
    /// `startup_route`: once, before traffic.
    Startup = 6,
    /// `timer_route[x, n]`: every n seconds.
    Timer = 7,
    /// `event_route[E]`: each time the event is raised.
    Event = 8,
}

impl RouteKind {
    /// All kinds, in the order of their numbers.
    pub const ALL: [RouteKind; 9] = [
        RouteKind::Request,
        RouteKind::Failure,
        RouteKind::Reply,
        RouteKind::Branch,
        RouteKind::Error,
        RouteKind::Local,
        RouteKind::Startup,
        RouteKind::Timer,
        RouteKind::Event,
    ];

    /// The keyword of the script language.
    pub const fn keyword(self) -> &'static str {
        match self {
            RouteKind::Request => "route",
            RouteKind::Failure => "failure_route",
            RouteKind::Reply => "onreply_route",
            RouteKind::Branch => "branch_route",
            RouteKind::Error => "error_route",
            RouteKind::Local => "local_route",
            RouteKind::Startup => "startup_route",
            RouteKind::Timer => "timer_route",
            RouteKind::Event => "event_route",
        }
    }
}

/// A set of route kinds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Routes(u16);

impl Routes {
    /// Every kind.
    pub const ALL: Routes = Routes(0x1ff);

    /// Every kind but `error_route`.
    pub const NO_ERROR: Routes = Routes(0x1ff & !(1 << RouteKind::Error as u16));

    /// The set of the kinds given.
    pub const fn of(kinds: &[RouteKind]) -> Routes {
        let mut bits = 0;
        let mut i = 0;
        while i < kinds.len() {
            bits |= 1 << kinds[i] as u16;
            i += 1;
        }
        Routes(bits)
    }

    /// Whether `kind` is in the set.
    pub const fn contains(self, kind: RouteKind) -> bool {
        self.0 & (1 << kind as u16) != 0
    }

    /// The kinds in the set, for diagnostics.
    pub fn iter(self) -> impl Iterator<Item = RouteKind> {
        RouteKind::ALL.into_iter().filter(move |k| self.contains(*k))
    }
}
