//! Which addresses names have: a zone's records as master files have them (RFC 1035, 5.1; the edge's dashboard exports them so), and what `dig`, `host` and
//! `nslookup` say. The edge asks what its records say; who knows the origin's address knows whether that is right.

use std::net::IpAddr;

use crate::facts::messages::Program;
use crate::logs::document::{DocumentContent, telling_lines};
use crate::logs::row::MessageLine;

/// Whether it is such a list: of every two lines that are neither a comment, a command nor a record of another type, one at least has an address.
pub fn fits(head: &str) -> bool {
    let records = records(head).count();
    if records == 0 {
        return false;
    }
    let is_beside = |line: &str| line.starts_with([';', '$']) || question(line).is_some() || is_record(line);
    let other = telling_lines(head).filter(|(_, line)| !is_beside(line)).count();
    records >= other / 2
}

/// Whether it is a record of any type, with or without the time that it may be kept.
fn is_record(line: &str) -> bool {
    line.split_ascii_whitespace().skip(1).take(2).any(|word| word == "IN")
}

/// Reads it.
pub fn read(text: &str) -> DocumentContent {
    let mut document = DocumentContent::default();
    for (number, name, address) in records(text) {
        document.records += 1;
        let text = format!("the name {name} has the address {address}");
        let row = MessageLine {
            upstream: Some(address.to_string()),
            ..MessageLine::of(text.as_bytes(), Some(Program::Application))
        };
        document.faults.push((number, row));
    }
    document
}

/// The records of addresses: the line, the name and the address of each.
fn records(text: &str) -> impl Iterator<Item = (u64, &str, IpAddr)> {
    let mut asked = None;
    telling_lines(text).filter_map(move |(number, line)| {
        if let Some(name) = question(line) {
            asked = Some(name);
            return None;
        }
        let (name, address) = named(line).or_else(|| {
            let alone = line.strip_prefix("Address:").map_or(line, str::trim);
            Some((asked?, alone.parse().ok()?))
        })?;
        Some((number, name.trim_end_matches('.'), address))
    })
}

/// The name that is asked for: behind `dig` in a command or in the comment above its answer, and as `nslookup` repeats it.
fn question(line: &str) -> Option<&str> {
    if let Some(name) = line.strip_prefix("Name:") {
        return Some(name.trim());
    }
    const ASKS: [&str; 3] = ["dig", "DiG", "<<>>"];
    // Words are looked at one by one only where there is one of these.
    ASKS.iter().find(|asks| line.contains(**asks))?;
    let mut words = line.split_ascii_whitespace().skip_while(|word| !ASKS.contains(word));
    words.next()?;
    let is_name = |word: &&str| {
        word.contains('.')
            && word.starts_with(|first: char| first.is_ascii_alphabetic())
            && !word.starts_with("type")
    };
    words.filter(is_name).last()
}

/// `shop.example. 300 IN A 203.0.113.10`, `shop.example has address 203.0.113.10`.
fn named(line: &str) -> Option<(&str, IpAddr)> {
    let mut words = line.split_ascii_whitespace();
    let name = words.next().filter(|name| name.contains('.'))?;
    let rest: [&str; 4] = std::array::from_fn(|_| words.next().unwrap_or_default());
    let address = match rest {
        ["IN", "A" | "AAAA", address, _]
        | [_, "IN", "A" | "AAAA", address]
        | ["has", "address", address, _]
        | ["has", "IPv6", "address", address] => address,
        _ => return None,
    };
    Some((name, address.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> Vec<(u64, &str, String)> {
        records(text).map(|(line, name, address)| (line, name, address.to_string())).collect()
    }

    fn one(line: u64, name: &'static str) -> (u64, &'static str, String) {
        (line, name, "203.0.113.10".to_owned())
    }

    #[test]
    fn records_are_read_as_zones_and_resolvers_write_them() {
        let zone = "$ORIGIN shop.example.\n;; A Records\nshop.example.\t1\tIN\tA\t203.0.113.10 ; cf_tags=cf-proxied:true\nwww.shop.example.\tIN\tCNAME\tshop.example.\n";
        assert!(fits(zone));
        assert_eq!(told(zone), [one(3, "shop.example")]);
        let full = "; <<>> DiG 9.18.28 <<>> shop.example\n;; global options: +cmd\n;; QUESTION SECTION:\n;shop.example.\t\t\tIN\tA\n\n;; ANSWER SECTION:\nshop.example.\t\t300\tIN\tA\t203.0.113.10\n";
        assert!(fits(full));
        assert_eq!(told(full), [one(7, "shop.example")]);
        let short =
            "; <<>> DiG 9.18.28 <<>> +short origin.shop.example\n203.0.113.10\n; (run from the office)\n";
        assert!(fits(short));
        assert_eq!(told(short), [one(2, "origin.shop.example")]);
        assert_eq!(
            told("$ dig +short @192.0.2.53 origin.shop.example\n203.0.113.10\n"),
            [one(2, "origin.shop.example")]
        );
        assert_eq!(told("shop.example has address 203.0.113.10\n"), [one(1, "shop.example")]);
        let nslookup =
            "Server:\t\t192.0.2.53\nAddress:\t192.0.2.53#53\n\nName:\tshop.example\nAddress: 203.0.113.10\n";
        assert!(fits(nslookup));
        assert_eq!(told(nslookup), [one(5, "shop.example")]);
    }

    /// Otherwise a log of some program is lost, since one of its lines speaks of an address.
    #[test]
    fn a_log_that_speaks_of_an_address_is_no_list_of_records() {
        let log = "2026-11-17T08:01:01Z started\nshop.example has address 203.0.113.10\n2026-11-17T08:01:02Z ready\n2026-11-17T08:01:03Z ready\n";
        assert!(!fits(log));
        assert!(!fits("203.0.113.10\n203.0.113.11\n"), "of no name");
        assert!(!fits(""));
    }
}
