//! One rule, and whether a time is in it.

use chrono::{Datelike, NaiveDate, NaiveDateTime, Timelike};

use super::Zone;

pub(super) const DAY: i64 = 24 * 60 * 60;
pub(super) const WEEK: i64 = 7 * DAY;
/// The longest month.
pub(super) const MONTH: i64 = 31 * DAY;
/// The longest year.
pub(super) const YEAR: i64 = 366 * DAY;

/// How often it comes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Frequency {
    Daily,
    Weekly,
    Monthly,
    Yearly,
    /// A word was given that is none of these: it never comes back.
    Never,
}

/// A number of a list with its sign, which says from which end it counts.
#[derive(Debug, Clone, Copy)]
pub(super) struct Signed {
    pub(super) number: i64,
    pub(super) sign: i64,
}

/// A day of the week, Sunday being 0, and which of these days counting from 0; negative from the end.
#[derive(Debug, Clone, Copy)]
pub(super) struct WeekDay {
    pub(super) day: i64,
    pub(super) nth: i64,
}

/// One rule.
#[derive(Debug, Clone)]
pub(super) struct Rule {
    pub(super) zone: Zone,
    pub(super) start: i64,
    /// `start` on the clock.
    pub(super) first: NaiveDateTime,
    pub(super) end: i64,
    pub(super) duration: i64,
    pub(super) frequency: Option<Frequency>,
    pub(super) until: Option<i64>,
    pub(super) interval: Option<i64>,
    pub(super) by_day: Option<Vec<WeekDay>>,
    pub(super) by_month_day: Option<Vec<Signed>>,
    pub(super) by_year_day: Option<Vec<Signed>>,
    pub(super) by_week: Option<Vec<Signed>>,
    pub(super) by_month: Option<Vec<Signed>>,
}

impl Rule {
    /// Whether a Unix time is in it.
    pub(super) fn has(&self, unix: i64) -> bool {
        let Some(frequency) = self.frequency else { return unix >= self.start && unix < self.end };
        let Some(now) = self.zone.local(unix) else { return false };
        unix >= self.start
            && self.is_turn(frequency, now)
            && self.is_inside(now)
            && self.is_listed(frequency, now)
            && self.until.is_none_or(|until| unix <= until)
    }

    /// The shortest time after which it can come back.
    pub(super) fn period(&self) -> Frequency {
        let frequency = self.frequency;
        let by_days = self.by_day.is_some() || self.by_month_day.is_some() || self.by_year_day.is_some();
        match frequency {
            _ if by_days => Frequency::Daily,
            Some(Frequency::Daily) => Frequency::Daily,
            Some(Frequency::Weekly) => Frequency::Weekly,
            _ if self.by_week.is_some() => Frequency::Weekly,
            Some(Frequency::Monthly) => Frequency::Monthly,
            _ if self.by_month.is_some() => Frequency::Monthly,
            Some(Frequency::Yearly) => Frequency::Yearly,
            _ => Frequency::Never,
        }
    }

    /// Whether it is the turn of this day, week, month or year: every n-th one counts.
    fn is_turn(&self, frequency: Frequency, now: NaiveDateTime) -> bool {
        let Some(interval) = self.interval.filter(|n| *n != 1) else { return true };
        let monday = |t: NaiveDateTime| day(t.date()) - i64::from(t.weekday().num_days_from_monday());
        let years = i64::from(now.year()) - i64::from(self.first.year());
        let passed = match frequency {
            Frequency::Daily => day(now.date()) - day(self.first.date()),
            Frequency::Weekly => (monday(now) - monday(self.first)) / 7,
            Frequency::Monthly => years * 12 + i64::from(now.month()) - i64::from(self.first.month()),
            Frequency::Yearly => years,
            Frequency::Never => return false,
        };
        passed.checked_rem(interval) == Some(0)
    }

    /// Whether it is between start and end within a day, week, month or year.
    fn is_inside(&self, now: NaiveDateTime) -> bool {
        let period = self.period();
        let whole = match period {
            Frequency::Daily => DAY,
            Frequency::Weekly => WEEK,
            Frequency::Monthly => MONTH,
            Frequency::Yearly => YEAR,
            Frequency::Never => return false,
        };
        let Some(end) = self.zone.local(self.end) else { return false };
        self.duration >= whole || self.is_between(period, now, self.first, end)
    }

    fn is_between(
        &self,
        period: Frequency,
        now: NaiveDateTime,
        from: NaiveDateTime,
        to: NaiveDateTime,
    ) -> bool {
        let at = |t: NaiveDateTime| match period {
            Frequency::Weekly => i64::from(t.weekday().num_days_from_sunday()),
            Frequency::Monthly => i64::from(t.day()),
            _ => i64::from(t.ordinal0()),
        };
        let (clock, opens, closes) = (seconds(now), seconds(from), seconds(to));
        if period == Frequency::Daily {
            return match from.day() == to.day() {
                true => clock >= opens && clock < closes,
                false => clock >= opens || clock < closes,
            };
        }
        let (first, last, today) = (at(from), at(to), at(now));
        match (first == last, today == first, today == last) {
            (true, true, _) => clock >= opens && clock < closes,
            (true, false, _) => self.duration > DAY,
            (false, true, _) => clock > opens,
            (false, _, true) => clock < closes,
            _ if first < last => today > first && today < last,
            _ => today < last || today > first,
        }
    }

    /// Whether it is one of the days, weeks and months that are listed.
    fn is_listed(&self, frequency: Frequency, now: NaiveDateTime) -> bool {
        let bounds = Bounds::of(now);
        let month = i64::from(now.month0());
        let counted = |list: &Option<Vec<Signed>>, value: i64, most: i64| {
            list.as_ref().is_none_or(|l| {
                l.iter()
                    .any(|n| ((n.number - 1).wrapping_mul(n.sign) + most).checked_rem(most) == Some(value))
            })
        };
        let month_day = |n: &Signed| {
            let at = (n.number.wrapping_mul(n.sign) + bounds.month_days).checked_rem(bounds.month_days);
            at.map(|d| d + i64::from(n.sign < 0)) == Some(i64::from(now.day()))
        };
        counted(&self.by_month, month, 12)
            && (frequency != Frequency::Yearly || counted(&self.by_week, week(now), bounds.weeks))
            && counted(&self.by_year_day, i64::from(now.ordinal0()), bounds.year_days)
            && self.by_month_day.as_ref().is_none_or(|l| l.iter().any(month_day))
            && self.by_day.as_ref().is_none_or(|l| l.iter().any(|d| bounds.has(frequency, now, *d)))
    }
}

/// Days since a fixed day.
fn day(date: NaiveDate) -> i64 {
    i64::from(date.num_days_from_ce())
}

/// Seconds since midnight.
fn seconds(time: NaiveDateTime) -> i64 {
    i64::from(time.num_seconds_from_midnight())
}

/// The week of the year, the first Monday beginning week 1.
fn week(time: NaiveDateTime) -> i64 {
    (i64::from(time.ordinal0()) + 7 - i64::from(time.weekday().num_days_from_monday())) / 7
}

/// How much fits into the month and the year of a time.
struct Bounds {
    year_days: i64,
    month_days: i64,
    weeks: i64,
    /// How often its day of the week comes in the year, and in the month.
    in_year: i64,
    in_month: i64,
}

impl Bounds {
    fn of(now: NaiveDateTime) -> Bounds {
        let year_days = 365 + i64::from(now.date().leap_year());
        let month_days = i64::from(now.date().num_days_in_month());
        let last = NaiveDate::from_ymd_opt(now.year(), 12, 31).unwrap_or(now.date());
        let (today, final_day) =
            (now.weekday().num_days_from_sunday(), last.weekday().num_days_from_sunday());
        let back = if today > final_day { today - final_day + 1 } else { final_day - today };
        let behind = (month_days - i64::from(now.day())) % 7;
        Bounds {
            year_days,
            month_days,
            weeks: week(last.and_time(now.time())) + 1,
            in_year: (i64::from(last.ordinal0()) - i64::from(back)) / 7 + 1,
            in_month: (month_days - 1 - behind) / 7 + 1,
        }
    }

    /// Whether it is that day of the week; in a month or a year the nth one.
    fn has(&self, frequency: Frequency, now: NaiveDateTime, wanted: WeekDay) -> bool {
        let nth = |most: i64| (wanted.nth + most).checked_rem(most);
        i64::from(now.weekday().num_days_from_sunday()) == wanted.day
            && match frequency {
                Frequency::Yearly => nth(self.in_year) == Some(i64::from(now.ordinal0() / 7)),
                Frequency::Monthly => nth(self.in_month) == Some(i64::from(now.day0() / 7)),
                _ => true,
            }
    }
}
