//! Time: parts of it, waiting, differences, recurring times.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use chrono::{DateTime, Datelike, Local, Offset, TimeZone, Timelike};
use sipc_engine::log::Level;
use sipc_engine::place::{Assign, Place};
use sipc_engine::{Context, Inner, Text, Value, VarRef, recurrence};

/// `$ctime(part)` of the local time.
pub fn ctime(cx: &mut Context, at: &Place) -> Value {
    let Inner::Name(part) = &at.inner else { return Value::Null };
    let seconds = i64::try_from(cx.worker.unix_us() / 1_000_000).unwrap_or(0);
    let Some(now) = Local.timestamp_opt(seconds, 0).single() else { return Value::Null };
    let number = match &part[..] {
        b"sec" => now.second(),
        b"min" => now.minute(),
        b"hour" => now.hour(),
        b"mday" => now.day(),
        b"mon" => now.month(),
        b"year" => u32::try_from(now.year()).unwrap_or(0),
        b"wday" => now.weekday().num_days_from_sunday() + 1,
        b"yday" => now.ordinal(),
        b"isdst" => u32::from(is_summer_time(now)),
        _ => return Value::Null,
    };
    Value::Int(i32::try_from(number).unwrap_or(0))
}

/// Whether the clock is ahead of what it is at another time of the year.
fn is_summer_time(now: DateTime<Local>) -> bool {
    let offset = |month| {
        let noon = Local.with_ymd_and_hms(now.year(), month, 1, 12, 0, 0).earliest();
        noon.map(|t| t.offset().fix().local_minus_utc())
    };
    let standard = offset(1).into_iter().chain(offset(7)).min();
    standard.is_some_and(|s| now.offset().fix().local_minus_utc() > s)
}

/// Waits some seconds; the worker goes on with other messages.
pub async fn sleep(cx: &mut Context, seconds: i32) -> i32 {
    wait(cx, u64::try_from(seconds).unwrap_or(0) * 1000).await
}

/// Waits some microseconds, in steps of a millisecond.
pub async fn usleep(cx: &mut Context, microseconds: i32) -> i32 {
    wait(cx, u64::try_from(microseconds).unwrap_or(0).div_ceil(1000)).await
}

async fn wait(cx: &mut Context, ms: u64) -> i32 {
    let worker = cx.worker.clone();
    worker.network.sleep(ms).await;
    1
}

/// The time of the system: not that of the message, which stands still while a script runs.
pub fn get_accurate_time(
    cx: &mut Context,
    seconds: &VarRef,
    microseconds: &VarRef,
    both: Option<&VarRef>,
) -> i32 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
    let number = |n: u64| Value::Int(i32::try_from(n).unwrap_or(i32::MAX));
    let text = format!("{}.{:06}", now.as_secs(), now.subsec_micros());
    let written = seconds.write(cx, Assign::Set, number(now.as_secs()))
        && microseconds.write(cx, Assign::Set, number(now.subsec_micros().into()))
        && both.is_none_or(|b| b.write(cx, Assign::Set, Value::Text(text.into())));
    if written { 1 } else { -1 }
}

/// How many microseconds two times are apart.
pub fn ts_usec_delta(
    cx: &mut Context,
    seconds_1: i32,
    microseconds_1: i32,
    seconds_2: i32,
    microseconds_2: i32,
    text: Option<&VarRef>,
    number: Option<&VarRef>,
) -> i32 {
    let us = |s: i32, us: i32| i64::from(s) * 1_000_000 + i64::from(us);
    let apart = us(seconds_1, microseconds_1).abs_diff(us(seconds_2, microseconds_2));
    let wrote_text = text.is_none_or(|v| v.write(cx, Assign::Set, Value::Text(apart.to_string().into())));
    let wrote_number = match (number, i32::try_from(apart)) {
        (None, _) => true,
        (Some(v), Ok(n)) => wrote_text && v.write(cx, Assign::Set, Value::Int(n)),
        (Some(_), Err(_)) => {
            cx.log(Level::Error, "ts_usec_delta", format_args!("{apart} us do not fit into a number"));
            false
        }
    };
    if wrote_text && wrote_number { 1 } else { -1 }
}

/// Whether a Unix time, now if none is given, is one that recurring rules describe.
pub fn check_time_rec(cx: &mut Context, rules: Text, time: Option<i32>) -> i32 {
    let unix = match time {
        // OpenSIPS takes it for unsigned
        Some(time) => i64::from(time as u32),
        None => i64::try_from(cx.worker.unix_us() / 1_000_000).unwrap_or(0),
    };
    match recurrence::matches(&rules, unix) {
        Ok(true) => 1,
        Ok(false) => -1,
        Err(_) => {
            let shown = String::from_utf8_lossy(&rules);
            cx.log(Level::Error, "check_time_rec", format_args!("cannot read the rules {shown}"));
            -2
        }
    }
}
