//! The index as one page, in the style of the reports that it leads to.

use askama::Template;

use super::index::{Incidents, IndexedIncident};
use super::index_text::{cause, failed, hosts, title};
use super::words::{minute, rate};
use crate::report::html::style_policy;
use crate::report::text::counted;
use crate::text::words::thousands;

#[derive(Template)]
#[template(path = "incidents.html", config = "templates/askama.toml")]
struct IndexPage<'a> {
    policy: &'static str,
    title: String,
    rows: Vec<PageRow<'a>>,
    again: Vec<[String; 4]>,
    passed_over: &'a [String],
}

struct PageRow<'a> {
    when: String,
    hosts: String,
    verdict: &'a str,
    headline: &'a str,
    cause: String,
    failed: String,
    rate: String,
    /// Escaped for a URL: a name of a folder is no protocol and no query.
    link: String,
}

/// The page; equal indexes give equal bytes.
pub fn page(index: &Incidents) -> String {
    let again = index.again.iter().map(|cause| {
        let latest = minute(cause.latest.as_deref());
        [cause.cause.clone(), counted(cause.incidents as u64, "incident"), thousands(cause.failures), latest]
    });
    let page = IndexPage {
        policy: style_policy(),
        title: title(index),
        rows: index.incidents.iter().map(row).collect(),
        again: again.collect(),
        passed_over: &index.passed_over,
    };
    let rendered = page.render();
    debug_assert!(rendered.is_ok(), "a string takes whatever is written");
    rendered.unwrap_or_default()
}

fn row(incident: &IndexedIncident) -> PageRow<'_> {
    PageRow {
        when: minute(incident.first.as_deref()),
        hosts: hosts(incident),
        verdict: &incident.verdict,
        headline: &incident.headline,
        cause: cause(incident),
        failed: failed(incident),
        rate: rate(&incident.failed),
        link: format!("./{}/index.html", in_url(&incident.folder)),
    }
}

/// A path in a URL: all but unreserved characters and slashes as per cent and two digits (RFC 3986, 2.1).
fn in_url(path: &str) -> String {
    let mut url = String::new();
    for byte in path.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                url.push(char::from(byte))
            }
            _ => url.push_str(&format!("%{byte:02X}")),
        }
    }
    url
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_no_protocol_and_no_query() {
        assert_eq!(in_url("../a b?c#d/javascript:x"), "../a%20b%3Fc%23d/javascript%3Ax");
    }
}
