//! The form of the files: a line of columns, then a line per row with `:` between the values.
//!
//! ```text
//! id(int,auto) name(string) note(str,null)
//! 1:sip\:alice@example.com:
//! ```

use sipc_engine::Text;
use sipc_engine::database::DbValue;

use crate::table::{Column, Kind, Table};

/// Between the values of a row.
const DELIMITER: u8 = b':';

/// Reads a file; no value may be longer than `value_max`. The error says where.
pub fn read(text: &[u8], value_max: usize) -> Result<Table, String> {
    let mut lines = text.split(|c| *c == b'\n').enumerate();
    let columns = lines.next().map(|(_, line)| header(line)).transpose()?.filter(|c| !c.is_empty());
    let mut table = Table::with(columns.ok_or("it has no columns")?);
    for (number, line) in lines.filter(|(_, line)| !line.is_empty()) {
        let place = |why: String| format!("line {}: {why}", number + 1);
        let mut row = row(line, &table.columns, value_max).map_err(place)?;
        table.complete(&mut row).map_err(place)?;
        table.rows.push_back(row);
    }
    Ok(table)
}

/// `name(kind[,null|auto]) …`
fn header(line: &[u8]) -> Result<Vec<Column>, String> {
    let mut columns: Vec<Column> = Vec::new();
    let text = String::from_utf8_lossy(line);
    let mut rest = text.trim_matches(' ');
    while !rest.is_empty() {
        let bad = || format!("line 1: {rest} is no column such as name(int,null)");
        let (name, tail) = rest.split_once('(').ok_or_else(bad)?;
        let (inside, tail) = tail.split_once(')').ok_or_else(bad)?;
        let (kind, flag) = inside.split_once(',').unwrap_or((inside, ""));
        let kind = kind_of(kind.trim_matches(' ')).ok_or_else(bad)?;
        let (null, auto) = match flag.trim_start_matches(' ').bytes().next().map(|c| c.to_ascii_lowercase()) {
            Some(b'n') => (true, false),
            Some(b'a') if matches!(kind, Kind::Int | Kind::Long) && !columns.iter().any(|c| c.auto) => {
                (false, true)
            }
            None if !inside.contains(',') => (false, false),
            _ => return Err(bad()),
        };
        let name = name.trim_matches(' ');
        if name.is_empty() {
            return Err(bad());
        }
        columns.push(Column { name: name.to_owned(), kind, null, auto });
        rest = tail.trim_matches(' ');
    }
    Ok(columns)
}

/// The first letter tells the kind; with an `i` behind it, an `s` is a `string`.
fn kind_of(word: &str) -> Option<Kind> {
    let word = word.to_ascii_lowercase();
    Some(match word.bytes().next()? {
        b's' if word.contains('i') => Kind::String,
        b's' => Kind::Str,
        b'i' => Kind::Int,
        b'l' => Kind::Long,
        b'd' => Kind::Double,
        b'b' => Kind::Blob,
        b't' => Kind::Time,
        _ => return None,
    })
}

fn row(line: &[u8], columns: &[Column], value_max: usize) -> Result<Vec<DbValue>, String> {
    let fields = fields(line)?;
    if fields.len() != columns.len() {
        return Err(format!("{} values for {} columns", fields.len(), columns.len()));
    }
    fields.into_iter().zip(columns).map(|(field, column)| value(field, column, value_max)).collect()
}

/// The values with their escapes resolved.
fn fields(line: &[u8]) -> Result<Vec<Vec<u8>>, String> {
    let mut fields = vec![Vec::new()];
    let mut bytes = line.iter().copied();
    while let Some(c) = bytes.next() {
        let taken = match c {
            DELIMITER => {
                fields.push(Vec::new());
                continue;
            }
            b'\\' => match bytes.next() {
                Some(b'n') => b'\n',
                Some(b'r') => b'\r',
                Some(b't') => b'\t',
                Some(b'0') => 0,
                Some(c @ (b'\\' | DELIMITER)) => c,
                _ => return Err("a backslash stands before n, r, t, 0, : or another backslash".to_owned()),
            },
            c => c,
        };
        if let Some(last) = fields.last_mut() {
            last.push(taken);
        }
    }
    Ok(fields)
}

fn value(field: Vec<u8>, column: &Column, value_max: usize) -> Result<DbValue, String> {
    if field.is_empty() {
        return Ok(DbValue::Null);
    }
    if field.len() > value_max {
        return Err(format!("a value of column {} is longer than buffer_size, {value_max}", column.name));
    }
    let bad = || format!("{} is no value for column {}", String::from_utf8_lossy(&field), column.name);
    let text = || std::str::from_utf8(&field).map_err(|_| bad());
    let number = || {
        let digits = text()?.strip_prefix('-').unwrap_or(text()?);
        let plain = !digits.is_empty() && digits.bytes().all(|c| c.is_ascii_digit());
        text()?.parse::<i64>().ok().filter(|_| plain).ok_or_else(bad)
    };
    Ok(match column.kind {
        Kind::Int => DbValue::Int(i64::from(i32::try_from(number()?).map_err(|_| bad())?)),
        Kind::Long => DbValue::Int(number()?),
        Kind::Time => DbValue::Time(number()?),
        Kind::Double => {
            DbValue::Double(text()?.parse().ok().filter(|n: &f64| n.is_finite()).ok_or_else(bad)?)
        }
        Kind::Blob => DbValue::Blob(Text::from(field)),
        Kind::Str | Kind::String => DbValue::Text(Text::from(field)),
    })
}

/// Writes a file.
pub fn write(table: &Table) -> Vec<u8> {
    let columns: Vec<String> = table.columns.iter().map(column_text).collect();
    let mut out = columns.join(" ").into_bytes();
    out.push(b'\n');
    for row in &table.rows {
        for (at, value) in row.iter().enumerate() {
            if at > 0 {
                out.push(DELIMITER);
            }
            push_value(&mut out, value);
        }
        out.push(b'\n');
    }
    out
}

fn column_text(column: &Column) -> String {
    let kind = match column.kind {
        Kind::Int => "int",
        Kind::Long => "long",
        Kind::Double => "double",
        Kind::Str => "str",
        Kind::String => "string",
        Kind::Blob => "blob",
        Kind::Time => "time",
    };
    let flag = match (column.null, column.auto) {
        (true, _) => ",null",
        (_, true) => ",auto",
        _ => "",
    };
    format!("{}({kind}{flag})", column.name)
}

fn push_value(out: &mut Vec<u8>, value: &DbValue) {
    match value {
        DbValue::Null => {}
        DbValue::Int(n) | DbValue::Time(n) => out.extend_from_slice(n.to_string().as_bytes()),
        DbValue::Bitmap(bits) => out.extend_from_slice(bits.to_string().as_bytes()),
        DbValue::Double(n) => out.extend_from_slice(format!("{n:.2}").as_bytes()),
        DbValue::Text(text) | DbValue::Blob(text) => {
            for c in text {
                match c {
                    b'\n' => out.extend_from_slice(b"\\n"),
                    b'\r' => out.extend_from_slice(b"\\r"),
                    b'\t' => out.extend_from_slice(b"\\t"),
                    b'\\' => out.extend_from_slice(b"\\\\"),
                    0 => out.extend_from_slice(b"\\0"),
                    &DELIMITER => out.extend_from_slice(b"\\:"),
                    c => out.push(*c),
                }
            }
        }
    }
}
