//! Status reports: what parts of the server say about their readiness, for scripts and management.
//!
//! A group (a module, or the core) has identifiers, each with a status number (negative: not ready), words
//! about it, and its last reports. A change of a number raises E_CORE_SR_STATUS_CHANGED.

use std::collections::VecDeque;

use parking_lot::RwLock;

use crate::events::{self, EventId, named};
use crate::shared::Shared;
use crate::{Text, Value};

/// The identifier that is meant when none is given.
pub const MAIN: &str = "main";
/// Ready.
pub const READY: i32 = 1;
/// Not ready, or loading.
pub const NOT_READY: i32 = -1;
/// Data that is needed is not there.
pub const NO_DATA: i32 = -2;
/// Data is read anew; what was there is in use.
pub const RELOADING: i32 = 2;
/// The value of `sr_check_status` for an identifier that does not exist.
pub const NOT_FOUND: i32 = i32::MIN;

/// What one identifier says.
#[derive(Debug, Clone, Default)]
pub struct Identifier {
    /// Its name.
    pub name: String,
    /// Negative: not ready.
    pub status: i32,
    /// Words about the status.
    pub details: Option<String>,
    /// Unix seconds and text, the oldest first.
    pub reports: VecDeque<(u64, String)>,
    /// How many reports are kept.
    pub reports_max: usize,
}

/// A group of identifiers.
#[derive(Debug, Clone, Default)]
pub struct Group {
    /// Its name.
    pub name: String,
    /// In the order of their registration.
    pub identifiers: Vec<Identifier>,
}

/// All groups of the process.
#[derive(Debug)]
pub struct StatusReports {
    groups: RwLock<Vec<Group>>,
    event: Option<EventId>,
}

impl StatusReports {
    /// With the group of the core, which is starting.
    pub fn new(event: Option<EventId>) -> StatusReports {
        let reports = StatusReports { groups: RwLock::default(), event };
        reports.register("core", MAIN, NOT_READY, Some("initializing"), 10);
        reports
    }

    /// Adds an identifier, and its group when that is new; one that is there already stays as it is.
    pub fn register(&self, group: &str, name: &str, status: i32, details: Option<&str>, reports_max: usize) {
        let mut groups = self.groups.write();
        let at = groups.iter().position(|g| g.name.eq_ignore_ascii_case(group)).unwrap_or_else(|| {
            groups.push(Group { name: group.to_owned(), identifiers: Vec::new() });
            groups.len() - 1
        });
        let identifiers = &mut groups[at].identifiers;
        if !identifiers.iter().any(|i| i.name.eq_ignore_ascii_case(name)) {
            let (name, details) = (name.to_owned(), details.map(str::to_owned));
            identifiers.push(Identifier { name, status, details, reports_max, ..Identifier::default() });
        }
    }

    /// Removes an identifier.
    pub fn unregister(&self, group: &str, name: &str) {
        for g in self.groups.write().iter_mut().filter(|g| g.name.eq_ignore_ascii_case(group)) {
            g.identifiers.retain(|i| !i.name.eq_ignore_ascii_case(name));
        }
    }

    /// A group by its name, ignoring case.
    pub fn group(&self, name: &str) -> Option<Group> {
        self.groups.read().iter().find(|g| g.name.eq_ignore_ascii_case(name)).cloned()
    }

    /// All groups, the newest first.
    pub fn all(&self) -> Vec<Group> {
        self.groups.read().iter().rev().cloned().collect()
    }

    /// The status of an identifier; `all` sums up the group.
    pub fn status(&self, group: &str, name: &str) -> Option<i32> {
        let group = self.group(group)?;
        if name.eq_ignore_ascii_case("all") {
            let ready = group.identifiers.iter().all(|i| i.status >= 0);
            return Some(if ready { READY } else { NOT_READY });
        }
        Some(group.find(name).map_or(NOT_FOUND, |i| i.status))
    }

    /// Adds a report of a Unix time; the oldest one goes when there are too many.
    pub(crate) fn report(&self, group: &str, name: &str, unix: u64, text: &str) {
        let _ = self.change(group, name, |i| {
            while i.reports_max > 0 && i.reports.len() >= i.reports_max {
                i.reports.pop_front();
            }
            if i.reports_max > 0 {
                i.reports.push_back((unix, text.to_owned()));
            }
        });
    }

    fn change<R>(&self, group: &str, name: &str, f: impl FnOnce(&mut Identifier) -> R) -> Option<R> {
        let mut groups = self.groups.write();
        let group = groups.iter_mut().find(|g| g.name.eq_ignore_ascii_case(group))?;
        group.identifiers.iter_mut().find(|i| i.name.eq_ignore_ascii_case(name)).map(f)
    }
}

impl Group {
    /// An identifier by its name, ignoring case.
    pub fn find(&self, name: &str) -> Option<&Identifier> {
        self.identifiers.iter().find(|i| i.name.eq_ignore_ascii_case(name))
    }
}

/// Sets the status of an identifier; 0 counts as ready, since a script would end at it.
pub fn set_status(shared: &Shared, group: &str, name: &str, status: i32, details: Option<&str>) {
    let status = if status == 0 { READY } else { status };
    let old = shared.status_reports.change(group, name, |i| {
        i.details = details.map(str::to_owned);
        std::mem::replace(&mut i.status, status)
    });
    if let (Some(old), Some(event)) = (old.filter(|old| *old != status), shared.status_reports.event) {
        let text = |t: &str| Value::Text(Text::copy_from_slice(t.as_bytes()));
        let mut params = vec![
            named("group", text(group)),
            named("identifier", text(name)),
            named("status", Value::Int(status)),
        ];
        params.extend(details.map(|d| named("details", text(d))));
        params.push(named("old_status", Value::Int(old)));
        // a server with too much to do says so elsewhere; the status itself is set
        let _ = events::raise_from_outside(shared, event, params);
    }
}

/// Adds a report; the oldest one goes when there are too many.
pub fn report(shared: &Shared, group: &str, name: &str, text: &str) {
    shared.status_reports.report(group, name, shared.unix_now(), text);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_sum_up_and_reports_are_few() {
        let worker = crate::testing::worker();
        let shared = &worker.shared;
        let all = &shared.status_reports;
        assert_eq!(all.status("CORE", "main"), Some(NOT_READY));
        set_status(shared, "core", MAIN, 0, Some("running"));
        assert_eq!(all.status("core", "all"), Some(READY));
        all.register("dialplan", "default", -2, None, 2);
        assert_eq!(all.status("dialplan", "All"), Some(NOT_READY));
        assert_eq!((all.status("dialplan", "x"), all.status("x", "main")), (Some(NOT_FOUND), None));
        for text in ["one", "two", "three"] {
            report(shared, "dialplan", "default", text);
        }
        let group = all.group("dialplan").expect("it was registered");
        let texts: Vec<&str> = group.identifiers[0].reports.iter().map(|(_, t)| t.as_str()).collect();
        assert_eq!(texts, ["two", "three"]);
        all.unregister("dialplan", "default");
        assert_eq!(all.status("dialplan", "default"), Some(NOT_FOUND));
    }
}
