use super::*;
use crate::time::{Duration, Time};
use proptest::prelude::*;

const TYPICAL: &str = concat!(
    r#"$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "#,
    r#""$http_user_agent" "$http_cf_ray" rt=$request_time uct=$upstream_connect_time "#,
    r#"uht=$upstream_header_time urt=$upstream_response_time us=$upstream_status ua=$upstream_addr "#,
    r#"rp=$remote_port c=$connection r=$connection_requests"#
);

#[test]
fn the_combined_format_gives_what_nginx_wrote() {
    let line = AccessFormat::combined()
        .parse_line(br#"172.68.10.9 - john doe [17/Nov/2026:08:01:01 +0000] "POST /cart?id=7 HTTP/1.1" 502 157 "-" "Mozilla/5.0 (X11)""#)
        .unwrap();
    assert_eq!(line.time, Time::parse_rfc3339("2026-11-17T08:01:01Z").unwrap());
    assert_eq!((line.resolution, line.time_is_end, line.time_is_local), (Duration::SECOND, true, false));
    assert_eq!(line.remote_address, Some("172.68.10.9".parse().unwrap()));
    assert_eq!((line.method.as_deref(), line.target.as_deref()), (Some("POST"), Some("/cart?id=7")));
    assert_eq!((line.status, line.body_bytes), (Some(502), Some(157)));
    assert_eq!(line.user_agent.as_deref(), Some("Mozilla/5.0 (X11)"));
}

#[test]
fn a_format_with_upstream_lists_loses_no_try() {
    let line = AccessFormat::parse(TYPICAL)
        .unwrap()
        .parse_line(br#"172.68.10.9 - - [17/Nov/2026:08:01:01 +0000] "GET / HTTP/1.1" 200 157 "-" "-" "9c1f00aa12bc34de-FRA" rt=0.402 uct=0.000, 0.001 uht=-, 0.200 urt=0.201, 0.200 us=502, 200 ua=127.0.0.1:9000, 127.0.0.1:9001 rp=41022 c=8812 r=37"#)
        .unwrap();
    assert_eq!(line.ray.unwrap().ray.to_string(), "9c1f00aa12bc34de");
    assert_eq!(line.request_time, Some(Duration::from_milliseconds(402)));
    assert_eq!(line.upstream.len(), 2);
    assert_eq!(line.upstream[0].status, Some(502));
    assert_eq!(line.upstream[1].header_time, Some(Duration::from_milliseconds(200)));
    assert_eq!(
        (line.remote_port, line.connection, line.connection_requests),
        (Some(41022), Some(8812), Some(37))
    );
}

#[test]
fn a_list_that_ends_at_a_blank_is_read_to_its_end() {
    let format = AccessFormat::parse("$msec $upstream_addr $status $upstream_status").unwrap();
    let line =
        format.parse_line(b"1794902461.123 127.0.0.1:1, unix:/a : 127.0.0.1:2 502 502, 504 : 200").unwrap();
    assert_eq!((line.upstream.len(), line.status), (3, Some(502)));
    assert_eq!((line.resolution, line.upstream[2].status), (Duration::MILLISECOND, Some(200)));
}

/// Microsoft's gateways hand on the visitor's port with his address; who asks again in a loop is told by the address.
#[test]
fn whom_forwarded_for_names_is_known_with_his_port_too() {
    let format = AccessFormat::parse(r#"$msec $status "$http_x_forwarded_for""#).unwrap();
    for names in ["198.51.100.9:50312, 10.0.0.7", "198.51.100.9, 10.0.0.7:443"] {
        let line = format.parse_line(format!("1794902461.123 502 \"{names}\"").as_bytes()).unwrap();
        assert_eq!(line.visitor, Some(Box::new("198.51.100.9".parse().unwrap())));
        assert_eq!(line.remote_address, Some("10.0.0.7".parse().unwrap()));
    }
}

#[test]
fn json_formats_are_read_with_their_escapes() {
    let format = AccessFormat::parse(
        r#"{"t":"$time_iso8601","ray":"$http_cf_ray","req":"$request","s":$status,"ua":"$http_user_agent"}"#,
    )
    .unwrap();
    let line = format
        .parse_line(br#"{"t":"2026-11-17T09:01:01+01:00","ray":"","req":"GET /\"q\\u00e9 HTTP/1.1","s":200,"ua":"a\"b"}"#)
        .unwrap();
    assert_eq!(line.time, Time::parse_rfc3339("2026-11-17T08:01:01Z").unwrap());
    assert_eq!(line.user_agent.as_deref(), Some("a\"b"));
    assert_eq!(line.ray, None);
    assert_eq!(line.status, Some(200));
}

#[test]
fn apache_formats_know_their_units_and_that_time_is_the_start() {
    let format = AccessFormat::parse(
        r#"%h %l %u %t \"%r\" %>s %b \"%{Referer}i\" \"%{User-agent}i\" %{CF-Ray}i %D %{remote}p %k %X %I %O"#,
    )
    .unwrap();
    let line = format
        .parse_line(br#"172.68.10.9 - - [17/Nov/2026:08:01:01 +0000] "GET /a\"b HTTP/1.1" 200 - "-" "x \"y\"" 9c1f00aa12bc34de-FRA 402113 41022 3 X 812 0"#)
        .unwrap();
    assert!(!line.time_is_end);
    assert_eq!(line.target.as_deref(), Some("/a\"b"));
    assert_eq!((line.body_bytes, line.request_time), (None, Some(Duration::from_microseconds(402_113))));
    assert_eq!((line.remote_port, line.connection_requests), (Some(41022), Some(4)));
    assert_eq!(
        (line.termination.map(|state| state.code).as_deref(), line.request_bytes, line.sent_bytes),
        (Some("X"), Some(812), Some(0))
    );
    assert_eq!(line.user_agent.as_deref(), Some("x \"y\""));
}

#[test]
fn a_tls_hello_on_the_plain_port_stays_visible() {
    let line = AccessFormat::combined()
        .parse_line(br#"10.0.0.1 - - [17/Nov/2026:08:01:01 +0000] "\x16\x03\x01\x02\x00" 400 157 "-" "-""#)
        .unwrap();
    assert_eq!(line.odd_request_line.as_deref(), Some(r"\x16\x03\x01\x02\x00"));
    let empty = AccessFormat::combined()
        .parse_line(br#"10.0.0.1 - - [17/Nov/2026:08:01:01 +0000] "" 400 0 "-" "-""#)
        .unwrap();
    assert_eq!((empty.method, empty.odd_request_line, empty.status), (None, None, Some(400)));
}

#[test]
fn format_strings_that_cannot_work_say_why() {
    assert_eq!(AccessFormat::parse("").unwrap_err(), FormatError::NoField);
    assert_eq!(AccessFormat::parse("$remote_addr $status").unwrap_err(), FormatError::NoTime);
    assert!(AccessFormat::parse("$msec $status$bytes_sent").unwrap_err().to_string().contains("$bytes_sent"));
}

proptest! {
    /// A format that its own server wrote must give back what was written, or rows are silently wrong.
    #[test]
    fn what_a_format_writes_it_reads_back(
        seconds in 1_000_000_000i64..4_000_000_000,
        status in 100u16..600,
        bytes: u64,
        ray: u64,
        target in "/[!#-\\[\\]-~]{0,40}",
        agent in "[ !#-\\[\\]-~]{2,40}",
        millis in 0i64..1_000_000,
        port: u16,
    ) {
        let time = Time::from_seconds(seconds, 0);
        let stamp = time.to_string();
        let line = format!(
            r#"10.1.2.3 - - [{}+00:00] "GET {target} HTTP/1.1" {status} {bytes} "-" "{agent}" "{ray:016x}-LAX" rt={}.{:03} uct=- uht=- urt=- us=- ua=- rp={port} c=1 r=2"#,
            &stamp[..19], millis / 1000, millis % 1000
        );
        let format = AccessFormat::parse(&TYPICAL.replace("time_local", "time_iso8601")).unwrap();
        let row = format.parse_line(line.as_bytes()).unwrap();
        prop_assert_eq!(row.time, time);
        prop_assert_eq!(row.status, Some(status));
        prop_assert_eq!(row.body_bytes, Some(bytes));
        prop_assert_eq!(row.ray.unwrap().ray.0, ray);
        prop_assert_eq!(row.target.as_deref(), Some(target.as_str()));
        prop_assert_eq!(row.user_agent.as_deref(), Some(agent.as_str()));
        prop_assert_eq!(row.request_time, Some(millis * Duration::MILLISECOND));
        prop_assert_eq!(row.remote_port, Some(port));
        prop_assert!(row.upstream.is_empty());
    }

    /// Lines come from strangers: none may stop the run.
    #[test]
    fn no_line_stops_a_format(line: Vec<u8>, format in "[$%a-z{}\"\\[\\] >_]{0,40}") {
        let _ = AccessFormat::combined().parse_line(&line);
        if let Ok(format) = AccessFormat::parse(&format) {
            let _ = format.parse_line(&line);
        }
    }
}
