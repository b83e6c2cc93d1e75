//! One table in memory: its columns and rows.

use std::collections::VecDeque;
use std::time::SystemTime;

use sipc_engine::database::{Condition, DbError, DbValue, Operator, Rows};

/// More rows than this are not added: what scripts store must not fill the memory.
pub const ROWS_MAX: usize = 1_000_000;

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `int`
    Int,
    /// `long`
    Long,
    /// `double`
    Double,
    /// `str`
    Str,
    /// `string`
    String,
    /// `blob`
    Blob,
    /// `time`
    Time,
}

/// One column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// What it holds.
    pub kind: Kind,
    /// It may be NULL.
    pub null: bool,
    /// A new row gets the next number.
    pub auto: bool,
}

/// A condition that owns what it compares.
#[derive(Debug, Clone)]
pub struct Wanted {
    column: String,
    operator: Operator,
    value: DbValue,
}

impl Wanted {
    /// A copy of a condition.
    pub fn of(condition: &Condition<'_>) -> Wanted {
        let (operator, value) = (condition.operator, condition.value.clone());
        Wanted { column: condition.column.to_owned(), operator, value }
    }
}

/// A table.
#[derive(Debug, Clone, Default)]
pub struct Table {
    /// Its columns, in the order of the file.
    pub columns: Vec<Column>,
    /// Its rows, in the order of the file.
    pub rows: VecDeque<Vec<DbValue>>,
    /// The largest number of the column that is numbered by itself.
    largest: i64,
    /// It differs from its file.
    pub changed: bool,
    /// When the file was written that it came from.
    pub written: Option<SystemTime>,
}

impl Table {
    /// Adds a row; columns that are not named are NULL, or get the next number.
    pub fn insert(&mut self, values: &[(String, DbValue)]) -> Result<(), DbError> {
        if self.rows.len() >= ROWS_MAX {
            return Err(DbError::Failed(format!("the table has {ROWS_MAX} rows; no more are taken")));
        }
        let mut row = vec![DbValue::Null; self.columns.len()];
        for (name, value) in values {
            let at = self.position(name)?;
            row[at] = fitting(&self.columns[at], value)?;
        }
        self.complete(&mut row).map_err(DbError::Failed)?;
        // the newest is found first, as in OpenSIPS
        self.rows.push_front(row);
        self.changed = true;
        Ok(())
    }

    /// Numbers a row where that is left to the table, and refuses NULL where there may be none.
    pub fn complete(&mut self, row: &mut [DbValue]) -> Result<(), String> {
        for (column, value) in self.columns.iter().zip(row) {
            if column.auto {
                if value.is_null() {
                    *value = DbValue::Int(self.largest.saturating_add(1));
                }
                self.largest = self.largest.max(value.int().unwrap_or(0));
            } else if value.is_null() && !column.null {
                return Err(format!("column {} may not be NULL", column.name));
            }
        }
        Ok(())
    }

    /// A table with these columns and no rows.
    pub fn with(columns: Vec<Column>) -> Table {
        Table { columns, ..Table::default() }
    }

    /// Changes rows.
    pub fn update(&mut self, wanted: &[Wanted], values: &[(String, DbValue)]) -> Result<(), DbError> {
        let conditions = self.conditions(wanted)?;
        let mut assignments = Vec::new();
        for (name, value) in values {
            let at = self.position(name)?;
            let value = fitting(&self.columns[at], value)?;
            if value.is_null() && !self.columns[at].null {
                return Err(DbError::Failed(format!("column {name} may not be NULL")));
            }
            assignments.push((at, value));
        }
        for row in self.rows.iter_mut().filter(|row| meets(row, &conditions)) {
            for (at, value) in &assignments {
                row[*at] = value.clone();
            }
            self.changed = true;
        }
        Ok(())
    }

    /// Removes rows.
    pub fn delete(&mut self, wanted: &[Wanted]) -> Result<(), DbError> {
        let conditions = self.conditions(wanted)?;
        let before = self.rows.len();
        self.rows.retain(|row| !meets(row, &conditions));
        self.changed |= self.rows.len() != before;
        Ok(())
    }

    /// Finds rows, in the order of the file.
    pub fn select(&self, columns: &[String], wanted: &[Wanted]) -> Result<Rows, DbError> {
        let conditions = self.conditions(wanted)?;
        let places: Vec<usize> = match columns.is_empty() {
            true => (0..self.columns.len()).collect(),
            false => columns.iter().map(|c| self.position(c)).collect::<Result<_, _>>()?,
        };
        let found = self.rows.iter().filter(|row| meets(row, &conditions));
        let rows = found.map(|row| places.iter().map(|at| row[*at].clone()).collect()).collect();
        Ok(Rows { columns: places.iter().map(|at| self.columns[*at].name.clone()).collect(), rows })
    }

    fn position(&self, name: &str) -> Result<usize, DbError> {
        let at = self.columns.iter().position(|c| c.name.eq_ignore_ascii_case(name));
        at.ok_or_else(|| DbError::Failed(format!("there is no column {name}")))
    }

    fn conditions<'a>(&self, wanted: &'a [Wanted]) -> Result<Vec<(usize, Condition<'a>)>, DbError> {
        let one = |w: &'a Wanted| {
            let condition = Condition { column: &w.column, operator: w.operator, value: w.value.clone() };
            Ok((self.position(&w.column)?, condition))
        };
        wanted.iter().map(one).collect()
    }
}

fn meets(row: &[DbValue], conditions: &[(usize, Condition<'_>)]) -> bool {
    conditions.iter().all(|(at, condition)| row.get(*at).is_some_and(|value| condition.is_met(value)))
}

/// A value as a column holds it.
fn fitting(column: &Column, value: &DbValue) -> Result<DbValue, DbError> {
    let fits = match (column.kind, value) {
        (_, DbValue::Null) => DbValue::Null,
        (Kind::Int, v) => {
            v.int().and_then(|n| i32::try_from(n).ok()).map_or(DbValue::Null, |n| DbValue::Int(i64::from(n)))
        }
        (Kind::Long, v) => v.int().map_or(DbValue::Null, DbValue::Int),
        (Kind::Time, v) => v.int().map_or(DbValue::Null, DbValue::Time),
        (Kind::Double, DbValue::Double(n)) => DbValue::Double(*n),
        (Kind::Double, v) => v.int().map_or(DbValue::Null, |n| DbValue::Double(n as f64)),
        (Kind::Blob, v) => v.text().map_or(DbValue::Null, |t| DbValue::Blob(detached(&t))),
        (Kind::Str | Kind::String, v) => v.text().map_or(DbValue::Null, |t| DbValue::Text(detached(&t))),
    };
    if fits.is_null() && !value.is_null() {
        return Err(DbError::Failed(format!("column {} cannot hold {value:?}", column.name)));
    }
    Ok(fits)
}

/// A copy that does not keep the message it may have come from.
fn detached(text: &sipc_engine::Text) -> sipc_engine::Text {
    sipc_engine::Text::copy_from_slice(text)
}
