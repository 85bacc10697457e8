//! Which column of a table without a header line is which field of the edge's records: Logpush writes CSV without one (docs:
//! logs/logpush/logpush-job/log-output-options, where `batch_prefix` adds it). The values tell, or nothing is told.

use std::collections::BTreeSet;

use super::wrapped::TELLING_NAMES;
use crate::facts::ranges::EdgeRanges;
use crate::logs::access::guess::METHODS;
use crate::ray::Ray;
use crate::text::address::address;
use crate::text::table::texts;
use crate::text::timestamp;
use crate::time::Time;

/// Lines that must be alike before their values tell anything.
const FEWEST_LINES: usize = 3;

/// What the values of a table's columns tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ToldColumns {
    /// The names of the fields, column by column; empty where a column could not be told and is not needed.
    Named(Vec<String>),
    /// Records of the edge (rays and instants), but more than one column may be a field that is needed.
    Ambiguous,
}

/// A column's values in the lines of a sample.
type ColumnValues = Vec<String>;

/// What the values tell; `None` where the lines are no records of the edge.
pub fn told_columns(lines: &[&[u8]], delimiter: u8) -> Option<ToldColumns> {
    let columns = columns_of(lines, delimiter)?;
    let rays = all_where(&columns, is_ray_column);
    let instants = all_where(&columns, |column| column.iter().all(|value| instant(value).is_some()));
    // Ids of other logs count upwards as well: without a host and a status it is an application's table.
    let answered = columns.iter().any(|column| column.iter().all(|value| is_status(value)));
    let named = columns.iter().any(|column| column.iter().all(|value| is_host(value)));
    if rays.is_empty() || instants.is_empty() || !answered || !named {
        return None;
    }
    Some(names(&columns, &rays, &instants).map_or(ToldColumns::Ambiguous, ToldColumns::Named))
}

/// The columns of the lines that have as many values as the first; others, cut or odd, must be few.
fn columns_of(lines: &[&[u8]], delimiter: u8) -> Option<Vec<ColumnValues>> {
    let width = texts(lines.first()?, delimiter).len();
    if width < 4 {
        return None;
    }
    let rows = lines.iter().map(|line| texts(line, delimiter));
    let rows: Vec<Vec<String>> = rows.filter(|row| row.len() == width).collect();
    if rows.len() < FEWEST_LINES || rows.len().saturating_mul(2) <= lines.len() {
        return None;
    }
    let mut columns: Vec<ColumnValues> = vec![Vec::with_capacity(rows.len()); width];
    for row in rows {
        columns.iter_mut().zip(row).for_each(|(column, value)| column.push(value));
    }
    Some(columns)
}

/// The name of each column; `None` where a field that a record needs could be in several.
fn names(columns: &[ColumnValues], rays: &[usize], instants: &[usize]) -> Option<Vec<String>> {
    let [ray] = rays else { return None };
    let (start, end) = start_and_end(columns, instants)?;
    let (edge_status, origin_status) = statuses(columns)?;
    let host = host(columns)?;
    let only = |found: Vec<usize>| if let [one] = found.as_slice() { Some(*one) } else { None };
    let method = only(all_where(columns, |column| column.iter().all(|value| is_method(value))));
    let colo = only(all_where(columns, |column| {
        let code = |value: &String| value.len() == 3 && value.bytes().all(|byte| byte.is_ascii_uppercase());
        column.iter().all(|value| code(value) && !is_method(value))
    }));
    let published = EdgeRanges::with(&[]);
    let edge_address = only(all_where(columns, |column| {
        let of_edge = |value: &String| address(value.as_bytes()).is_some_and(|own| published.contains(own));
        column.iter().any(of_edge) && column.iter().all(|value| value.is_empty() || of_edge(value))
    }));
    let told = [
        (Some(*ray), "RayID"),
        (Some(start), "EdgeStartTimestamp"),
        (Some(end), "EdgeEndTimestamp"),
        (Some(edge_status), "EdgeResponseStatus"),
        (origin_status, "OriginResponseStatus"),
        (Some(host), "ClientRequestHost"),
        (method, "ClientRequestMethod"),
        (target(columns), "ClientRequestURI"),
        (colo, "EdgeColoCode"),
        (edge_address, "EdgeServerIP"),
    ];
    let mut names = vec![String::new(); columns.len()];
    for (at, name) in told {
        if let Some(slot) = at.and_then(|at| names.get_mut(at)) {
            name.clone_into(slot);
        }
    }
    Some(names)
}

fn all_where(columns: &[ColumnValues], fits: impl Fn(&ColumnValues) -> bool) -> Vec<usize> {
    columns.iter().enumerate().filter(|(_, column)| fits(column)).map(|(at, _)| at).collect()
}

/// Sixteen hex digits in every line, no two alike. A parent's ray is `00` in most lines. Rays count upwards with time, so those of one log
/// begin alike; the ids of traces and spans are random (W3C Trace Context, 3.2.2.4).
fn is_ray_column(column: &ColumnValues) -> bool {
    let different: BTreeSet<&String> = column.iter().collect();
    let rays: Option<Vec<Ray>> = column
        .iter()
        .map(|value| Ray::parse(value.as_bytes()).filter(|_| value.bytes().any(|byte| byte != b'0')))
        .collect();
    let Some(rays) = rays else { return false };
    let first_byte = |ray: Option<&Ray>| ray.map_or(0, |ray| ray.0 >> 56);
    let apart = first_byte(rays.iter().max()).abs_diff(first_byte(rays.iter().min()));
    different.len() == column.len() && apart <= 1
}

/// RFC 3339, or a number since 1970 that no count of bytes reaches: `unix` has ten digits, `unixnano` nineteen.
fn instant(value: &str) -> Option<Time> {
    let digits = value.bytes().all(|byte| byte.is_ascii_digit());
    let usual = !digits || matches!(value.len(), 10 | 13 | 16 | 19);
    timestamp::any(value.as_bytes()).filter(|_| usual).map(|stamp| stamp.time)
}

/// Of two instants the earlier is the start. One alone may be either, and of three none can be told.
fn start_and_end(columns: &[ColumnValues], instants: &[usize]) -> Option<(usize, usize)> {
    let [a, b] = *instants else { return None };
    let times =
        |at: usize| -> Option<Vec<Time>> { columns.get(at)?.iter().map(|value| instant(value)).collect() };
    let (first, second) = (times(a)?, times(b)?);
    let never_later = |one: &[Time], other: &[Time]| one.iter().zip(other).all(|(one, other)| one <= other);
    match (never_later(&first, &second), never_later(&second, &first)) {
        (true, false) => Some((a, b)),
        (false, true) => Some((b, a)),
        _ => None,
    }
}

/// Status of the edge, and of the origin where it is logged: of two columns the origin's is the one that is 0 where the origin did not
/// answer.
fn statuses(columns: &[ColumnValues]) -> Option<(usize, Option<usize>)> {
    let found = all_where(columns, |column| column.iter().all(|value| is_status(value)));
    let silent = |at: &usize| columns.get(*at).is_some_and(|column| column.iter().any(|value| value == "0"));
    match found.as_slice() {
        [one] if !silent(one) => Some((*one, None)),
        [a, b] if silent(b) && !silent(a) => Some((*a, Some(*b))),
        [a, b] if silent(a) && !silent(b) => Some((*b, Some(*a))),
        _ => None,
    }
}

/// A status that servers and the edge give (IANA's registry, nginx's 499, the edge's 52x and 530), or 0 for none. A count of bytes or of
/// milliseconds is another number sooner or later.
fn is_status(value: &str) -> bool {
    let Ok(number) = value.parse::<u16>() else { return false };
    matches!(number, 0 | 100..=103 | 200..=208 | 226 | 300..=308 | 400..=418 | 421..=426 | 428 | 429 | 431 | 451 | 499
        | 500..=508 | 510 | 511 | 520..=527 | 530)
}

fn is_method(value: &str) -> bool {
    METHODS.contains(&value.as_bytes())
}

/// The one column of host names. Of two of which one ends in the other in every line, the shorter is the zone.
fn host(columns: &[ColumnValues]) -> Option<usize> {
    let found = all_where(columns, |column| column.iter().all(|value| is_host(value)));
    longer(columns, &found, |long, short| long.ends_with(short))
}

/// A host name: its last label has letters (RFC 3696, 2), that of `TLSv1.3` or of an address has none.
fn is_host(value: &str) -> bool {
    let name = value.split(':').next().unwrap_or_default();
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-');
    let top = name.rsplit_once('.').map(|(_, top)| top);
    name.bytes().all(plain) && top.is_some_and(|top| top.bytes().any(|byte| byte.is_ascii_alphabetic()))
}

/// The one column of targets. Of two of which one begins with the other in every line, the shorter is the path alone.
fn target(columns: &[ColumnValues]) -> Option<usize> {
    let found = all_where(columns, |column| column.iter().all(|value| value.starts_with('/')));
    longer(columns, &found, |long, short| long.starts_with(short))
}

/// Of one column that column; of two the one that holds the other in every line.
fn longer(columns: &[ColumnValues], found: &[usize], holds: impl Fn(&str, &str) -> bool) -> Option<usize> {
    let all = |a: usize, b: usize| {
        let (Some(long), Some(short)) = (columns.get(a), columns.get(b)) else { return false };
        long.iter().zip(short).all(|(long, short)| holds(long, short))
    };
    match *found {
        [one] => Some(one),
        [a, b] if all(a, b) => Some(a),
        [a, b] if all(b, a) => Some(b),
        _ => None,
    }
}

/// The columns that were told, for the report: `1 RayID, 2 EdgeStartTimestamp`.
pub fn listed(names: &[String]) -> String {
    let told = (1usize..).zip(names).filter(|(_, name)| !name.is_empty());
    told.map(|(at, name)| format!("{at} {name}")).collect::<Vec<_>>().join(", ")
}

/// Whether names are a header line of such records: two that no other table has.
pub fn are_telling(names: &[String]) -> bool {
    names.iter().filter(|name| TELLING_NAMES.contains(&name.as_str())).count() >= 2
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(lines: &[&str]) -> Option<ToldColumns> {
        let lines: Vec<&[u8]> = lines.iter().map(|line| line.as_bytes()).collect();
        told_columns(&lines, b',')
    }

    #[test]
    fn columns_that_only_one_field_can_be_are_told_in_any_order() {
        let lines = [
            r#"198.51.100.7,"shop.example",GET,/a,2026-11-17T08:01:01Z,812,520,2026-11-17T08:01:00Z,9c1f00aa12bc34d1,0"#,
            r#"198.51.100.8,"shop.example",GET,/b,2026-11-17T08:01:02Z,900,200,2026-11-17T08:01:02Z,9c1f00aa12bc34d2,200"#,
            r#"198.51.100.9,"shop.example",POST,/c,2026-11-17T08:01:05Z,77,502,2026-11-17T08:01:04Z,9c1f00aa12bc34d3,502"#,
        ];
        let Some(ToldColumns::Named(names)) = told(&lines) else { panic!("{:?}", told(&lines)) };
        assert_eq!(
            listed(&names),
            "2 ClientRequestHost, 3 ClientRequestMethod, 4 ClientRequestURI, 5 EdgeEndTimestamp, 7 EdgeResponseStatus, 8 EdgeStartTimestamp, \
             9 RayID, 10 OriginResponseStatus"
        );
    }

    #[test]
    fn two_columns_that_may_be_one_field_are_not_guessed() {
        let two_statuses = [
            "shop.example,200,200,2026-11-17T08:01:00Z,2026-11-17T08:01:01Z,9c1f00aa12bc34d1",
            "shop.example,404,404,2026-11-17T08:01:01Z,2026-11-17T08:01:02Z,9c1f00aa12bc34d2",
            "shop.example,502,200,2026-11-17T08:01:04Z,2026-11-17T08:01:05Z,9c1f00aa12bc34d3",
        ];
        assert_eq!(told(&two_statuses), Some(ToldColumns::Ambiguous));
        let one_instant =
            two_statuses.map(|line| line.replace(",2026-11-17T08:01:0", ",").replacen(",0Z", ",", 1));
        let one_instant: Vec<&str> = one_instant.iter().map(String::as_str).collect();
        assert_eq!(told(&one_instant), None);
    }

    #[test]
    fn the_id_of_a_trace_is_no_ray() {
        let lines = [
            "shop.example,200,2026-11-17T08:01:00Z,2026-11-17T08:01:01Z,4bf92f3577b34da6",
            "shop.example,404,2026-11-17T08:01:01Z,2026-11-17T08:01:02Z,00f067aa0ba902b7",
            "shop.example,502,2026-11-17T08:01:04Z,2026-11-17T08:01:05Z,d75597dee50b0cac",
        ];
        assert_eq!(told(&lines), None);
    }

    #[test]
    fn another_table_is_none_of_the_edges() {
        assert_eq!(told(&["a,b,c,d,e", "1,2,3,4,5", "6,7,8,9,0"]), None);
        assert_eq!(told(&["2026-11-17T08:01:00Z,a,b,c"; 5]), None);
        let application = [
            "2026-11-17T08:01:00Z,INFO,0000018f3c4a0001,up",
            "2026-11-17T08:01:01Z,INFO,0000018f3c4a0002,up",
            "2026-11-17T08:01:02Z,WARN,0000018f3c4a0003,slow",
        ];
        assert_eq!(told(&application), None);
        assert_eq!(told(&[]), None);
    }
}
