//! What is asked of a database, as plain data.

use std::cmp::Ordering;

use super::DbValue;

/// How a column is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    /// `=`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `>`
    Greater,
    /// `<=`
    LessOrEqual,
    /// `>=`
    GreaterOrEqual,
}

/// What a row must meet.
#[derive(Debug, Clone, PartialEq)]
pub struct Condition<'a> {
    /// Its column.
    pub column: &'a str,
    /// The comparison.
    pub operator: Operator,
    /// With what.
    pub value: DbValue,
}

impl<'a> Condition<'a> {
    /// A column has a value.
    pub fn equal(column: &'a str, value: DbValue) -> Condition<'a> {
        Condition { column, operator: Operator::Equal, value }
    }

    /// Whether a value of the column meets it.
    pub fn is_met(&self, found: &DbValue) -> bool {
        let Some(order) = found.compare(&self.value) else { return false };
        match self.operator {
            Operator::Equal => order == Ordering::Equal,
            Operator::NotEqual => order != Ordering::Equal,
            Operator::Less => order == Ordering::Less,
            Operator::Greater => order == Ordering::Greater,
            Operator::LessOrEqual => order != Ordering::Greater,
            Operator::GreaterOrEqual => order != Ordering::Less,
        }
    }
}

/// The order of rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Order<'a> {
    /// By this column.
    pub column: &'a str,
    /// The greatest first.
    pub descending: bool,
}

/// Which rows are wanted.
#[derive(Debug, Clone, Copy)]
pub struct Select<'a> {
    /// Of this table.
    pub table: &'a str,
    /// These columns, in this order; all when there are none.
    pub columns: &'a [&'a str],
    /// All must be met.
    pub conditions: &'a [Condition<'a>],
    /// In this order; otherwise as the table has them.
    pub order: Option<Order<'a>>,
}

impl<'a> Select<'a> {
    /// All rows of a table.
    pub fn of(table: &'a str, columns: &'a [&'a str]) -> Select<'a> {
        Select { table, columns, conditions: &[], order: None }
    }
}

/// What was found.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Rows {
    /// The names of the columns.
    pub columns: Vec<String>,
    /// The rows, each with one value per column.
    pub rows: Vec<Vec<DbValue>>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conditions() {
        let met = |operator, found: i64| {
            Condition { column: "c", operator, value: DbValue::Int(5) }.is_met(&DbValue::Int(found))
        };
        let all = |operator| [met(operator, 4), met(operator, 5), met(operator, 6)];
        assert_eq!(all(Operator::Equal), [false, true, false]);
        assert_eq!(all(Operator::NotEqual), [true, false, true]);
        assert_eq!(all(Operator::Less), [true, false, false]);
        assert_eq!(all(Operator::Greater), [false, false, true]);
        assert_eq!(all(Operator::LessOrEqual), [true, true, false]);
        assert_eq!(all(Operator::GreaterOrEqual), [false, true, true]);
        assert!(!Condition::equal("c", DbValue::Int(5)).is_met(&DbValue::from("5")));
    }
}
