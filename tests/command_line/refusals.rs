//! Requests that only a line makes failures, and requests past the edge. If these break, visitors whom a rule or a limit turned away are
//! called well, or robots and health checks are an alarm.

use serde_json::{Value, json};

use super::program::{Desk, ray};

/// A shop's edge log of a minute: one visit a second, all well but those that `answer` gives another status of the origin.
fn edge_log(answer: impl Fn(u32) -> u16) -> String {
    let record = |visit: u32| {
        let status = answer(visit);
        json!({
            "RayID": ray(visit),
            "EdgeStartTimestamp": format!("2026-11-20T09:00:{visit:02}.100Z"),
            "EdgeEndTimestamp": format!("2026-11-20T09:00:{visit:02}.250Z"),
            "ClientIP": format!("198.51.100.{}", visit % 7),
            "ClientRequestSource": "eyeball",
            "ClientRequestHost": "shop.example",
            "ClientRequestMethod": if status == 411 { "POST" } else { "GET" },
            "ClientRequestURI": path(visit),
            "EdgeColoCode": "AMS",
            "EdgeServerIP": "162.158.84.5",
            "EdgeResponseStatus": status,
            "OriginIP": "203.0.113.7",
            "OriginResponseStatus": status,
        })
    };
    (0..60).map(|visit| format!("{}\n", record(visit))).collect()
}

fn path(visit: u32) -> String {
    format!("/product/{}", visit % 4)
}

/// nginx's line about a visit.
fn error_line(visit: u32, level: &str, message: &str) -> String {
    format!(
        "2026/11/20 09:00:{visit:02} [{level}] 811#811: *{visit} {message}, client: 162.158.84.5, server: shop.example, \
         request: \"GET {} HTTP/1.1\", host: \"shop.example\"\n",
        path(visit)
    )
}

/// Every tenth visit.
fn chosen(visit: u32) -> bool {
    visit % 10 == 3
}

fn told(report: &Value) -> (u64, Option<&str>) {
    (report["totals"]["failed_requests"].as_u64().unwrap(), report["causes"][0]["slug"].as_str())
}

/// What is told of an incident in which chosen visits got `status` and a line of nginx says `message` of them.
fn refused(status: u16, level: &str, message: &str) -> Value {
    let desk = Desk::new();
    desk.put("edge/a.log", edge_log(|visit| if chosen(visit) { status } else { 200 }));
    let lines = (0..60).filter(|visit| chosen(*visit)).map(|visit| error_line(visit, level, message));
    desk.put("origin/nginx/error.log", lines.collect::<String>());
    desk.report(&["."])
}

#[test]
fn a_line_that_names_a_rule_a_limit_or_a_certificate_makes_the_failure() {
    for (status, level, message, slug) in [
        (403, "error", "access forbidden by rule", "security-block"),
        (429, "error", "limiting requests, excess: 5.020 by zone \"one\"", "client-throttle"),
        (
            400,
            "info",
            "client sent no required SSL certificate while reading client request headers",
            "tls-client-certificate-required",
        ),
        (
            414,
            "info",
            "client sent too long URI while reading client request line",
            "request-header-too-large",
        ),
    ] {
        assert_eq!(told(&refused(status, level, message)), (6, Some(slug)), "{message}");
    }
}

#[test]
fn the_same_status_without_such_a_line_is_healthy_traffic() {
    for (status, message) in [
        (403, "open() \"/var/www/x\" failed (2: No such file or directory)"),
        (404, "access forbidden by rule"),
        (200, "delaying request, excess: 0.400, by zone \"one\""),
        (429, "client closed connection while waiting for request"),
    ] {
        assert_eq!(told(&refused(status, "error", message)), (0, None), "{status} {message}");
    }
}

#[test]
fn a_line_of_another_time_is_about_none_of_them() {
    let desk = Desk::new();
    desk.put("edge/a.log", edge_log(|visit| if visit == 3 { 403 } else { 200 }));
    desk.put(
        "origin/nginx/error.log",
        error_line(33, "error", "access forbidden by rule").replace(&path(33), &path(3)),
    );
    assert_eq!(told(&desk.report(&["."])).0, 0);
}

#[test]
fn a_411_names_the_framing_by_itself() {
    let desk = Desk::new();
    desk.put("edge/a.log", edge_log(|visit| if chosen(visit) { 411 } else { 200 }));
    assert_eq!(told(&desk.report(&["."])), (6, Some("request-framing")));
}

#[test]
fn a_proxys_state_makes_the_failure_with_a_ray_and_without() {
    let line = |visit: u32, captured: &str| {
        let (status, state) = if chosen(visit) { (429, "PR--") } else { (200, "----") };
        format!(
            "Nov 20 09:00:{visit:02} lb1 haproxy[812]: 162.158.84.5:{} [20/Nov/2026:09:00:{visit:02}.101] web web/web1 0/0/1/5/6 {status} \
             225 - - {state} 16/16/0/0/0 0/0 {captured}\"GET {} HTTP/1.1\"\n",
            33_000 + visit,
            path(visit)
        )
    };
    for with_ray in [true, false] {
        let captured = |visit| if with_ray { format!("{{{}-AMS}} ", ray(visit)) } else { String::new() };
        let desk = Desk::new();
        desk.put("edge/a.log", edge_log(|visit| if chosen(visit) { 429 } else { 200 }));
        desk.put(
            "origin/haproxy.log",
            (0..60).map(|visit| line(visit, &captured(visit))).collect::<String>(),
        );
        assert_eq!(told(&desk.report(&["."])), (6, Some("client-throttle")), "{with_ray}");
    }
}

/// A line of nginx's combined format; those of the edge's addresses have a ray behind it.
fn access_line(second: u32, peer: &str, status: u16, with_ray: bool) -> String {
    let ray = if with_ray { format!("{}-AMS", ray(second)) } else { "-".to_owned() };
    format!(
        "{peer} - - [20/Nov/2026:09:00:{second:02} +0000] \"GET /status HTTP/1.1\" {status} 5 \"-\" \"Monitor/1.0\" \"{ray}\"\n"
    )
}

#[test]
fn an_internal_client_is_no_failure_where_the_log_shows_the_edge() {
    let mixed = |edge: &str, with_ray: bool| {
        let line = |second: u32| match second % 5 {
            4 => access_line(second, "127.0.0.1", 503, false),
            _ => access_line(second, edge, 200, with_ray),
        };
        let desk = Desk::new();
        desk.put("origin/access.log", (0..60).map(line).collect::<String>());
        told(&desk.report(&["."])).0
    };
    assert_eq!(mixed("162.158.84.5", true), 0);
    assert_eq!(mixed("162.158.84.5", false), 0, "the edge's addresses alone show it");
    assert_eq!(mixed("10.0.0.2", false), 12, "nothing shows that an edge stands before this server");
}
