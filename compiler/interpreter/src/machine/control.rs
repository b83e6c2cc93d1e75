//! Steps of compound statements.

use sipc_engine::flow::BREAK_VALUE;
use sipc_engine::{Context, Value, expr, statements};

use super::Machine;
use crate::code::{Control, ForEach, Label, Slot, Target};

impl Machine<'_> {
    pub(super) fn control(&mut self, cx: &mut Context, op: &Control) {
        match op {
            Control::Last(value) => self.last = *value,
            Control::KeepLast => cx.rc = self.last,
            Control::Break(to) => {
                (self.last, cx.rc) = (BREAK_VALUE, BREAK_VALUE);
                self.go(*to);
            }
            Control::EnterWhile(slot) => self.enter(*slot, BREAK_VALUE),
            Control::Pass(slot, end) => self.pass(cx, *slot, *end),
            Control::EnterFor(slot) => self.enter(*slot, 1),
            Control::Item(each, end) => self.item(cx, each, *end),
            Control::NoList => self.last = statements::no_list(cx),
            Control::EnterSwitch(slot, subject) => {
                *self.slot(*slot) = subject.read(cx);
                (self.last, cx.rc) = (1, 1);
            }
            Control::Case(slot, label, to) => {
                if matches(self.slot(*slot), label) {
                    self.go(*to);
                }
            }
            Control::UnlessAsserts(to) => {
                if !statements::asserts(cx) {
                    self.last = BREAK_VALUE;
                    self.go(*to);
                }
            }
        }
    }

    /// Begins a loop, with its value if there is no pass.
    fn enter(&mut self, slot: Slot, value: i32) {
        *self.slot(slot) = Value::BareInt(0);
        self.last = value;
    }

    fn pass(&mut self, cx: &mut Context, slot: Slot, end: Target) {
        let mut passes = self.counter(slot).cast_unsigned();
        if !statements::begin_pass(cx, &mut passes) {
            self.go(end);
        }
        *self.slot(slot) = Value::BareInt(passes.cast_signed());
    }

    fn item(&mut self, cx: &mut Context, each: &ForEach, end: Target) {
        let n = self.counter(each.slot);
        match statements::next_item(cx, &each.iterator, each.how, &each.source, n) {
            Ok(()) => *self.slot(each.slot) = Value::BareInt(n.saturating_add(1)),
            Err(value) => {
                self.last = value.unwrap_or(self.last);
                self.go(end);
            }
        }
    }

    fn counter(&mut self, slot: Slot) -> i32 {
        self.slot(slot).number().unwrap_or(0)
    }
}

fn matches(subject: &Value, label: &Label) -> bool {
    match label {
        Label::Number(n) => expr::label_number(subject, *n),
        Label::Text(text) => expr::label_text(subject, text),
    }
}
