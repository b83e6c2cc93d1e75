//! The error class of the message, which triggers `error_route` (LANGUAGE 3.7).

use crate::Text;

/// Classes of errors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[repr(u8)]
pub enum ErrorClass {
    /// None.
    #[default]
    None = 0,
    /// A header or URI did not parse.
    Parser = 1,
    /// A failed `assert`.
    Assert = 4,
}

/// The pending or last error; `$err.*`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ErrorInfo {
    /// Its class.
    pub class: ErrorClass,
    /// 1 critical … 5 low.
    pub level: i32,
    /// What happened.
    pub info: Text,
    /// Suggested reply code.
    pub code: i32,
    /// Suggested reply reason.
    pub reason: Text,
    /// An error route is running for it.
    pub handling: bool,
}

impl ErrorInfo {
    /// Whether the error route must run.
    #[inline]
    pub fn is_pending(&self) -> bool {
        self.class != ErrorClass::None && !self.handling
    }

    /// Notes an error that the error route may answer.
    pub fn raise(
        &mut self,
        class: ErrorClass,
        level: i32,
        info: &'static [u8],
        code: i32,
        reason: &'static [u8],
    ) {
        if self.handling {
            return;
        }
        *self = ErrorInfo {
            class,
            level,
            info: Text::from_static(info),
            code,
            reason: Text::from_static(reason),
            handling: false,
        };
    }
}
