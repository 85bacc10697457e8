use super::*;
use crate::time::{Duration, Time};
use proptest::prelude::*;

const ENTRY: &str = r#"{"startedDateTime":"2026-11-17T09:01:01.123+01:00","time":12.5,"serverIPAddress":"[2606:4700::1]","request":{"method":"GET","url":"https://shop.example/cart?id=7","httpVersion":"h2","headers":[{"name":":method","value":"GET"},{"name":"Cookie","value":"a=secret; bb=secret2"}],"cookies":[],"headersSize":-1,"bodySize":0},"response":{"status":"520","statusText":"","httpVersion":"h2","headers":[{"name":"CF-RAY","value":"9c1f00aa12bc34de-FRA"},{"name":"server","value":"cloudflare"},{"name":"set-cookie","value":"x=secret; Path=/\ny=secret; Secure"},{"name":"retry-after","value":"60"},{"name":"server-timing","value":"cfEdge;dur=9, cfOrigin;dur=34481"}],"content":{"size":-1},"headersSize":-1,"bodySize":-1,"redirectURL":""},"timings":{"blocked":-1,"dns":"1.5","connect":null,"wait":10}}"#;

fn har(entries: &str) -> Har {
    read(format!(r#"{{"log":{{"version":"1.2","creator":{{"name":"WebInspector","version":"537.36"}},"pages":[{{}}],"entries":[{entries}]}}}}"#).as_bytes()).unwrap()
}

#[test]
fn an_entry_gives_ray_timings_and_origin_time() {
    let file = har(ENTRY);
    assert_eq!(
        (file.creator.as_deref(), file.pages, file.version.as_deref()),
        (Some("WebInspector 537.36"), 1, Some("1.2"))
    );
    let row = &file.entries[0];
    assert_eq!(row.start, Time::parse_rfc3339("2026-11-17T08:01:01.123Z"));
    assert_eq!((row.duration, row.status), (Some(Duration::from_microseconds(12_500)), 520));
    assert_eq!((row.host.as_str(), row.target.as_str()), ("shop.example", "/cart?id=7"));
    assert_eq!(row.ray.unwrap().ray.to_string(), "9c1f00aa12bc34de");
    assert!(row.from_cloudflare && !row.sanitised);
    assert_eq!(
        (row.retry_after, row.origin_time, row.edge_time),
        (Some(60), Some(Duration::from_milliseconds(34481)), Some(Duration::from_milliseconds(9)))
    );
    assert_eq!(
        (row.timings.blocked, row.timings.dns, row.timings.wait),
        (None, Some(Duration::from_microseconds(1_500)), Some(Duration::from_milliseconds(10)))
    );
    assert_eq!((row.body_bytes, row.response.stated_bytes, row.location.as_deref()), (None, None, None));
    assert!(row.server_address.unwrap().is_ipv6());
}

#[test]
fn headers_and_cookies_are_sized_one_by_one_and_values_are_gone() {
    let row = &har(ENTRY).entries[0];
    assert_eq!(row.request.headers, [("cookie".to_owned(), 30)], "pseudo headers are no lines");
    assert_eq!(row.request.cookies, [("a".to_owned(), 8), ("bb".to_owned(), 10)]);
    let lines: Vec<_> = row
        .response
        .headers
        .iter()
        .filter(|(name, _)| name == "set-cookie")
        .map(|(_, bytes)| *bytes)
        .collect();
    assert_eq!(lines, [30, 30], "joined lines are two");
    assert_eq!(row.response.cookies, [("x".to_owned(), 8), ("y".to_owned(), 8)]);
    assert!(!format!("{row:?}").contains("secret"));
}

#[test]
fn strange_members_cost_their_own_entry_at_most() {
    let file = har(&format!("7, null, {{}}, {{\"request\":[],\"response\":\"x\",\"time\":{{}}}}, {ENTRY}"));
    assert_eq!((file.entries.len(), file.skipped), (3, 2));
    assert_eq!(file.entries[2].index, 4, "an entry keeps its place in the file");
    assert_eq!(file.entries[0].status, 0);
}

#[test]
fn a_head_with_lines_missing_is_seen() {
    let sanitised = ENTRY
        .replace("\"httpVersion\":\"h2\"", "\"httpVersion\":\"HTTP/1.1\"")
        .replace("\"headersSize\":-1", "\"headersSize\":4000");
    assert!(har(&sanitised).entries[0].sanitised);
    assert!(har(&ENTRY.replace("a=secret; bb=secret2", "[redacted]")).entries[0].sanitised);
}

#[test]
fn errors_name_the_place_and_what_to_do() {
    let whole = format!("{{\"log\":{{\n\"entries\":[{ENTRY}]}}}}");
    let cut = read(&whole.as_bytes()[..200]).unwrap_err();
    assert!(matches!(cut, HarError::Cut { line: 2, .. }), "{cut}");
    assert!(cut.to_string().contains("export the HAR again"));
    let damaged = read(whole.replace("\"time\":12.5", "\"time\":1x").as_bytes()).unwrap_err();
    assert!(matches!(damaged, HarError::Damaged { line: 2, .. }), "{damaged}");
    for text in ["{}", "{\"log\":[]}", "{\"log\":{\"version\":\"1.2\"}}", "{\"openapi\":\"3.0\"}"] {
        assert_eq!(read(text.as_bytes()), Err(HarError::NoEntries), "{text}");
    }
    assert_eq!(read(b"\x78\x9c\xff\xfe\xfd"), Err(HarError::NotText));
    assert!(read(format!("\u{feff}{whole}").as_bytes()).is_ok(), "a byte order mark is no damage");
    let deep = format!("{{\"log\":{{\"entries\":{}1{}}}}}", "[".repeat(100_000), "]".repeat(100_000));
    assert_eq!(read(deep.as_bytes()).unwrap().skipped, 1, "nesting costs no stack");
}

proptest! {
    #[test]
    fn no_bytes_stop_the_reader(bytes: Vec<u8>, cut in 0usize..1500, at in 0usize..1500, byte: u8) {
        let _ = read(&bytes);
        let mut whole = format!("{{\"log\":{{\"entries\":[{ENTRY}]}}}}").into_bytes();
        whole.truncate(cut.max(1));
        if let Some(place) = whole.get_mut(at) {
            *place = byte;
        }
        let _ = read(&whole);
    }
}
