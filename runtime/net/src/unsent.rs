//! What is said of datagrams that the system did not send: no route, not allowed, no memory. One line a second, however
//! many they are.

use std::cell::Cell;
use std::fmt::Arguments;
use std::io;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

/// The least time between two lines.
const APART: Duration = Duration::from_secs(1);

/// One socket's account.
pub struct Unsent {
    tell: Box<dyn Fn(Arguments<'_>)>,
    told: Cell<Option<Instant>>,
    /// Datagrams since the last line.
    untold: Cell<u64>,
}

impl Unsent {
    /// `tell` logs an error.
    pub fn new(tell: impl Fn(Arguments<'_>) + 'static) -> Unsent {
        Unsent { tell: Box::new(tell), told: Cell::new(None), untold: Cell::new(0) }
    }

    /// A datagram was not sent.
    pub fn note(&self, to: SocketAddr, error: &io::Error, now: Instant) {
        if self.told.get().is_some_and(|at| now.duration_since(at) < APART) {
            return self.untold.set(self.untold.get() + 1);
        }
        match self.untold.take() {
            0 => (self.tell)(format_args!("cannot send to {to}: {error}")),
            more => (self.tell)(format_args!("cannot send to {to}: {error}; {more} others before")),
        }
        self.told.set(Some(now));
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::rc::Rc;

    use super::*;

    #[test]
    fn one_line_a_second() {
        let lines: Rc<RefCell<Vec<String>>> = Rc::default();
        let here = lines.clone();
        let unsent = Unsent::new(move |line| here.borrow_mut().push(line.to_string()));
        let (to, start) = (SocketAddr::from(([192, 0, 2, 1], 5060)), Instant::now());
        for ms in [0, 10, 999, 1000, 1500, 3000] {
            let error = io::Error::new(io::ErrorKind::PermissionDenied, "not allowed");
            unsent.note(to, &error, start + Duration::from_millis(ms));
        }
        let first = "cannot send to 192.0.2.1:5060: not allowed";
        let wanted =
            [first.to_owned(), format!("{first}; 2 others before"), format!("{first}; 1 others before")];
        assert_eq!(*lines.borrow(), wanted);
    }
}
