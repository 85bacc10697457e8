use super::*;
use crate::time::{Duration, Time};
use proptest::prelude::*;

fn learn_and_read(lines: &[&str]) -> Vec<AccessLine> {
    let samples: Vec<&[u8]> = lines.iter().map(|line| line.as_bytes()).collect();
    let format = InferredFormat::learn(&samples).expect("an access log");
    samples.iter().map(|line| format.parse_line(line).expect("a row")).collect()
}

#[test]
fn an_unknown_nginx_format_gives_ray_port_connection_and_tries() {
    let rows = learn_and_read(&[
        r#"172.68.10.9 - - [17/Nov/2026:08:01:01 +0000] "POST /cart?id=7 HTTP/1.1" 502 157 "-" "Mozilla/5.0" "9c1f00aa12bc34de-FRA" rt=0.402 uct=0.000, 0.001 uht=-, 0.200 urt=0.201, 0.200 us=502, 200 ua=127.0.0.1:9000, 127.0.0.1:9001 rp=41022 c=8812 r=37"#,
        r#"10.0.0.7 - john smith [17/Nov/2026:08:01:02 +0000] "GET / HTTP/1.1" 200 7 "https://a/" "curl" "-" rt=0.001 uct=- uht=- urt=- us=- ua=- rp=41023 c=8813 r=1"#,
    ]);
    let first = &rows[0];
    assert_eq!(first.ray.unwrap().colo.unwrap().to_string(), "FRA");
    assert_eq!(
        (first.status, first.body_bytes, first.request_time),
        (Some(502), Some(157), Some(Duration::from_milliseconds(402)))
    );
    assert_eq!(first.upstream.len(), 2);
    assert_eq!(first.upstream[1].address.as_deref(), Some("127.0.0.1:9001"));
    assert_eq!(
        (first.remote_port, first.connection, first.connection_requests),
        (Some(41022), Some(8812), Some(37))
    );
    assert_eq!(first.user_agent.as_deref(), Some("Mozilla/5.0"));
    let second = &rows[1];
    assert_eq!(second.time, Time::parse_rfc3339("2026-11-17T08:01:02Z").unwrap());
    assert_eq!((second.status, second.ray, second.upstream.len()), (Some(200), None, 0));
    assert_eq!(second.remote_address, Some("10.0.0.7".parse().unwrap()));
}

/// Otherwise nobody knows that one visitor asks for a page twenty times at once, where a log has his address without a name for it.
#[test]
fn a_second_address_past_the_agent_is_the_visitors() {
    let rows = learn_and_read(&[
        r#"172.68.10.9 - - [17/Nov/2026:08:01:01 +0000] "GET /a HTTP/1.1" 301 162 "-" "Mozilla/5.0" "9c1f00aa12bc34de-FRA" 203.0.113.9 xfp=https"#,
        r#"172.68.10.9 - - [17/Nov/2026:08:01:02 +0000] "GET /a HTTP/1.1" 301 162 "-" "Mozilla/5.0" "9c1f00aa12bc34df-FRA" 203.0.113.7 xfp=https"#,
    ]);
    let told =
        rows.iter().map(|row| (row.remote_address, row.visitor.as_deref().copied())).collect::<Vec<_>>();
    let of = |visitor: &str| ("172.68.10.9".parse().ok(), visitor.parse().ok());
    assert_eq!(told, [of("203.0.113.9"), of("203.0.113.7")]);
}

#[test]
fn a_ray_that_no_sample_had_is_found_later_and_numbers_are_no_rays() {
    let sample = r#"10.0.0.7 - - [17/Nov/2026:08:01:02 +0000] "GET / HTTP/1.1" 200 7 "-" "curl" -"#;
    let format = InferredFormat::learn(&[sample.as_bytes()]).unwrap();
    let with = |last: &str| {
        let line = sample.replace("\"curl\" -", &format!("\"curl\" {last}"));
        let row = format.parse_line(line.as_bytes()).unwrap();
        (row.ray.map(|ray| ray.ray.to_string()), row.possible_ray.map(|ray| ray.to_string()))
    };
    let ray = Some("9c1f00aa12bc34de".to_owned());
    assert_eq!(with("9c1f00aa12bc34de-FRA"), (ray.clone(), None));
    assert_eq!(with("9c1f00aa12bc34de"), (None, ray), "only the edge can tell it from the id of a trace");
    assert_eq!(with("1794902461123000"), (None, None), "a time in microseconds joins nothing");
    assert_eq!(with("7bde940ef0f870cdee1f6d53fe0ff157"), (None, None), "a request id joins nothing");
}

#[test]
fn host_first_formats_and_trailing_durations_are_understood() {
    let rows = learn_and_read(&[
        r#"www.example.com 172.18.0.1 - 7bde940ef0f870cdee1f6d53fe0ff157 - [22/Oct/2025:14:31:07 +0000] "GET / HTTP/1.1" 301 162 "-" "Mozilla" 0.120 0.119"#,
        r#"www.example.com 172.18.0.1 - - - [22/Oct/2025:14:31:08 +0000] "\x16\x03" 400 157 "-" "-" 0.000 -"#,
    ]);
    assert_eq!(rows[0].host.as_deref(), Some("www.example.com"));
    assert_eq!(rows[0].remote_address, Some("172.18.0.1".parse().unwrap()));
    assert_eq!(rows[0].request_time, Some(Duration::from_milliseconds(120)));
    assert_eq!(rows[0].upstream[0].response_time, Some(Duration::from_milliseconds(119)));
    assert_eq!(rows[1].odd_request_line.as_deref(), Some(r"\x16\x03"));
}

/// Otherwise the whole access log is taken for an application's, and no failure has its line.
#[test]
fn a_host_that_is_written_before_its_target_is_told_from_it() {
    let rows = learn_and_read(&[
        "2026-11-17T08:01:01+00:00 172.68.10.9:41022 500 GET shop.example/cart?id=7 9c1f00aa12bc34de-FRA  0.402",
        "2026-11-17T08:01:02+00:00 172.68.10.9:41022 200 GET shop.example/ 9c1f00aa12bc34df-FRA HIT 0.001",
    ]);
    assert_eq!(
        (rows[0].method.as_deref(), rows[0].host.as_deref(), rows[0].target.as_deref(), rows[0].status),
        (Some("GET"), Some("shop.example"), Some("/cart?id=7"), Some(500))
    );
    assert_eq!(rows[0].request_time, Some(Duration::from_milliseconds(402)));
    assert_eq!(rows[0].remote_port, Some(41022));
}

#[test]
fn apache_is_told_by_its_dash_for_no_bytes() {
    let rows = learn_and_read(&[
        r#"10.0.0.7 - - [17/Nov/2026:08:01:02 +0000] "GET / HTTP/1.1" 304 -"#,
        r#"10.0.0.7 - - [17/Nov/2026:08:01:02 +0000] "GET / HTTP/1.1" 200 12"#,
    ]);
    assert!(!rows[0].time_is_end);
    assert_eq!((rows[0].body_bytes, rows[1].body_bytes), (None, Some(12)));
}

#[test]
fn other_separators_and_times_are_learned() {
    let rows = learn_and_read(
        &["1794902461.123|172.68.10.9|GET /a b HTTP/1.1|520|shop.example|9c1f00aa12bc34de-FRA"; 3],
    );
    assert_eq!((rows[0].status, rows[0].resolution), (Some(520), Duration::MILLISECOND));
    let rows = learn_and_read(
        &[r#"2026-11-17T08:01:01+00:00 172.68.10.9:41022 "GET /a HTTP/1.1" 520 12 shop.example"#; 2],
    );
    assert_eq!((rows[0].status, rows[0].remote_port), (Some(520), Some(41022)));
    assert_eq!(rows[0].host.as_deref(), Some("shop.example"));
}

#[test]
fn messages_are_no_access_log() {
    let line =
        b"2026/11/17 08:01:01 [error] 7#7: *9 connect() failed (111: Connection refused) while connecting";
    assert!(InferredFormat::learn(&[line.as_slice()]).is_none());
}

proptest! {
    #[test]
    fn no_line_stops_the_inference(lines: Vec<Vec<u8>>, odd in "[\\[\\]\"=, :0-9a-f/|-]{0,80}") {
        let mut samples: Vec<&[u8]> = lines.iter().map(Vec::as_slice).collect();
        samples.push(odd.as_bytes());
        let _ = InferredFormat::learn(&samples);
        let known = br#"10.0.0.7 - - [17/Nov/2026:08:01:02 +0000] "GET / HTTP/1.1" 200 7 "-" "curl""#;
        let format = InferredFormat::learn(&[known.as_slice()]).unwrap();
        for line in samples {
            let _ = format.parse_line(line);
        }
    }
}
