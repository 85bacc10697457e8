use super::*;
use crate::time::{Duration, Time};
use proptest::prelude::*;

const SAMPLE: &str = r#"{"RayID":"9c1f00aa12bc34de","ParentRayID":"00","EdgeStartTimestamp":1794902461123000000,"EdgeEndTimestamp":1794902461140000000,"ClientRequestHost":"shop.example","ClientRequestMethod":"GET","ClientRequestURI":"/cart?id=7","ClientRequestSource":"eyeball","EdgeColoCode":"FRA","EdgeServerIP":"172.68.10.9","EdgeResponseStatus":520,"OriginIP":"203.0.113.7","OriginResponseStatus":0,"OriginTCPHandshakeDurationMs":0,"OriginTLSHandshakeDurationMs":0,"OriginResponseHeaderReceiveDurationMs":0,"CacheCacheStatus":"dynamic"}"#;

fn record(text: &str) -> EdgeRecord {
    parse_record(text.as_bytes()).unwrap()
}

#[test]
fn a_logpush_record_is_read_field_by_field() {
    let row = record(SAMPLE);
    assert_eq!(row.ray.unwrap().to_string(), "9c1f00aa12bc34de");
    assert_eq!(row.parent_ray, None, "00 means none");
    assert_eq!((row.start, row.resolution), (Time(1_794_902_461_123_000_000), Duration::NANOSECOND));
    assert_eq!(row.end, Some(Time(1_794_902_461_140_000_000)));
    assert_eq!((row.host.as_deref(), row.target.as_deref()), (Some("shop.example"), Some("/cart?id=7")));
    assert_eq!((row.edge_status, row.origin_status), (Some(520), Some(0)));
    assert_eq!((row.source, row.colo.unwrap().to_string()), (RequestSource::Eyeball, "FRA".to_owned()));
    assert_eq!(row.edge_address, Some("172.68.10.9".parse().unwrap()));
    assert!(row.edge_address_logged);
    assert_eq!((row.origin_tcp_time, row.cache_status.as_deref()), (Some(Duration::ZERO), Some("dynamic")));
}

#[test]
fn every_form_of_a_timestamp_gives_the_same_instant() {
    for (form, fraction) in [
        ("1794902461123000000", true),
        ("\"1794902461123000000\"", true),
        ("\"2026-11-17T08:01:01.123Z\"", true),
        ("1794902461123", true),
        ("1794902461", false),
        ("\"1794902461\"", false),
        ("\"2026-11-17T08:01:01Z\"", false),
    ] {
        let row = record(&SAMPLE.replace(
            "\"EdgeStartTimestamp\":1794902461123000000",
            &format!("\"EdgeStartTimestamp\":{form}"),
        ));
        let expected = if fraction { "2026-11-17T08:01:01.123Z" } else { "2026-11-17T08:01:01Z" };
        assert_eq!(Some(row.start), Time::parse_rfc3339(expected), "{form}");
    }
}

#[test]
fn numbers_in_strings_words_for_nothing_and_doubled_keys_are_understood() {
    let row = record(
        r#"{"EdgeStartTimestamp":"1653485126","RayID":"7d1234567890abcd","EdgeResponseStatus":"522","OriginResponseStatus":"0","EdgeServerIP":"","SecurityAction":"","SecurityActions":["block"],"WAFAction":"unknown","WorkerStatus":"unknown","WorkerSubrequest":"true","RequestSource":4,"RayID":"7d1234567890abcd","ParentRayID":"7d1234567890abc0","BotScore":null,"JA4Signals":{"a":[1,{}]}}"#,
    );
    assert_eq!((row.edge_status, row.origin_status), (Some(522), Some(0)));
    assert_eq!((row.edge_address, row.edge_address_logged), (None, true));
    assert_eq!((row.security_action, row.worker_status, row.worker_subrequest), (None, None, true));
    assert_eq!((row.source, row.parent_ray.is_some()), (RequestSource::EdgeItself, true));
    let older = record(
        r#"{"EdgeStartTimestamp":1653485126,"WAFAction":"unknown","FirewallMatchesActions":["Block","log"]}"#,
    );
    assert_eq!(older.security_action.as_deref(), Some("block"));
}

#[test]
fn header_sizes_are_kept_and_their_values_are_not() {
    let row = record(
        r#"{"EdgeStartTimestamp":1653485126,"ResponseHeaders":{"Set-Cookie":["secret=1","b=22"],"x-a":"abc"},"Cookies":{"session":"secret"},"RequestHeaders":{"cookie":"secret"}}"#,
    );
    assert_eq!(
        row.response_headers,
        [("set-cookie".to_owned(), 8), ("set-cookie".to_owned(), 4), ("x-a".to_owned(), 3)]
    );
    assert_eq!(row.request_headers, [("cookie:session".to_owned(), 6), ("cookie".to_owned(), 6)]);
    assert!(!format!("{row:?}").contains("secret"));
}

#[test]
fn firewall_events_and_graphql_rows_are_records_of_their_own_kind() {
    let event = record(
        r#"{"Action":"Block","Datetime":"2026-11-17T08:01:01Z","RayID":"7d1234567890abcd","EdgeResponseStatus":403,"RuleID":"x"}"#,
    );
    assert_eq!((event.dataset, event.security_action.as_deref()), (Dataset::FirewallEvents, Some("block")));
    let row = record(
        r#"{"datetime":"2026-11-17T08:01:01Z","clientRequestHTTPHost":"a","clientRequestPath":"/x","clientRequestQuery":"?y=1","edgeResponseStatus":520,"sampleInterval":10}"#,
    );
    assert_eq!((row.target.as_deref(), row.sample_interval), (Some("/x?y=1"), Some(10)));
    let group = record(
        r#"{"count":3,"dimensions":{"datetime":"2026-11-17T08:01:01Z","coloCode":"FRA","edgeResponseStatus":520},"sampleInterval":4}"#,
    );
    assert_eq!((group.sample_interval, group.edge_status), (Some(3), Some(520)));
    let minute = record(
        r#"{"count":3,"dimensions":{"datetimeMinute":"2026-11-17T08:01:00Z","coloCode":"FRA","edgeResponseStatus":520}}"#,
    );
    assert_eq!(
        (minute.start, minute.resolution),
        (event.start.plus(-Duration::SECOND), Duration::from_seconds(60))
    );
}

/// Otherwise a table of requests under GraphQL's names is one of what the firewall did, and no request of it fails.
#[test]
fn a_table_under_graphqls_names_has_requests() {
    let table = |header: &str, row: &str| {
        let table = csv::CloudflareCsv::of_header(header.as_bytes()).unwrap();
        match table.parse(row.as_bytes(), &mut (), &mut LineClock::default()) {
            Parsed::Edge(record) => record,
            other => panic!("{other:?}"),
        }
    };
    let row = table(
        "Datetime,RayID,ClientRequestHTTPMethodName,ClientRequestHTTPHost,ClientRequestPath,EdgeResponseStatus,OriginIP,ColoCode",
        "2026-11-17T08:01:01Z,7d1234567890abcd,POST,shop.example,/cart,524,203.0.113.10,AMS",
    );
    assert_eq!((row.dataset, row.edge_status), (Dataset::Requests, Some(524)));
    assert_eq!((row.host.as_deref(), row.method.as_deref()), (Some("shop.example"), Some("POST")));
    assert!(row.colo.is_some() && row.origin_address.is_some());
    let event = table(
        "Datetime,RayID,Action,ClientRequestHost,EdgeResponseStatus",
        "2026-11-17T08:01:01Z,7d1234567890abcd,block,shop.example,403",
    );
    assert_eq!(event.dataset, Dataset::FirewallEvents);
}

#[test]
fn what_is_no_record_says_what_to_do() {
    assert!(matches!(parse_record(b"{\"a\":1}"), Err(EdgeError::NoKey)));
    let error = parse_record(br#"{"RayID":"7d1234567890abcd"}"#).unwrap_err();
    assert!(error.to_string().contains("EdgeStartTimestamp"), "{error}");
    assert!(parse_record(b"[1]").is_err());
    assert!(parse_record(br#"{"RayID":"7d12345678"#).is_err());
    let deep = format!("{}1{}", "{\"a\":".repeat(100_000), "}".repeat(100_000));
    assert!(parse_record(deep.as_bytes()).is_err(), "nesting is bounded");
}

proptest! {
    #[test]
    fn no_bytes_stop_the_reader(bytes: Vec<u8>, cut in 0usize..500) {
        let _ = parse_record(&bytes);
        let sample = SAMPLE.as_bytes();
        let _ = parse_record(&sample[..cut.min(sample.len())]);
    }
}
