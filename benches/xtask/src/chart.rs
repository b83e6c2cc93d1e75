//! The chart: a bar per server and scenario, processor time per call.

use std::fmt::Write;

use crate::bench::{Measured, Table};
use crate::report::middle;

const WIDTH: f64 = 760.0;
/// Where bars begin and how long the longest is.
const LEFT: f64 = 150.0;
const LONGEST: f64 = 500.0;
const BAR: f64 = 18.0;
const TITLE: f64 = 34.0;

/// Draws the tables one below the other, each to its own scale.
pub fn draw(tables: &[Table]) -> String {
    let mut body = String::new();
    let mut y = 10.0;
    for table in tables {
        y = group(&mut body, table, y);
    }
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {y:.0}\" font-family=\"sans-serif\" \
         font-size=\"12\">\n<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n{body}</svg>\n"
    )
}

/// One scenario; gives where it ends.
fn group(out: &mut String, table: &Table, top: f64) -> f64 {
    let title = format!(
        "{}: {}, {}, us of processor time per call (dark: user, light: kernel)",
        table.scenario.letter,
        table.scenario.title,
        table.transport.name().to_uppercase()
    );
    writeln!(out, "<text x=\"10\" y=\"{:.0}\" font-weight=\"bold\">{title}</text>", top + 18.0)
        .expect("strings grow");
    let total = |row: &Measured| middle(row, |r| r.cpu.total());
    let rows = || table.rows.iter().filter(|row| !row.ended);
    let largest = rows().map(total).fold(f64::MIN_POSITIVE, f64::max);
    let mut y = top + TITLE - 6.0;
    for row in rows() {
        bar(out, row, y, LONGEST / largest);
        y += BAR + 4.0;
    }
    y + 12.0
}

fn bar(out: &mut String, row: &Measured, y: f64, scale: f64) {
    let user = middle(row, |r| r.cpu.user) * scale;
    let total = middle(row, |r| r.cpu.total());
    let system = (total * scale - user).max(0.0);
    let text = y + 13.0;
    let dark = if row.kind.is_floor() { "#777" } else { "#1f5fa8" };
    let light = if row.kind.is_floor() { "#bbb" } else { "#9cc3ea" };
    write!(
        out,
        "<text x=\"{:.0}\" y=\"{text:.0}\" text-anchor=\"end\">{}</text>\n\
         <rect x=\"{LEFT}\" y=\"{y:.0}\" width=\"{user:.1}\" height=\"{BAR}\" fill=\"{dark}\"/>\n\
         <rect x=\"{:.1}\" y=\"{y:.0}\" width=\"{system:.1}\" height=\"{BAR}\" fill=\"{light}\"/>\n\
         <text x=\"{:.1}\" y=\"{text:.0}\">{total:.1}</text>\n",
        LEFT - 8.0,
        row.kind.title(),
        LEFT + user,
        LEFT + user + system + 6.0,
    )
    .expect("strings grow");
}
