//! Reports are pasted into tickets. Data of visitors must not be in any of the three files unless the person asked for them.

use super::program::{Desk, access_line, edge_log};

const VISITOR: &str = "198.51.100.77";
const QUERY_VALUE: &str = "birthday-of-anna";
const COOKIE: &str = "s3cr3t-session";
const TOKEN: &str = "b3ar3r-t0ken";

/// An edge log, an access log, and a HAR file with a session cookie and a token.
fn desk() -> Desk {
    let desk = Desk::new();
    desk.put("incident/edge.log", edge_log());
    desk.put("incident/access.log", (0..9).map(access_line).collect::<String>());
    let header = |name: &str, value: &str| serde_json::json!({"name": name, "value": value});
    let har = serde_json::json!({"log": {"version": "1.2", "creator": {"name": "browser", "version": "1"}, "entries": [{
        "startedDateTime": "2026-11-20T09:00:10.000Z", "time": 250.0, "serverIPAddress": "104.16.1.1",
        "request": {"method": "GET", "url": format!("https://shop.example/cart?voucher={QUERY_VALUE}"), "httpVersion": "h2",
            "headers": [header("cookie", &format!("session={COOKIE}")), header("authorization", &format!("Bearer {TOKEN}"))],
            "cookies": [header("session", COOKIE)],
            "queryString": [header("voucher", QUERY_VALUE)], "headersSize": -1, "bodySize": 0},
        "response": {"status": 520, "statusText": "", "httpVersion": "h2",
            "headers": [header("cf-ray", "9f0000000000000a-AMS"), header("server", "cloudflare"),
                        header("set-cookie", &format!("session={COOKIE}; Secure"))],
            "cookies": [], "content": {"size": 0, "mimeType": "text/html"}, "redirectURL": "", "headersSize": -1, "bodySize": 0},
        "cache": {}, "timings": {"send": 0.0, "wait": 250.0, "receive": 0.0}}]}});
    desk.put("incident/browser.har", har.to_string());
    desk
}

fn holds(desk: &Desk, needle: &str) -> Vec<String> {
    let names = desk.names("report").into_iter();
    names
        .filter(|name| std::fs::read_to_string(desk.path("report").join(name)).unwrap().contains(needle))
        .collect()
}

#[test]
fn a_visitors_address_and_values_appear_only_where_asked_for() {
    let desk = desk();
    let report = desk.report(&["incident"]);
    assert_eq!(report["redacted"], true);
    for secret in [VISITOR, QUERY_VALUE, COOKIE, TOKEN] {
        assert!(holds(&desk, secret).is_empty(), "{secret}: {:?}", holds(&desk, secret));
    }
    let report = desk.report(&["incident", "--no-redact"]);
    assert_eq!(report["redacted"], false);
    assert_eq!(holds(&desk, QUERY_VALUE), ["index.html", "report.json", "report.md"]);
    // The sizes of cookies and tokens may explain a 520, their values never do: no option prints them.
    for secret in [COOKIE, TOKEN] {
        assert!(holds(&desk, secret).is_empty(), "{secret}: {:?}", holds(&desk, secret));
    }
}

#[test]
fn what_is_printed_is_redacted_as_the_files_are() {
    let desk = desk();
    let ray = super::program::ray(10);
    for arguments in [
        &["diagnose", "incident", "--format", "text"][..],
        &["diagnose", "incident", "--format", "json"],
        &["diagnose", "incident", "--format", "markdown"],
        &["explain", &ray, "incident"],
    ] {
        let ended = desk.run(arguments);
        assert_eq!(ended.status, Some(0), "{}", ended.err);
        for secret in [VISITOR, QUERY_VALUE, COOKIE, TOKEN] {
            assert!(!ended.out.contains(secret), "{arguments:?} prints {secret}");
        }
    }
    assert!(desk.run(&["explain", &ray, "incident", "--no-redact"]).out.contains(QUERY_VALUE));
}

/// If this breaks, `visitor-0002` of a ticket is somebody else in the story that is told to it.
#[test]
fn a_story_calls_a_visitor_as_the_report_does() {
    let desk = Desk::new();
    // Each asks for something else: so each line of the origin's log is known to be of one request.
    let log: String = edge_log()
        .lines()
        .zip(0..)
        .map(|(line, visit)| line.replace("/cart", &format!("/cart/{visit}")) + "\n")
        .collect();
    desk.put("incident/edge.log", log);
    let error = |visit: u32| {
        format!(
            "2026/11/20 09:00:{visit:02} [error] 811#811: *{visit} upstream prematurely closed connection while reading response header from upstream, \
             client: 198.51.100.{visit}, server: shop.example, request: \"GET /cart/{visit}?voucher={QUERY_VALUE} HTTP/1.1\", upstream: \"http://127.0.0.1:9000/cart/{visit}\"\n"
        )
    };
    desk.put("incident/error.log", [10, 20].map(error).concat());
    let report = desk.report(&["incident"]);
    let word = |text: &str| {
        text.split(|c: char| !c.is_alphanumeric() && c != '-')
            .find(|word| word.starts_with("visitor-"))
            .map(str::to_owned)
    };
    let cases = report["cases"].as_array().unwrap();
    let called: Vec<(String, String)> = cases
        .iter()
        .map(|case| (case["ray"].as_str().unwrap().to_owned(), word(&case["story"].to_string()).unwrap()))
        .collect();
    assert!(called.len() == 2 && called[0].1 != called[1].1, "{called:?}");
    for (ray, visitor) in called {
        let told = desk.run(&["explain", &ray, "incident"]);
        assert_eq!(word(&told.out), Some(visitor), "{}", told.out);
    }
}
