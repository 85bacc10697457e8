//! Logs and HAR files that other projects made for their own tests (`RAYSCOPE_CORPUS`, not part of this repository).
#![allow(clippy::unwrap_used, reason = "a test that cannot read its data has failed")]

mod support;

use std::collections::BTreeMap;
use std::io::Read;
use std::path::Path;

use rayscope::har::{self, HarError};
use rayscope::logs::{LogFormat, Parsed, RecordBody, RecordReader, Skip, TextContent, recognise};
use rayscope::text::line::trimmed;
use rayscope::time::Time;
use support::corpus::corpus;

struct Case {
    name: String,
    truth: serde_json::Value,
    bytes: Vec<u8>,
}

fn cases(root: &Path, folder: &str) -> Vec<Case> {
    let truth = std::fs::read_to_string(root.join("truth-other.jsonl")).unwrap();
    let mut cases = Vec::new();
    for line in truth.lines() {
        let truth: serde_json::Value = serde_json::from_str(line).unwrap();
        let name = truth["file"].as_str().unwrap().to_owned();
        if !name.starts_with(folder) {
            continue;
        }
        let raw = std::fs::read(root.join(&name)).unwrap();
        let bytes = if raw.starts_with(&[0x1f, 0x8b]) {
            let mut out = Vec::new();
            flate2::read::MultiGzDecoder::new(raw.as_slice()).read_to_end(&mut out).unwrap();
            out
        } else {
            raw
        };
        cases.push(Case { name, truth, bytes });
    }
    cases
}

fn format_of(bytes: &[u8]) -> &'static str {
    match recognise(bytes) {
        TextContent::Log(format) => format.id(),
        TextContent::Har => "har",
        TextContent::KeyLog => "keylog",
        TextContent::Document(format) => format.id,
        TextContent::Empty => "empty",
        TextContent::Binary => "binary",
        TextContent::EdgeTable => "edge table",
        TextContent::Csv => "csv",
        TextContent::Json => "json",
        TextContent::Text => "text",
    }
}

#[derive(Default, Debug)]
struct Tally {
    access: usize,
    messages: usize,
    edge: usize,
    rays: usize,
    untimed: usize,
    lost: usize,
}

/// Gives the text of each record, with what it is in this format, to `each`.
fn each_line(bytes: &[u8], format: &LogFormat, reference: Option<Time>, each: &mut dyn FnMut(&[u8], Parsed)) {
    let mut lines = format.reader(reference);
    let mut records = RecordReader::new(format.splitting());
    let mut read = |record: rayscope::logs::LogRecord<'_>| {
        if let RecordBody::Text(line) = record.body {
            each(line, lines.parse(line));
        }
    };
    records.feed(bytes, &mut read);
    records.finish(&mut read);
}

fn read_log(bytes: &[u8]) -> Tally {
    let mut tally = Tally::default();
    let TextContent::Log(format) = recognise(bytes) else { return tally };
    let reference = Time::parse_rfc3339("2020-06-01T00:00:00Z");
    each_line(bytes, &format, reference, &mut |_, row| match row {
        Parsed::Access(row) => {
            tally.access += 1;
            tally.rays += usize::from(row.ray.is_some());
        }
        Parsed::Message(row) | Parsed::Cause(row) => {
            tally.messages += 1;
            tally.untimed += usize::from(row.time.is_none());
        }
        Parsed::Edge(row) => {
            tally.edge += 1;
            tally.rays += usize::from(row.ray.is_some());
        }
        Parsed::Skip(skip) => tally.lost += usize::from(skip.is_loss() && skip != Skip::Empty),
    });
    tally
}

#[test]
fn hars_give_the_entries_statuses_and_header_sizes_that_they_hold() {
    let Some(root) = corpus("HAR files") else { return };
    for case in cases(&root, "har/") {
        let expected = &case.truth;
        let result = har::read(&case.bytes);
        if expected["json"] != "yes" {
            assert!(result.is_err(), "{}", case.name);
            continue;
        }
        let Some(entries) = expected["entries"].as_u64() else {
            assert_eq!(result, Err(HarError::NoEntries), "{}", case.name);
            continue;
        };
        assert_eq!(format_of(&case.bytes), "har", "{}", case.name);
        let file = result.unwrap_or_else(|error| panic!("{}: {error}", case.name));
        assert_eq!(file.entries.len() as u64, entries, "{}", case.name);
        let mut statuses: BTreeMap<String, u64> = BTreeMap::new();
        for entry in &file.entries {
            *statuses.entry(entry.status.to_string()).or_default() += 1;
        }
        // The truth writes None where a file has no status; here that is 0, as browsers write it.
        let mut wanted: BTreeMap<String, u64> = BTreeMap::new();
        for (status, count) in expected["statuses"].as_object().unwrap() {
            let status = if status == "None" { "0" } else { status };
            *wanted.entry(status.to_owned()).or_default() += count.as_u64().unwrap();
        }
        assert_eq!(statuses, wanted, "{}", case.name);
        let rays = file.entries.iter().filter(|entry| entry.ray.is_some()).count() as u64;
        assert_eq!(rays, expected["cf_ray_responses"].as_u64().unwrap(), "{}", case.name);
        let redirects =
            file.entries.iter().filter(|entry| (300..400).contains(&entry.status) && entry.status != 304);
        assert_eq!(redirects.count() as u64, expected["redirects"].as_u64().unwrap(), "{}", case.name);
        check_largest_heads(&case, &file);
    }
}

/// Where a tool joined several header lines into one, the truth counts one line, and rayscope those that HTTP/1 would write. rayscope does
/// not count the pseudo headers of HTTP/2. Where a file has neither, both must agree to the byte.
fn check_largest_heads(case: &Case, file: &har::Har) {
    let document: serde_json::Value =
        serde_json::from_slice(case.bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&case.bytes)).unwrap();
    for side in ["request", "response"] {
        let (mut odd, mut lines) = (false, 0);
        for entry in document["log"]["entries"].as_array().unwrap() {
            let mut bytes = 0;
            for header in entry[side]["headers"].as_array().into_iter().flatten() {
                let (name, value) =
                    (header["name"].as_str().unwrap_or(""), header["value"].as_str().unwrap_or(""));
                odd |= name.starts_with(':') || value.contains('\n') || !value.is_ascii();
                if !name.starts_with(':') {
                    bytes += value
                        .split('\n')
                        .map(|line| name.len() + line.trim_end_matches('\r').len() + 4)
                        .sum::<usize>();
                }
            }
            lines = lines.max(bytes as u64);
        }
        let sizes =
            file.entries.iter().map(|entry| if side == "request" { &entry.request } else { &entry.response });
        let largest = sizes.map(|head| head.bytes).max().unwrap_or(0);
        assert_eq!(largest, lines, "{} {side}", case.name);
        if !odd {
            let expected = case.truth[format!("largest_{side}_header_bytes")].as_u64().unwrap();
            assert_eq!(largest, expected, "{} {side}", case.name);
        }
    }
}

/// File, format, and the numbers of access rows, messages, edge records and lost lines. Comments, empty lines and continuation lines do not
/// count.
const EXPECTED: [(&str, &str, usize, usize, usize, usize); 91] = [
    ("fail2ban/apache-auth", "apache_error", 0, 45, 0, 0),
    ("fail2ban/apache-badbots", "nginx_access", 4, 0, 0, 0),
    ("fail2ban/apache-fakegooglebot", "nginx_access", 3, 0, 0, 0),
    ("fail2ban/apache-noscript", "apache_error", 0, 13, 0, 0),
    ("fail2ban/apache-overflows", "apache_error", 0, 11, 0, 0),
    ("fail2ban/apache-pass", "nginx_access", 1, 0, 0, 0),
    ("fail2ban/apache-shellshock", "apache_error", 0, 2, 0, 0),
    ("fail2ban/nginx-limit-req", "nginx_error", 0, 8, 0, 0),
    ("fail2ban/php-url-fopen", "nginx_access", 1, 0, 0, 0),
    ("fail2ban/recidive", "application", 0, 8, 0, 0),
    ("fail2ban/squid", "squid_access", 4, 0, 0, 0),
    ("fail2ban/syslog-plain.txt", "syslog", 0, 3, 0, 0),
    ("fail2ban/syslog-vv.txt", "syslog", 0, 5, 0, 0),
    ("fail2ban/traefik-auth", "nginx_access", 6, 0, 0, 0),
    ("haproxy_log_analysis/small.log", "haproxy_http", 9, 0, 0, 0),
    ("hub/apache-guacamole-logs.log", "application", 0, 3, 0, 0),
    ("hub/apache-guacamole_bf.log", "application", 0, 12, 0, 0),
    ("hub/apache-guacamole_user_enum.log", "application", 0, 12, 0, 0),
    ("hub/apache2-http-sensitive-files.log", "nginx_access", 13, 0, 0, 0),
    ("hub/aws-cloudfront-logs.log", "w3c_access", 2, 0, 0, 0),
    ("hub/base-upsun-httplog-logs.log", "nginx_access", 1, 0, 0, 0),
    ("hub/bunkerweb-bad-user-agent.log", "nginx_access", 3, 0, 0, 0),
    ("hub/bunkerweb-http-malformed.log", "nginx_access", 12, 0, 0, 0),
    ("hub/bunkerweb-http-path-traversal.log", "nginx_access", 9, 0, 0, 0),
    ("hub/bunkerweb-http-sensitive-files.log", "nginx_access", 9, 0, 0, 0),
    ("hub/bunkerweb-logs.log", "nginx_access", 5, 0, 0, 0),
    ("hub/caddy-logs--caddy-logs.log", "json_access", 10, 1, 0, 0),
    ("hub/caddy-logs.log", "json_access", 6, 0, 0, 0),
    ("hub/http-bf-wordpress-bf.log", "syslog_access", 9, 0, 0, 0),
    ("hub/http-cve-probing.log", "nginx_access", 3, 0, 0, 0),
    ("hub/http-generic-test.log", "nginx_access", 1, 0, 0, 0),
    ("hub/http-magento-bf.log", "application", 0, 6, 0, 0),
    ("hub/http-wordpress_user-enum.log", "nginx_access", 12, 0, 0, 0),
    ("hub/http_dos_bypass_cache.log", "nginx_access", 356, 0, 0, 0),
    ("hub/http_dos_random_uri.log", "nginx_access", 66, 0, 0, 0),
    ("hub/iptables-scan-multi-port.log", "syslog", 0, 49, 0, 0),
    ("hub/litespeed-admin-bf.log", "litespeed_error", 0, 9, 0, 0),
    ("hub/litespeed-http-sensitive-files.log", "nginx_access", 6, 0, 0, 0),
    ("hub/litespeed-logs.log", "litespeed_error", 1, 2, 0, 0),
    ("hub/modsecurity-nginx.log", "nginx_error", 0, 2, 0, 0),
    ("hub/nginx-http-generic-bf.log", "nginx_error", 6, 16, 0, 0),
    ("hub/nginx-http-open-proxy.log", "nginx_access", 2, 0, 0, 0),
    ("hub/nginx-http-path-traversal.log", "nginx_access", 9, 0, 0, 0),
    ("hub/nginx-http-w00twoot.log", "nginx_access", 2, 0, 0, 0),
    ("hub/nginx-mail-bf.log", "nginx_error", 0, 11, 0, 0),
    ("hub/nginx-mail-logs.log", "nginx_error", 2, 15, 0, 0),
    ("hub/nginx-proxy-manager-malformed--nginx_http-logs.log", "nginx_access", 12, 0, 0, 0),
    ("hub/nginx_http-logs--nginx_http-logs.log", "nginx_access", 8, 1, 0, 0),
    ("hub/nginx_http-logs.log", "nginx_access", 12, 0, 0, 0),
    ("hub/prowlarr-nonsyslog-logs.log", "application", 0, 2, 0, 0),
    ("hub/syslog-logs.log", "syslog", 0, 3, 0, 0),
    ("hub/tcpudp-flood-traefik.log", "application", 0, 1226, 0, 0),
    ("hub/traefik_base-http-scenario.log", "json_access", 80, 0, 0, 0),
    ("hub/traefik_clf.log", "traefik_access", 7, 0, 0, 0),
    ("lnav/logfile_access_log.0", "nginx_access", 3, 0, 0, 0),
    ("lnav/logfile_access_log.1", "nginx_access", 1, 0, 0, 0),
    ("lnav/logfile_bad_syslog.0", "syslog", 0, 3, 0, 1),
    ("lnav/logfile_bunyan.0", "application", 0, 10, 0, 0),
    ("lnav/logfile_caddy_log.1", "json_access", 4, 0, 0, 0),
    ("lnav/logfile_cloudflare.1", "cloudflare", 0, 0, 15, 0),
    ("lnav/logfile_cloudflare.json", "cloudflare", 0, 0, 1, 0),
    ("lnav/logfile_crlf.0", "application", 0, 2, 0, 0),
    ("lnav/logfile_empty.0", "empty", 0, 0, 0, 0),
    ("lnav/logfile_haproxy.0", "haproxy_http", 13, 4, 0, 0),
    ("lnav/logfile_logfmt.0", "application", 0, 5, 0, 0),
    ("lnav/logfile_nextcloud.0", "application", 0, 5, 0, 0),
    ("lnav/logfile_shop_access_log.0", "nginx_access", 1000, 0, 0, 0),
    ("lnav/logfile_syslog.0", "syslog", 0, 4, 0, 0),
    ("lnav/logfile_syslog.1", "syslog", 0, 4, 0, 0),
    ("lnav/logfile_syslog_with_header.0", "syslog", 0, 4, 0, 2),
    ("lnav/logfile_syslog_with_mixed_times.0", "syslog", 0, 13, 0, 0),
    ("lnav/logfile_w3c.2", "text", 0, 0, 0, 0),
    ("lnav/logfile_w3c.3", "w3c_access", 3, 0, 0, 0),
    ("lnav/logfile_w3c.4", "w3c_access", 2, 0, 0, 0),
    ("lnav/logfile_w3c.5", "w3c_access", 1, 0, 0, 0),
    ("lnav/logfile_w3c_big.0", "w3c_access", 210, 0, 0, 0),
    ("lnav/logfile_with_zones.0", "application", 0, 3, 0, 0),
    ("lnav/messages.gz", "syslog", 0, 2512, 0, 0),
    ("matomo-log-analytics/amazon_cloudfront_rtmp.log", "w3c_access", 2, 0, 0, 0),
    ("matomo-log-analytics/caddy_json.log", "json_access", 3, 0, 0, 0),
    ("matomo-log-analytics/common.log", "nginx_access", 1, 0, 0, 0),
    ("matomo-log-analytics/common.log.gz", "nginx_access", 1, 0, 0, 0),
    ("matomo-log-analytics/custom_regex_custom_date.log", "text", 0, 0, 0, 0),
    ("matomo-log-analytics/elb.log", "access", 2, 0, 0, 0),
    ("matomo-log-analytics/iis.log", "w3c_access", 1, 0, 0, 0),
    ("matomo-log-analytics/iis_custom.log", "w3c_access", 3, 0, 0, 0),
    ("matomo-log-analytics/ncsa_extended.log", "nginx_access", 1, 0, 0, 0),
    ("matomo-log-analytics/nginx_json.log", "json_access", 2, 0, 0, 0),
    ("matomo-log-analytics/splitted_date_and_time.log", "w3c_access", 1, 0, 0, 0),
    ("mtail/apache-combined.log", "apache_access", 5, 0, 0, 0),
    ("mtail/apache-common.log", "apache_access", 3, 0, 0, 0),
];

#[test]
fn logs_are_what_a_person_would_call_them() {
    let Some(root) = corpus("log files") else { return };
    for case in cases(&root, "logs/") {
        let tally = read_log(&case.bytes);
        let found = (format_of(&case.bytes), tally.access, tally.messages, tally.edge, tally.lost);
        let expected = EXPECTED.iter().find(|expected| case.name.ends_with(expected.0));
        let (_, format, access, messages, edge, lost) =
            expected.unwrap_or_else(|| panic!("{} is new", case.name));
        assert_eq!(found, (*format, *access, *messages, *edge, *lost), "{}", case.name);
        assert_eq!(tally.untimed, 0, "{}: every message of these files has an instant", case.name);
        if matches!(*format, "text" | "csv" | "json" | "binary" | "empty") {
            assert!(recognise(&case.bytes).refusal().is_some(), "{}: a refusal says why", case.name);
        }
    }
}

#[test]
fn clients_are_those_that_another_project_reads_from_the_same_lines() {
    let Some(root) = corpus("fail2ban's samples") else { return };
    let mut compared = 0;
    for case in cases(&root, "logs/fail2ban/") {
        let TextContent::Log(format) = recognise(&case.bytes) else { continue };
        let mut lines = format.reader(Time::parse_rfc3339("2015-06-01T00:00:00Z"));
        let mut host = None;
        for line in case.bytes.split(|byte| *byte == b'\n') {
            let text = String::from_utf8_lossy(line);
            if let Some(json) = text.strip_prefix("# failJSON:") {
                let truth: serde_json::Value = serde_json::from_str(json.trim()).unwrap();
                host = (truth["match"] == true).then(|| truth["host"].as_str().map(str::to_owned)).flatten();
                continue;
            }
            let client = match lines.parse(trimmed(line)) {
                Parsed::Access(row) => row.remote_address,
                Parsed::Message(row) | Parsed::Cause(row) => row.client,
                _ => continue,
            };
            if let (Some(host), Some(client)) = (host.take(), client)
                && let Ok(expected) = host.parse::<std::net::IpAddr>()
            {
                assert_eq!(client, expected, "{}: {text}", case.name);
                compared += 1;
            }
        }
    }
    assert!(compared > 60, "only {compared} lines compared");
}

#[test]
fn access_rows_hold_the_status_and_ray_that_stand_in_the_line() {
    let Some(root) = corpus("access and edge logs") else { return };
    let (mut statuses, mut rays) = (0, 0);
    for case in cases(&root, "logs/") {
        let TextContent::Log(format) = recognise(&case.bytes) else { continue };
        each_line(&case.bytes, &format, None, &mut |line, row| match row {
            // Within a shipper's object the quotes are another's.
            Parsed::Access(_) if line.starts_with(b"{") => {}
            Parsed::Access(row) if matches!(format.id(), "nginx_access" | "apache_access") => {
                // After the request's closing quote, as a shell script would cut it.
                let text = String::from_utf8_lossy(line).replace("\\\"", "");
                let expected = text.split('"').nth(2).and_then(|rest| rest.split_whitespace().next());
                assert_eq!(row.status, expected.and_then(|status| status.parse().ok()), "{text}");
                statuses += 1;
            }
            Parsed::Edge(row) => {
                let value: serde_json::Value = serde_json::from_slice(line).unwrap();
                assert_eq!(row.ray.unwrap().to_string(), value["RayID"].as_str().unwrap());
                assert_eq!(
                    u64::from(row.edge_status.unwrap()),
                    value["EdgeResponseStatus"].as_u64().unwrap()
                );
                rays += 1;
            }
            _ => {}
        });
    }
    assert!(statuses > 1400 && rays == 16, "{statuses} statuses, {rays} rays");
}

#[test]
fn a_file_cut_anywhere_is_read_or_refused() {
    let Some(root) = corpus("cut files") else { return };
    for case in cases(&root, "") {
        let most = if case.name.starts_with("har/") { 4 } else { 16 };
        for part in 0..most {
            let cut = &case.bytes[..case.bytes.len() * part / most];
            let _ = read_log(cut);
            if case.name.starts_with("har/") {
                let result = har::read(cut);
                assert!(result.is_err(), "{} cut at {part}/{most}", case.name);
                assert!(!result.unwrap_err().to_string().is_empty());
            }
        }
    }
}
