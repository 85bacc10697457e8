mod streams;

use super::*;
use crate::logs::format::access_format::AccessFormat;
use crate::logs::line_format::{Parsed, Skip};
use crate::logs::record::{LogRecord, RecordBody, RecordReader};
use crate::time::Time;
use proptest::prelude::*;

const ACCESS: &str = r#"172.68.10.9 - - [17/Nov/2026:08:01:01 +0000] "POST /cart?id=7 HTTP/1.1" 502 157 "-" "Mozilla/5.0" 9c1f00aa12bc34de-FRA"#;
const ERROR: &str = "2026/11/17 08:01:01 [error] 7#7: *9 connect() failed (111: Connection refused) while connecting to upstream, client: 172.68.10.9";
const EDGE: &str =
    r#"{"RayID":"9c1f00aa12bc34de","EdgeStartTimestamp":1794902461123000000,"EdgeResponseStatus":520}"#;

fn id(text: &str) -> &'static str {
    match recognise(text.as_bytes()) {
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

/// Rows of a text, read as it is recognised.
fn rows(text: &str) -> Vec<Parsed> {
    let TextContent::Log(format) = recognise(text.as_bytes()) else { panic!("no log: {text}") };
    read(text.as_bytes(), &format).into_iter().filter(|row| !matches!(row, Parsed::Skip(_))).collect()
}

/// What each record of a text is in a format.
fn read(text: &[u8], format: &LogFormat) -> Vec<Parsed> {
    let mut lines = format.reader(Time::parse_rfc3339("2026-11-17T12:00:00Z"));
    let mut out = Vec::new();
    let mut each = |record: LogRecord<'_>| {
        if let RecordBody::Text(line) = record.body {
            out.push(lines.parse(line));
        }
    };
    let mut records = RecordReader::new(format.splitting());
    records.feed(text, &mut each);
    records.finish(&mut each);
    out
}

#[test]
fn a_log_of_a_server_that_was_sent_binary_bytes_is_a_log() {
    let hello: String = (1..=31u8).filter(|byte| *byte != b'\n').map(char::from).collect();
    let line = format!(
        "2026/11/17 08:01:01 [error] 7#7: *9 broken header: \"{hello}\" while reading PROXY protocol, client: 172.68.10.9, server: 0.0.0.0:443\n"
    );
    assert_eq!(id(&line.repeat(40)), "nginx_error");
    assert_eq!(id(&hello.repeat(40)), "binary");
}

/// Otherwise the word of a server that was well at first is lost wherever a container's two outputs make one log.
#[test]
fn messages_that_come_late_into_a_stream_of_requests_are_read() {
    let apache = "[Tue Nov 17 08:01:01.123456 2026] [proxy:error] [pid 811:tid 140] [client 172.68.10.9:41022] AH00957: HTTP: attempt to connect to 10.0.0.5:8080 failed";
    let logger = r#"{"level":"error","ts":"2026-11-17T08:01:01.123Z","msg":"TimeoutError: Knex: Timeout acquiring a connection. The pool is probably full."}"#;
    for message in [ERROR, apache, logger] {
        let text = format!("{}{message}\n", format!("{ACCESS}\n").repeat(2 * MOST_SAMPLES));
        let messages = rows(&text).iter().filter(|row| matches!(row, Parsed::Message(_))).count();
        assert_eq!((id(&text), messages), ("nginx_access", 1), "{message}");
    }
}

/// The rows of a text by what they are: requests, messages, and messages that are known.
fn counted(text: &str) -> (usize, usize, usize) {
    let rows = rows(text);
    let requests = rows.iter().filter(|row| matches!(row, Parsed::Access(_))).count();
    let known = |row: &&Parsed| matches!(row, Parsed::Message(row) if row.signature.is_some());
    (requests, rows.len() - requests, rows.iter().filter(known).count())
}

/// Lines of two kinds in one stream, so many of the first for each of the second.
fn mixed(first: &str, many: usize, second: &str, few: usize) -> String {
    let first = format!("{first}\n").repeat(many);
    format!("{first}{second}\n").repeat(few)
}

/// Otherwise requests are lost wherever a container complains more than it serves, or complains first.
#[test]
fn requests_that_are_few_or_late_among_messages_are_read() {
    let apache = "[Tue Nov 17 08:01:01.123456 2026] [proxy:error] [pid 811:tid 140] [client 172.68.10.9:41022] AH00957: HTTP: attempt to connect to 10.0.0.5:8080 failed";
    let combined = ACCESS.trim_end_matches(" 9c1f00aa12bc34de-FRA");
    let common = r#"172.68.10.9 - - [17/Nov/2026:08:01:01 +0000] "GET /cart HTTP/1.1" 502 157"#;
    for (messages, request) in [(ERROR, combined), (apache, common)] {
        for wrapped in ["", "web-1  | "] {
            let (message, request) = (format!("{wrapped}{messages}"), format!("{wrapped}{request}"));
            assert_eq!(counted(&mixed(&message, 40, &request, 3)), (3, 120, 120), "few: {message}");
            let late = format!("{}{request}\n", format!("{message}\n").repeat(2 * MOST_SAMPLES));
            assert_eq!(counted(&late), (1, 2 * MOST_SAMPLES, 2 * MOST_SAMPLES), "late: {message}");
            assert_eq!(counted(&mixed(&request, 40, &message, 3)), (120, 3, 3), "few messages: {message}");
            assert_eq!(counted(&mixed(&request, 1, &message, 3)), (3, 3, 3), "as many: {message}");
        }
    }
}

/// Otherwise one of two kinds is lost: the few below one line in twenty, those of which each begins with an instant, and messages that look like requests.
#[test]
fn both_kinds_of_a_stream_are_read_whichever_are_more() {
    let combined = ACCESS.trim_end_matches(" 9c1f00aa12bc34de-FRA");
    let requests = [
        combined,
        r#"172.68.10.9 - - [17/Nov/2026:08:01:01 +0000] "POST /cart?id=7 HTTP/1.1" 502 157"#,
        r#"172.18.0.4 -  17/Nov/2026:08:01:01 +0000 "GET /index.php" 200"#,
        r#"{"time":"2026-11-17T08:01:01+00:00","remote_addr":"172.68.10.9","request":"GET /a HTTP/1.1","status":"502","request_time":"0.402"}"#,
        r#"{"level":"info","ts":1794902470.4,"logger":"http.log.access.log0","msg":"handled request","request":{"remote_ip":"172.70.1.2","method":"GET","host":"shop.example","uri":"/a","headers":{}},"duration":0.01,"size":4096,"status":200}"#,
        r#"172.68.10.9:41022 [17/Nov/2026:08:01:01.133] fe~ app/web1 0/0/1/-1/3 502 217 - - SH-- 1/1/1/1/0 0/0 "GET / HTTP/1.1""#,
    ];
    let messages = [
        ERROR,
        "[Tue Nov 17 08:01:01.123456 2026] [proxy:error] [pid 811:tid 140] [client 172.68.10.9:41022] AH00957: HTTP: attempt to connect to 10.0.0.5:8080 failed",
        "[17-Nov-2026 08:01:01] WARNING: [pool www] server reached pm.max_children setting (50)",
        "2026-11-17 08:01:01,123 ERROR shop.cart SQLSTATE[08004] [1040] Too many connections",
        "[2026-11-17 09:01:20 +0100] [7] [CRITICAL] WORKER TIMEOUT (pid:811)",
        r#"{"level":"error","ts":1794902476.49,"logger":"http.log.error.log0","msg":"dial tcp 127.0.0.1:8080: connect: connection refused","request":{"remote_ip":"172.70.1.2","method":"GET","host":"shop.example","uri":"/a","headers":{}},"duration":2.98,"status":502}"#,
        r#"{"level":50,"time":1794902461123,"pid":811,"hostname":"web1","err":{"type":"Error","message":"too many open files","stack":"Error: EMFILE: too many open files, open '/srv/x'","code":"EMFILE"},"msg":"request failed"}"#,
        "DAMN ! worker 3 (pid: 811) died, killed by signal 9 :( trying respawn ...",
    ];
    let mut lost = Vec::new();
    for request in requests {
        for message in messages {
            for (many, few) in [(1, 30), (60, 1)] {
                let (more, less) = (many * few, few);
                let of_requests = counted(&mixed(request, many, message, few));
                let of_messages = counted(&mixed(message, many, request, few));
                if (of_requests.0, of_requests.2) != (more, less)
                    || (of_messages.0, of_messages.2) != (less, more)
                {
                    lost.push(format!("{many}:1 {of_requests:?} {of_messages:?} of {request} and {message}"));
                }
            }
        }
    }
    assert!(lost.is_empty(), "{lost:#?}");
}

/// Otherwise what nginx says is taken for the application's own words, and known for nothing, where both write into one stream.
#[test]
fn messages_of_a_web_server_among_those_of_an_application_are_its_own() {
    let application = "2026-11-17 08:01:01,123 INFO shop.cart cart is ready";
    let (requests, messages, known) = counted(&mixed(application, 5, ERROR, 8));
    assert_eq!((requests, messages, known), (0, 48, 8));
    let combined = ACCESS.trim_end_matches(" 9c1f00aa12bc34de-FRA");
    let text = mixed(&format!("{application}\n{ERROR}"), 30, combined, 1);
    assert_eq!(counted(&text), (1, 60, 30));
    let trace = format!("{application}\n{ERROR}\nKeyError: 'cart'\n").repeat(20);
    let causes = rows(&trace).into_iter().filter(|row| matches!(row, Parsed::Cause(_)));
    assert_eq!(causes.count(), 0, "an exception of the application is no part of nginx's message");
}

/// Otherwise nginx's word for a server behind that is not there is an application's, as soon as that one writes its requests into the same stream.
#[test]
fn messages_of_a_web_server_beside_requests_of_two_programs_are_its_own() {
    let uvicorn = "INFO:     172.20.0.2:36432 - \"GET /cart HTTP/1.0\" 200 OK";
    let text = format!("{}{ERROR}\n{ERROR}\n", format!("{ACCESS}\n{ACCESS}\n{uvicorn}\n").repeat(20));
    assert_eq!(counted(&text), (40, 22, 2));
}

/// Otherwise a second program in a stream of requests takes the place of the web server's own messages.
#[test]
fn three_kinds_of_lines_in_one_stream_are_read() {
    let fpm = "[17-Nov-2026 08:01:01] WARNING: [pool www] server reached pm.max_children setting (50)";
    let text = format!("{}{fpm}\n{fpm}\n{fpm}\n{ERROR}\n", format!("{ACCESS}\n").repeat(40));
    assert_eq!(counted(&text), (40, 4, 4));
}

#[test]
fn every_kind_of_log_is_known_by_one_line_of_it() {
    for (line, expected) in [
        (ACCESS, "nginx_access"),
        (ERROR, "nginx_error"),
        (EDGE, "cloudflare"),
        (
            "[Tue Nov 17 08:01:01.123456 2026] [proxy_fcgi:error] [pid 811:tid 1403] [client 172.68.10.9:41022] AH01071: x",
            "apache_error",
        ),
        ("[17-Nov-2026 08:01:01] WARNING: [pool www] server reached pm.max_children setting (50)", "php_fpm"),
        ("172.68.10.9:41022 [17/Nov/2026:08:01:01.133] tls app/web1 1/-1/5007 0 sC 1/1/1/1/3 0/0", "haproxy"),
        (
            r#"172.68.10.9:41022 [17/Nov/2026:08:01:01.133] fe~ app/web1 0/0/1/-1/3 502 217 - - SH-- 1/1/1/1/0 0/0 "GET / HTTP/1.1""#,
            "haproxy_http",
        ),
        (
            r#"[2026-11-17T08:01:01.1Z] "GET / HTTP/2" 503 UC 0 95 2 - "198.51.100.9" "a" "b" "shop.example" "10.0.0.5:80""#,
            "envoy_access",
        ),
        (
            "1794902476.502   3002 172.70.1.2 TCP_MISS/502 4034 GET http://shop.example/a - HIER_DIRECT/10.0.0.5 -",
            "squid_access",
        ),
        ("method=GET path=/a format=html controller=A action=b status=502 duration=3.12", "rails"),
        ("[Nov17 08:01] Out of memory: Killed process 811 (php-fpm)", "kernel"),
        ("[ 8123.456789] web1 kernel: a\n[ 8123.456790] web1 app[7]: b", "journal_monotonic"),
        (
            r#"{"outcome":"ok","scriptName":"shop","exceptions":[],"logs":[],"eventTimestamp":1794902461123,"event":{"cron":"x"}}"#,
            "workers_trace",
        ),
        (
            r#"{"ray_id":"9c1f00aa12bc34de","edge_start_timestamp":1794902461,"edge_response_status":520,"client_request_host":"a"}"#,
            "cloudflare_renamed",
        ),
        ("*   << Request  >> 2\n-   Begin          req 1 rxreq", "varnishlog"),
        ("2026-11-17 08:01:01: (server.c.1939) server started (lighttpd/1.4.69)", "lighttpd_error"),
        ("2026-11-17 08:01:01.123456 [NOTICE] [811] [172.68.10.9:41022:HTTP2-41#shop] x", "litespeed_error"),
        ("2026.11.17 08:01:01 LOG5[41]: Service [web] accepted connection from 172.68.10.9:41022", "stunnel"),
        (
            "Nov 17 08:01:01 lb1 stunnel: LOG5[41]: Connection closed: 1 byte(s) sent to TLS, 1 byte(s) sent to socket",
            "stunnel",
        ),
        ("20261117T080101.123456 [  811] 172.68.10.9:41022 :0 7:8 proxy connect", "hitch"),
        (
            "--a1b2c3d4-A--\n[17/Nov/2026:08:01:01 +0000] Zx 172.68.10.9 41022 10.0.0.2 443",
            "modsecurity_audit",
        ),
        (r#"{"level":"error","ts":1794902476.4,"logger":"http.log.error","msg":"EOF"}"#, "caddy"),
        (r#"time="2026-11-17T08:01:01Z" level=error msg="x" providerName=docker"#, "traefik"),
        ("time=2026-11-17T08:01:01Z level=info status=502 method=GET path=/a", "logfmt_access"),
        ("[ 8123.456789] Out of memory: Killed process 811 (php-fpm)", "kernel"),
        ("Nov 17 08:01:01 web1 kernel: Out of memory: Killed process 811 (php-fpm)", "syslog"),
        ("<34>1 2026-11-17T08:01:01Z web1 app 7 - - hello", "syslog"),
        (
            r#"{"__REALTIME_TIMESTAMP":"1794902461123456","MESSAGE":"x","SYSLOG_IDENTIFIER":"y"}"#,
            "journal_json",
        ),
        ("__CURSOR=s=1\n__REALTIME_TIMESTAMP=1794902461123456\nMESSAGE=x\n\n", "journal_export"),
        (r#"{"time":"2026-11-17T08:01:01Z","status":502,"method":"GET","path":"/"}"#, "json_access"),
        ("[2026-11-17 08:01:01 +0000] [7] [CRITICAL] WORKER TIMEOUT (pid:811)", "application"),
        (
            "#Fields: date time c-ip cs-method cs-uri-stem sc-status\n2026-11-17 08:01:01 1.2.3.4 GET / 200",
            "w3c_access",
        ),
        (
            "#Fields: date time c-ip cs-method cs-uri sc-status s-reason\n2026-11-17 08:01:01 1.2.3.4 GET / 503 QueueFull",
            "httperr",
        ),
        (r#"{"log":{"version":"1.2","creator":{},"entries":[]}}"#, "har"),
        ("server {\n  listen 80;\n  root /x;\n}\n", "nginx_config"),
        ("", "empty"),
        ("\u{feff}\r\n\0\0", "empty"),
        ("a,b,c\n1,2,3\n4,5,6\n", "csv"),
        (r#"{"openapi":"3.0","paths":{}}"#, "json"),
        ("Dear all,\nplease see below.\n", "text"),
    ] {
        assert_eq!(id(line), expected, "{line}");
    }
    assert_eq!(id("\u{1}\u{2}\u{3}\u{4}"), "binary");
}

#[test]
fn edge_records_are_found_in_every_wrapper() {
    for text in [
        format!("{EDGE}\n{EDGE}\n"),
        format!("[{EDGE},{EDGE}]"),
        format!("[\n  {EDGE},\n  {EDGE}\n]"),
        format!("{{\"events\":[{EDGE},{EDGE}]}}"),
        format!("{EDGE}{EDGE}"),
        format!("{{\"info\":{EDGE}}}\n{{\"info\":{EDGE}}}\n"),
        EDGE.replace(',', ",\n").repeat(2),
    ] {
        let found = rows(&text);
        assert_eq!(found.len(), 2, "{text}");
        assert!(found.iter().all(|row| matches!(row, Parsed::Edge(_))), "{text}");
    }
}

#[test]
fn collectors_wrappings_are_taken_off_before_judging() {
    let docker = |line: &str| {
        format!(
            "{{\"log\":{},\"stream\":\"stderr\",\"time\":\"2026-11-17T08:01:01Z\"}}\n",
            serde_json::to_string(&format!("{line}\n")).unwrap()
        )
    };
    let wrapped = [
        docker(ERROR).repeat(3),
        format!("2026-11-17T08:01:01.5Z stderr F {ERROR}\n").repeat(3),
        format!("web_1  | {ERROR}\n").repeat(3),
    ];
    for text in &wrapped {
        assert_eq!(id(text), "nginx_error", "{text}");
        assert_eq!(rows(text).len(), 3);
    }
    // The collector's zone wins over a local time.
    let Parsed::Message(row) = &rows(&wrapped[0])[0] else { panic!() };
    assert!(!row.time_is_local);
    assert_eq!(id(&docker(ACCESS).repeat(3)), "nginx_access");
    let syslog = format!("Nov 17 08:01:01 web1 nginx: {ACCESS}\n").repeat(3);
    assert!(matches!(rows(&syslog)[0], Parsed::Access(ref row) if row.ray.is_some()));
}

#[test]
fn a_mixed_file_goes_to_the_majority_and_damage_is_counted() {
    let text = format!("{}{ERROR}\nrubbish\n", format!("{ACCESS}\r\n").repeat(8));
    let TextContent::Log(format) = recognise(text.as_bytes()) else { panic!() };
    let lost = read(text.as_bytes(), &format);
    assert_eq!(lost.iter().filter(|row| **row == Parsed::Skip(Skip::Unparsed)).count(), 1);
    assert_eq!(rows(&text).len(), 9);
    let trace = format!("{ERROR}\n{}", "#0 /var/www/x.php(3): boom()\n  thrown in /x\n".repeat(2));
    assert_eq!(id(&trace), "nginx_error");
}

#[test]
fn inputs_of_one_format_do_not_mix_what_they_remember() {
    let reader = |text: &str| {
        let TextContent::Log(format) = recognise(text.as_bytes()) else { panic!("{text}") };
        (format.reader(None), format.reader(None))
    };
    let part = "2026-11-17T08:01:01.5Z stderr P 2026/11/17 08:01:01 [error] 7#7: *9 con";
    let (mut one, mut other) = reader(&format!("2026-11-17T08:01:01.5Z stderr F {ERROR}\n"));
    assert_eq!(one.parse(part.as_bytes()), Parsed::Skip(Skip::Partial));
    let whole = format!("2026-11-17T08:01:02.5Z stderr F {ERROR}");
    let Parsed::Message(row) = other.parse(whole.as_bytes()) else { panic!() };
    assert!(row.text.starts_with("connect() failed"), "the part belongs to the other input: {}", row.text);
    let line = b"2026-11-17 08:01:01 1.2.3.4 200";
    let (mut one, mut other) = reader("#Fields: date time c-ip sc-status\n2026-11-17 08:01:01 1.2.3.4 200\n");
    one.parse(b"#Fields: date time c-ip sc-bytes");
    let (Parsed::Skip(Skip::Unparsed), Parsed::Access(row)) = (one.parse(line), other.parse(line)) else {
        panic!()
    };
    assert_eq!(row.status, Some(200), "columns that change in one file stay in the other");
}

#[test]
fn a_format_that_is_told_is_taken_before_a_guess() {
    let format = AccessFormat::parse(r#"$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent" $http_cf_ray"#).unwrap();
    let known = KnownFormats { access: vec![format], ..KnownFormats::default() };
    let TextContent::Log(format) = recognise_among(ACCESS.as_bytes(), &known) else { panic!() };
    assert!(format!("{format:?}").contains("AccessFormat"));
    assert!(matches!(read(ACCESS.as_bytes(), &format)[..], [Parsed::Access(_)]));
}

/// Without timers nothing shows that HAProxy's two letters are a state; its configuration does.
#[test]
fn a_layout_of_haproxys_own_is_read_by_its_configuration() {
    let line = |time: &str, status: u16, state: &str| {
        format!(
            "Nov 17 {time} lb1 haproxy[811]: 172.68.10.9:41022 [17/Nov/2026:{time}.133] \"GET /cart HTTP/1.1\" {status} {state} web1\n"
        )
    };
    let text = line("08:01:01", 503, "sQ") + &line("08:01:02", 200, "--") + &line("08:01:03", 502, "SD");
    let endings = |known: &KnownFormats| {
        let TextContent::Log(format) = recognise_among(text.as_bytes(), known) else { panic!("no log") };
        let rows = read(text.as_bytes(), &format).into_iter().map(|parsed| match parsed {
            Parsed::Access(row) => row.ending().map(|ending| ending.id),
            other => panic!("{other:?}"),
        });
        rows.collect::<Vec<_>>()
    };
    let config = "defaults\n    mode http\n    log-format \"%ci:%cp [%tr] %{+Q}r %ST %ts %s\"\n    timeout client 30s\n";
    let TextContent::Document(document) = recognise(config.as_bytes()) else { panic!("no configuration") };
    let mut known = KnownFormats::default();
    known.learn("haproxy.cfg", config.as_bytes(), Some(document));
    let told = [Some("haproxy-queue-timed-out"), None, Some("haproxy-server-cut-response")];
    assert_eq!((endings(&known), endings(&KnownFormats::default())), (told.to_vec(), vec![None; 3]));
    // Messages of the same machine are no requests.
    let messages = "Nov 17 08:01:01 lb1 haproxy[811]: Proxy fe started.\nNov 17 08:01:02 lb1 cron[77]: (root) CMD (true)\n";
    let TextContent::Log(format) = recognise_among(messages.as_bytes(), &known) else { panic!("no log") };
    assert_eq!(format.id(), "syslog");
}

#[test]
fn refusals_say_what_to_give_instead() {
    for text in ["", "a,b,c\n1,2,3\n", "{\"a\":1}", "hello"] {
        assert!(recognise(text.as_bytes()).refusal().is_some_and(|reason| !reason.is_empty()), "{text}");
    }
    assert_eq!(recognise(ACCESS.as_bytes()).refusal(), None);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    /// Whatever a folder holds, recognising and reading it must come to an end without a panic.
    #[test]
    fn no_input_stops_recognition_or_reading(
        bytes: Vec<u8>,
        prefix in prop::sample::select(vec![ACCESS, ERROR, EDGE, "[Tue Nov 17 08:01:01.1 2026] [a:error] ", "[17-Nov-2026 08:01:01] ", "Nov 17 08:01:01 h kernel: [1.0] ", "{\"log\":\"", "<34>1 2026-11-17T08:01:01Z a b c d [", "2026-11-17T08:01:01Z stderr F ", "#Fields: date time\n", "h haproxy[1]: 1.2.3.4:5 [17/Nov/2026:08:01:01.123] a b/c "]),
        cut in 0usize..200,
    ) {
        let mut text = prefix.as_bytes()[..cut.min(prefix.len())].to_vec();
        text.extend_from_slice(&bytes);
        for input in [&bytes, &text] {
            let _ = recognise(input);
            let sample = Sample { head: input, lines: input.split(|byte| *byte == b'\n').collect() };
            for format in DETECTORS.iter().filter_map(|detect| detect(&sample)) {
                let _ = read(input, &format);
            }
            let _ = crate::logs::NginxConfig::read(input);
        }
    }
}
