//! Reading one rule.

use chrono::{Datelike, NaiveDate, NaiveDateTime, TimeDelta, Timelike};

use super::rule::{DAY, Frequency, MONTH, Rule, Signed, WEEK, WeekDay, YEAR};
use super::{BadRule, Zone};

/// The end of rules that do not say when they end.
const FAR: i64 = u32::MAX as i64;

/// What the fields gave.
#[derive(Default)]
struct Fields {
    zone: Option<Zone>,
    start: Option<(i64, NaiveDateTime)>,
    end: Option<i64>,
    duration: Option<i64>,
    frequency: Option<Frequency>,
    until: Option<i64>,
    interval: Option<i64>,
    by_day: Option<Vec<WeekDay>>,
    by_month_day: Option<Vec<Signed>>,
    by_year_day: Option<Vec<Signed>>,
    by_week: Option<Vec<Signed>>,
    by_month: Option<Vec<Signed>>,
    /// A list was given, even if it could not be read.
    lists: bool,
}

/// Reads a rule.
pub(super) fn rule(text: &[u8]) -> Result<Rule, BadRule> {
    let mut fields = Fields::default();
    let mut rest = text.split(|c| *c == b'|').peekable();
    if rest.peek().is_some_and(|zone| zone.is_empty() || zone[0].is_ascii_uppercase()) {
        fields.zone = rest.next().filter(|zone| !zone.is_empty()).map(Zone::named);
    }
    for (place, field) in rest.take(11).enumerate().filter(|(_, field)| !field.is_empty()) {
        fields.read(place, field)?;
    }
    fields.finish()
}

impl Fields {
    fn read(&mut self, place: usize, field: &[u8]) -> Result<(), BadRule> {
        let zone = self.zone();
        let time = |field| date_time(field).and_then(|t| Some((zone.unix(t)?, t))).ok_or(BadRule);
        self.lists |= place >= 6;
        match place {
            0 => self.start = Some(time(field)?),
            1 => self.end = Some(time(field)?.0),
            2 => self.duration = Some(duration(field).ok_or(BadRule)?),
            3 => self.frequency = Some(frequency(field)),
            4 => self.until = Some(time(field)?.0),
            5 => self.interval = Some(digit_sum(field)),
            6 => self.by_day = week_days(field),
            7 => self.by_month_day = numbers(field),
            8 => self.by_year_day = numbers(field),
            9 => self.by_week = numbers(field),
            _ => self.by_month = numbers(field),
        }
        Ok(())
    }

    fn zone(&self) -> Zone {
        self.zone.unwrap_or(Zone::System)
    }

    /// Fills in what is missing; a list, an interval or an end of recurring needs a frequency.
    fn finish(self) -> Result<Rule, BadRule> {
        if self.frequency.is_none() && (self.until.is_some() || self.interval.is_some() || self.lists) {
            return Err(BadRule);
        }
        let zone = self.zone();
        let (start, first) = self.start.unwrap_or((0, NaiveDateTime::default()));
        let mut rule = Rule {
            zone,
            start,
            first,
            end: 0,
            duration: 0,
            frequency: self.frequency,
            until: self.until,
            interval: self.interval,
            by_day: self.by_day,
            by_month_day: self.by_month_day,
            by_year_day: self.by_year_day,
            by_week: self.by_week,
            by_month: self.by_month,
        };
        rule.end = match (self.duration, self.end) {
            (Some(duration), _) => start.saturating_add(duration),
            (None, Some(end)) => end,
            (None, None) => natural_end(&rule),
        };
        rule.duration = rule.end.saturating_sub(start);
        Ok(rule)
    }
}

/// Where a rule without an end ends: with the day, week, month or year that it began in.
fn natural_end(rule: &Rule) -> i64 {
    let clock = i64::from(rule.first.num_seconds_from_midnight());
    let (whole, days) = match rule.period() {
        Frequency::Daily => (DAY, 0),
        Frequency::Weekly => (WEEK, rule.first.weekday().num_days_from_sunday()),
        Frequency::Monthly => (MONTH, rule.first.day()),
        Frequency::Yearly => (YEAR, rule.first.ordinal0()),
        Frequency::Never => return FAR,
    };
    rule.start + whole - i64::from(days) * DAY - clock
}

/// `20240131T173000`. Fields out of range carry over into the next, as in mktime(3).
fn date_time(text: &[u8]) -> Option<NaiveDateTime> {
    let text: &[u8; 15] = text.try_into().ok()?;
    let number = |at: std::ops::Range<usize>| {
        text.get(at)
            .unwrap_or_default()
            .iter()
            .fold(0, |sum, c| sum * 10 + i64::from(*c as i8) - i64::from(b'0'))
    };
    let (year, month, day) = (number(0..4), number(4..6), number(6..8));
    if year < 1970 || month == 0 || day == 0 {
        return None;
    }
    let months = year * 12 + month - 1;
    let year = i32::try_from(months.div_euclid(12)).ok()?;
    let first = NaiveDate::from_ymd_opt(year, u32::try_from(months.rem_euclid(12)).ok()? + 1, 1)?;
    let seconds = (day - 1) * DAY + number(9..11) * 3600 + number(11..13) * 60 + number(13..15);
    first.and_hms_opt(0, 0, 0)?.checked_add_signed(TimeDelta::seconds(seconds))
}

/// `P1W2DT3H4M5S`, or only the part behind the `T`; 0 when it cannot be read.
fn duration(text: &[u8]) -> Option<i64> {
    let (mut dates, text) = match text {
        [_] => return None,
        [b'P' | b'p', rest @ ..] => (true, rest),
        _ => (false, text),
    };
    let (mut number, mut sum) = (0i64, 0i64);
    for c in text {
        let unit = match (c.to_ascii_lowercase(), dates) {
            (digit @ b'0'..=b'9', _) => {
                number = number.saturating_mul(10).saturating_add(i64::from(digit - b'0'));
                continue;
            }
            (b't', true) => {
                dates = false;
                continue;
            }
            (b'w', true) => WEEK,
            (b'd', true) => DAY,
            (b'h', false) => 3600,
            (b'm', false) => 60,
            (b's', false) => 1,
            _ => return Some(0),
        };
        sum = sum.saturating_add(number.saturating_mul(unit));
        number = 0;
    }
    Some(sum)
}

fn frequency(text: &[u8]) -> Frequency {
    match text.to_ascii_lowercase().as_slice() {
        b"daily" => Frequency::Daily,
        b"weekly" => Frequency::Weekly,
        b"monthly" => Frequency::Monthly,
        b"yearly" => Frequency::Yearly,
        _ => Frequency::Never,
    }
}

/// The interval: OpenSIPS adds the digits up, so that 12 is 3.
fn digit_sum(text: &[u8]) -> i64 {
    text.iter().take_while(|c| c.is_ascii_digit()).map(|c| i64::from(c - b'0')).sum()
}

/// A number with its sign, and what follows it.
fn signed(text: &[u8]) -> (Signed, &[u8]) {
    let mut one = Signed { number: 0, sign: 1 };
    for (i, c) in text.iter().enumerate() {
        match c {
            b'0'..=b'9' => one.number = one.number.saturating_mul(10).saturating_add(i64::from(c - b'0')),
            b'-' => one.sign = -1,
            b'+' | b' ' | b'\t' => {}
            _ => return (one, text.get(i..).unwrap_or_default()),
        }
    }
    one.number = one.number.min(i64::from(i32::MAX));
    (one, b"")
}

/// `1,-1,15`; `None` when it cannot be read, and then it does not count.
fn numbers(text: &[u8]) -> Option<Vec<Signed>> {
    let one = |item| match signed(item) {
        (number, b"") => Some(number),
        _ => None,
    };
    text.split(|c| *c == b',').map(one).collect()
}

/// `MO,2TU,-1FR`; `None` when it cannot be read, and then it does not count.
fn week_days(text: &[u8]) -> Option<Vec<WeekDay>> {
    let one = |item| {
        let (count, name) = signed(item);
        let names: [&[u8]; 7] = [b"su", b"mo", b"tu", b"we", b"th", b"fr", b"sa"];
        let day = names.iter().position(|n| name.trim_ascii().eq_ignore_ascii_case(n))?;
        let nth = count.number.min(i64::from(i32::MAX)) * count.sign;
        // the first one is 0 weeks into the month
        Some(WeekDay { day: i64::try_from(day).ok()?, nth: if nth > 0 { nth - 1 } else { nth } })
    };
    text.split(|c| *c == b',').map(one).collect()
}
