//! What a browser recorded. If this breaks, a person's HAR file is taken for something else, and its requests are lost.

use serde_json::{Value, json};

use super::program::{Desk, ray};

#[test]
fn a_browsers_file_that_quotes_the_edges_page_is_a_browsers_file() {
    let page = |ray: &str| {
        format!(
            "<!DOCTYPE html><html lang=\"en-US\"><head><title>CNAME Cross-User Banned | shop.example | Cloudflare</title></head><body>\
             <div id=\"cf-wrapper\"><div id=\"cf-error-details\"><h1><span>CNAME Cross-User Banned</span> \
             <span class=\"code-label\">Error 1014</span></h1></div>\
             <span class=\"cf-footer-item\">Cloudflare Ray ID: <strong class=\"font-semibold\">{ray}</strong></span></div></body></html>"
        )
    };
    let entry = |visit: u32| {
        let (status, text) =
            if visit < 3 { (530, page(&ray(visit))) } else { (200, "<html></html>".to_owned()) };
        json!({
            "startedDateTime": format!("2026-11-20T09:00:{visit:02}.000Z"),
            "time": 120,
            "request": {"method": "GET", "url": format!("https://shop.example/{visit}"), "httpVersion": "h2", "headers": [],
                "cookies": [], "queryString": [], "headersSize": -1, "bodySize": 0},
            "response": {"status": status, "statusText": "", "httpVersion": "h2", "cookies": [], "redirectURL": "", "headersSize": -1,
                "bodySize": text.len(), "content": {"size": text.len(), "mimeType": "text/html", "text": text},
                "headers": [{"name": "server", "value": "cloudflare"}, {"name": "cf-ray", "value": format!("{}-AMS", ray(visit))}]},
            "cache": {},
            "timings": {"send": 1, "wait": 110, "receive": 9},
        })
    };
    let entries: Vec<Value> = (0..8).map(entry).collect();
    let creator = json!({"name": "WebInspector", "version": "537.36"});
    let file = json!({"log": {"version": "1.2", "creator": creator, "pages": [], "entries": entries}});
    let desk = Desk::new();
    desk.put("session.har", file.to_string());
    let report = desk.report(&["session.har"]);
    assert_eq!(report["inputs"][0]["format"], "har");
    assert_eq!(report["totals"]["failed_requests"], 3);
    assert_eq!(report["causes"][0]["slug"], "edge-limits");
}
