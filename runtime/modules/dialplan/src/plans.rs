//! The rules of a table, by dial plan.

use std::collections::HashMap;

use crate::rule::{Match, Rule};

/// The rules of one plan, in the order of the table.
#[derive(Default)]
pub struct Plan {
    rules: Vec<Rule>,
    /// Places of rules for one text, by that text in small letters.
    equal: HashMap<Vec<u8>, Vec<usize>>,
    /// Places of rules with expressions.
    expressions: Vec<usize>,
}

/// All plans.
#[derive(Default)]
pub struct Plans(HashMap<i32, Plan>);

impl Plans {
    /// Adds a rule.
    pub fn add(&mut self, rule: Rule) {
        let plan = self.0.entry(rule.plan).or_default();
        let place = plan.rules.len();
        match &rule.matches {
            Match::Equal(text, _) => plan.equal.entry(text.to_ascii_lowercase()).or_default().push(place),
            Match::Expression(_) => plan.expressions.push(place),
        }
        plan.rules.push(rule);
    }

    /// A plan by its number.
    pub fn get(&self, plan: i32) -> Option<&Plan> {
        self.0.get(&plan)
    }
}

impl Plan {
    /// The rule for a text at a time: the first that is equal or the first whose expression matches, whichever has the
    /// smaller priority number, or comes first.
    pub fn find(&self, input: &[u8], unix: i64) -> Option<&Rule> {
        let first = |places: &[usize]| {
            places.iter().find(|at| self.rules.get(**at).is_some_and(|r| r.applies(input, unix))).copied()
        };
        let equal = self.equal.get(&input.to_ascii_lowercase()).and_then(|places| first(places));
        let best = match (equal, first(&self.expressions)) {
            (Some(a), Some(b)) => {
                let key = |at: usize| (self.rules.get(at).map(|r| r.priority), at);
                if key(b) < key(a) { b } else { a }
            }
            (a, b) => a.or(b)?,
        };
        self.rules.get(best)
    }
}
