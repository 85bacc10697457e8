//! The edge's own error page in a response body (facts: Cloudflare docs fundamentals/reference/error-responses): HTML, problem JSON
//! (RFC 9457), Markdown, or the bare `error code: 1016`.

use std::borrow::Cow;

use crate::facts::error_pages;
use crate::har::edge_at_fault;
use crate::har::entry::Entry;
use crate::ray::{Ray, RayAtColo};
use crate::text::line::{split_at_sequence, text_within};
use crate::text::number::leading_integer;
use crate::text::timestamp;
use crate::time::Time;

/// The part of a body that is searched, in bytes; the edge's pages are smaller.
const LONGEST_PAGE: usize = 64 * 1024;

/// Looks for the edge's error page in a body and takes its ray and code, or for one of the origin's side. Bodies of answers that are none are not looked at.
pub(super) fn read(row: &mut Entry, text: &str, base64: bool) {
    if row.status != 0 && row.status < 400 {
        return;
    }
    let body: Cow<'_, [u8]> = if base64 {
        match decode(text.as_bytes().get(..LONGEST_PAGE).unwrap_or(text.as_bytes())) {
            Some(bytes) => Cow::Owned(bytes),
            None => return,
        }
    } else {
        Cow::Borrowed(text.as_bytes().get(..LONGEST_PAGE).unwrap_or(text.as_bytes()))
    };
    let page = EdgePage::find(&body);
    let blames_edge = edge_at_fault::is_page(&body);
    row.blames_edge = blames_edge && row.status >= 500;
    row.from_edge_page |= page.is_some() || blames_edge;
    let Some(page) = page else {
        row.wants_certificate = wants_certificate(&body);
        row.known_page = error_pages::find(row.status, &body);
        return;
    };
    if row.ray.is_none() {
        row.ray = page.ray.map(|ray| RayAtColo { ray, colo: None });
    }
    row.error_code = row.error_code.or(page.code);
    row.page_status = page.status;
}

/// Whether an origin's own page says that no client certificate was sent (nginx: src/http/ngx_http_special_response.c, 496).
pub fn wants_certificate(page: &[u8]) -> bool {
    memchr::memmem::find(page, b"No required SSL certificate was sent").is_some()
}

/// Whether a text is the edge's error page and nothing else.
pub(super) fn is_page(text: &[u8]) -> bool {
    // An article about the page quotes it; the page itself begins at once.
    let begins = [&b"<"[..], b"{", b"---", b"error code: "].iter().any(|start| text.starts_with(start));
    begins && EdgePage::find(text.get(..LONGEST_PAGE).unwrap_or(text)).is_some()
}

/// The answer that a saved page is.
pub(super) fn saved(text: &[u8]) -> Option<Entry> {
    let text = text.get(..LONGEST_PAGE).unwrap_or(text).trim_ascii_start();
    let page = EdgePage::find(text)?;
    let status = page.status.or(page.code.and_then(status_of_code)).unwrap_or(0);
    Some(Entry {
        status,
        blames_edge: status >= 500 && edge_at_fault::is_page(text),
        host: page.host.unwrap_or_default(),
        start: page.time,
        ray: page.ray.map(|ray| RayAtColo { ray, colo: None }),
        error_code: page.code,
        page_status: page.status,
        from_edge_page: true,
        from_cloudflare: true,
        ..Entry::default()
    })
}

/// The status with which the edge sends a page of this code, where the page itself does not say it. Those of 1015, 1016, 1018, 1020 and 1023
/// are told in descriptions of Cloudflare's 1xxx errors, that of 1001 in a report of iftechfoundation/ifdb (issue 996); the others are what such answers are seen to have, without a page that says so.
fn status_of_code(code: u16) -> Option<u16> {
    match code {
        1005..=1012 | 1020 => Some(403),
        1015 => Some(429),
        1001 | 1018 | 1023 => Some(409),
        1016 | 1033 => Some(530),
        1101 | 1102 => Some(500),
        1200 => Some(503),
        _ => None,
    }
}

#[derive(Default)]
struct EdgePage {
    /// The host that was asked, where the page names it.
    host: Option<String>,
    /// When the page was made, to the second.
    time: Option<Time>,
    ray: Option<Ray>,
    /// The 1xxx code.
    code: Option<u16>,
    /// The status that the page names in its title.
    status: Option<u16>,
}

impl EdgePage {
    fn find(body: &[u8]) -> Option<EdgePage> {
        json(body).or_else(|| markdown(body)).or_else(|| html(body)).or_else(|| bare(body))
    }
}

/// `<title>HOST | 522: Connection timed out</title>`, `Cloudflare Ray ID: <strong class="…">9f140b785e57c458</strong>`,
/// `<span class="cf-code-label">Error code 520</span>`, and of 1xxx pages `<span>Error</span> <span>1016</span>`.
fn html(body: &[u8]) -> Option<EdgePage> {
    let marked = memchr::memmem::find(body, b"cf-error-details").is_some();
    let ray = ray_behind(body, b"Cloudflare Ray ID: ");
    let title = split_at_sequence(body, b"<title>")
        .and_then(|(_, rest)| split_at_sequence(rest.get(..512).unwrap_or(rest), b"</title>"))
        .map(|(title, _)| title);
    let number = title.and_then(|title| {
        let at = memchr::memmem::rfind(title, b" | ")?;
        let (number, rest) = leading_integer(title.get(at.checked_add(3)?..)?)?;
        rest.starts_with(b": ").then(|| u16::try_from(number).ok()).flatten()
    });
    let code = number.filter(|number| is_code(*number)).or_else(|| code_in_page(body));
    if ray.is_none() && !(marked && (number.is_some() || code.is_some())) {
        return None;
    }
    // Pages of 1xxx have it in their heading, too: `<small class="heading-ray-id">Ray ID: 4f0b0c1a2b3c4d5e &bull; …`.
    let ray = ray.or_else(|| ray_behind(body, b"Ray ID: "));
    let host = title.and_then(host_in_title);
    let status = number.filter(|number| (400..=599).contains(number));
    Some(EdgePage { host, time: time_in_page(body), ray, code, status })
}

/// The ray that follows these words, in bold or not.
fn ray_behind(body: &[u8], words: &[u8]) -> Option<Ray> {
    let (_, rest) = split_at_sequence(body, words)?;
    let rest = match rest.strip_prefix(b"<strong") {
        Some(tag) => split_at_sequence(tag.get(..128).unwrap_or(tag), b">")
            .and_then(|(inside, _)| tag.get(inside.len().checked_add(1)?..))?,
        None => rest,
    };
    Ray::parse(rest.get(..16)?)
}

/// `shop.example | 522: Connection timed out`, and of 1xxx pages `DNS resolution error | shop.example | Cloudflare`, `Access denied | shop.example
/// used Cloudflare to restrict access`.
fn host_in_title(title: &[u8]) -> Option<String> {
    let mut rest = title;
    loop {
        let (part, more) = match split_at_sequence(rest, b" | ") {
            Some((part, more)) => (part, Some(more)),
            None => (rest, None),
        };
        let part = part.trim_ascii();
        let host = part.strip_suffix(b" used Cloudflare to restrict access").unwrap_or(part);
        if memchr::memchr(b'.', host).is_some() && !host.contains(&b' ') {
            return Some(text_within(host, 256).to_ascii_lowercase());
        }
        rest = more?;
    }
}

/// Pages of 5xx say when they were made: `2026-11-17 08:01:01 UTC`.
fn time_in_page(body: &[u8]) -> Option<Time> {
    const LENGTH: usize = "2026-11-17 08:01:01".len();
    memchr::memmem::find_iter(body, b" UTC").take(8).find_map(|at| {
        let (stamp, rest) = timestamp::iso(body.get(at.checked_sub(LENGTH)?..at)?)?;
        rest.is_empty().then_some(stamp.time)
    })
}

/// 1xxx pages write `Error 1016` in pieces: `<span …>Error</span> <span …>1016</span>`, or `data-translate="error">Error</span> <span>1016`.
fn code_in_page(body: &[u8]) -> Option<u16> {
    let mut rest = body;
    for _ in 0..8 {
        let (_, after) = split_at_sequence(rest, b"Error")?;
        rest = after;
        let text = after.get(..96).unwrap_or(after);
        // The first word after `Error` outside tags.
        let mut inside = false;
        let word: Vec<u8> = text
            .iter()
            .copied()
            .filter(|byte| {
                inside = (inside || *byte == b'<') && *byte != b'>';
                !inside && *byte != b'>'
            })
            .collect();
        let word = word.trim_ascii_start();
        let word = word.strip_prefix(b"code").unwrap_or(word).trim_ascii_start();
        let word = word.strip_prefix(b":").unwrap_or(word).trim_ascii_start();
        if let Some((number, _)) = leading_integer(word)
            && let Some(code) = u16::try_from(number).ok().filter(|code| is_code(*code))
        {
            return Some(code);
        }
    }
    None
}

/// `error code: 1016`, alone in the body.
fn bare(body: &[u8]) -> Option<EdgePage> {
    let (number, rest) = leading_integer(body.trim_ascii().strip_prefix(b"error code: ")?)?;
    // `curl -w` adds lines of its own.
    let ends = rest.is_empty() || rest.starts_with(b"\n") || rest.starts_with(b"\r\n");
    let number = u16::try_from(number).ok().filter(|_| ends)?;
    Some(EdgePage {
        code: Some(number).filter(|code| is_code(*code)),
        status: Some(number).filter(|status| (500..=530).contains(status)),
        ..EdgePage::default()
    })
}

fn json(body: &[u8]) -> Option<EdgePage> {
    #[derive(serde::Deserialize)]
    struct Problem<'a> {
        #[serde(borrow, default)]
        cloudflare_error: crate::text::json::Scalar<'a>,
        #[serde(borrow, default)]
        error_code: crate::text::json::Scalar<'a>,
        #[serde(borrow, default)]
        status: crate::text::json::Scalar<'a>,
        #[serde(borrow, default)]
        ray_id: crate::text::json::Scalar<'a>,
        #[serde(borrow, default)]
        instance: crate::text::json::Scalar<'a>,
        #[serde(borrow, default)]
        timestamp: crate::text::json::Scalar<'a>,
        #[serde(borrow, default)]
        zone: crate::text::json::Scalar<'a>,
    }
    if !body.trim_ascii_start().starts_with(b"{") {
        return None;
    }
    // What a console shows behind it is no part of it.
    let problem: Problem<'_> = serde_json::Deserializer::from_slice(body).into_iter().next()?.ok()?;
    if !problem.cloudflare_error.truth() {
        return None;
    }
    let ray = problem.ray_id.filled().or(problem.instance.filled());
    Some(EdgePage {
        host: problem.zone.filled().map(|zone| text_within(zone.as_bytes(), 256)),
        time: problem.timestamp.text().and_then(|text| Some(timestamp::iso(text.as_bytes())?.0.time)),
        ray: ray.and_then(|text| RayAtColo::parse(text.as_bytes())).map(|found| found.ray),
        code: problem.error_code.number().filter(|code| is_code(*code)),
        status: problem.status.number(),
    })
}

/// The same members as front matter, `key: value` between lines of `---`.
fn markdown(body: &[u8]) -> Option<EdgePage> {
    let (front, _) = split_at_sequence(body.trim_ascii_start().strip_prefix(b"---")?, b"\n---")?;
    let value = |wanted: &[u8]| {
        front.split(|byte| *byte == b'\n').find_map(|line| {
            let rest = line.trim_ascii().strip_prefix(wanted)?.strip_prefix(b":")?.trim_ascii();
            Some(rest.strip_prefix(b"\"").and_then(|inner| inner.strip_suffix(b"\"")).unwrap_or(rest))
        })
    };
    if value(b"cloudflare_error")? != b"true" {
        return None;
    }
    let number = |wanted: &[u8]| value(wanted).and_then(crate::text::number::bounded_integer::<u16>);
    Some(EdgePage {
        host: value(b"zone").map(|zone| text_within(zone, 256)),
        time: value(b"timestamp").and_then(|text| Some(timestamp::iso(text)?.0.time)),
        ray: value(b"ray_id").and_then(RayAtColo::parse).map(|found| found.ray),
        code: number(b"error_code").filter(|code| is_code(*code)),
        status: number(b"status"),
    })
}

fn is_code(number: u16) -> bool {
    (1000..=1299).contains(&number)
}

/// Base64 (RFC 4648), standard or URL alphabet; what is cut is decoded as far as it goes.
fn decode(text: &[u8]) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len());
    let (mut bits, mut held) = (0u32, 0u32);
    for byte in text {
        let value = match byte {
            b'A'..=b'Z' => byte.wrapping_sub(b'A'),
            b'a'..=b'z' => byte.wrapping_sub(b'a').wrapping_add(26),
            b'0'..=b'9' => byte.wrapping_sub(b'0').wrapping_add(52),
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            b'=' => break,
            blank if blank.is_ascii_whitespace() => continue,
            _ => return None,
        };
        bits = bits << 6 | u32::from(value);
        held = held.wrapping_add(6);
        if held >= 8 {
            held = held.wrapping_sub(8);
            bytes.push((bits >> held & 0xff) as u8);
        }
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(status: u16, text: &str, base64: bool) -> Entry {
        let mut row = Entry { status, ..Entry::default() };
        read(&mut row, text, base64);
        row
    }

    const HTML: &str = r#"<html><head><title>shop.example | 522: Connection timed out</title></head><div id="cf-error-details">Error code 522</div><span>Cloudflare Ray ID: <strong class="font-semibold">9f140b785e57c458</strong></span>"#;

    #[test]
    fn the_page_gives_the_ray_where_no_header_did() {
        let row = page(522, HTML, false);
        assert_eq!(row.ray.unwrap().ray.to_string(), "9f140b785e57c458");
        assert_eq!((row.page_status, row.error_code, row.from_edge_page), (Some(522), None, true));
        assert_eq!(page(200, HTML, false).ray, None, "an article about the page is no page");
        let old = page(520, "Cloudflare Ray ID: <strong>9f140b785e57c458</strong>", false);
        assert!(old.ray.is_some());
    }

    #[test]
    fn codes_are_found_in_every_form_of_the_page() {
        assert_eq!(page(530, "error code: 1016\n", false).error_code, Some(1016));
        assert_eq!(page(530, "error code: 1016\ncode=530 total=0.470\n", false).error_code, Some(1016));
        assert_eq!(page(530, "ZXJyb3IgY29kZTogMTAzMw==", true).error_code, Some(1033));
        let json = page(
            403,
            r#"{"type":"x","status":403,"error_code":1020,"ray_id":"9f140b785e57c458","cloudflare_error":true}"#,
            false,
        );
        assert_eq!((json.error_code, json.ray.is_some(), json.page_status), (Some(1020), true, Some(403)));
        let markdown = page(
            429,
            "---\nstatus: 429\nerror_code: 1015\nray_id: \"9f140b785e57c458\"\ncloudflare_error: true\n---\n# x",
            false,
        );
        assert_eq!((markdown.error_code, markdown.ray.is_some()), (Some(1015), true));
        let html = page(
            409,
            r#"<title>Attention | Cloudflare</title><div id="cf-error-details"><h1><span data-translate="error">Error</span> <span>1018</span></h1>Cloudflare Ray ID: <strong class="a">9f140b785e57c458</strong>"#,
            false,
        );
        assert_eq!(html.error_code, Some(1018));
        let headed = page(
            500,
            r#"<title>Worker threw exception | shop.example | Cloudflare</title><div id="cf-error-details"><span class="cf-error-type">Error</span> <span class="cf-error-code">1101</span> <small class="heading-ray-id">Ray ID: 9f140b785e57c458 &bull; 2026-11-17 08:01:01 UTC</small>"#,
            false,
        );
        assert_eq!((headed.error_code, headed.ray.is_some()), (Some(1101), true));
    }

    #[test]
    fn a_saved_page_tells_when_and_where_it_was_seen() {
        let html = HTML.replace("Error code 522", "2026-11-17 08:01:01 UTC");
        assert!(is_page(html.as_bytes()));
        let entry = saved(html.as_bytes()).unwrap();
        assert_eq!((entry.status, entry.host.as_str()), (522, "shop.example"));
        assert_eq!(entry.start, Time::parse_rfc3339("2026-11-17T08:01:01Z"));
        let limited = HTML.replace("522: Connection timed out", "413: Payload Too Large");
        assert_eq!(saved(limited.as_bytes()).unwrap().status, 413, "a limit of the edge's own");
        let json = br#"{"status":530,"error_code":1016,"zone":"shop.example","ray_id":"9f140b785e57c458","timestamp":"2026-11-17T08:01:01Z","cloudflare_error":true}"#;
        let entry = saved(json).unwrap();
        assert_eq!((entry.status, entry.error_code, entry.start.is_some()), (530, Some(1016), true));
        for title in [
            "DNS resolution error | new.shop.example | Cloudflare",
            "Access denied | new.shop.example used Cloudflare to restrict access",
        ] {
            let html = HTML.replace("shop.example | 522: Connection timed out", title);
            assert_eq!(saved(html.as_bytes()).unwrap().host, "new.shop.example", "{title}");
        }
        assert!(!is_page(b"We saw this page: Cloudflare Ray ID: <strong>9f140b785e57c458</strong>"));
    }

    /// Otherwise a page that somebody saved and sent is told beside "no failure was seen".
    #[test]
    fn a_page_of_a_full_queue_is_that_of_a_failure() {
        let html = HTML
            .replace("shop.example | 522: Connection timed out", "Rate limited | shop.example | Cloudflare");
        let entry = saved(html.replace("Error code 522", "Error 1200").as_bytes()).unwrap();
        assert_eq!((entry.status, entry.error_code, entry.page_status), (503, Some(1200), None));
    }

    #[test]
    fn an_origins_own_page_is_not_the_edges() {
        for text in [
            "<title>502 Bad Gateway</title><center>nginx</center>",
            r#"{"error_code":1020,"status":500}"#,
            "error code: x",
            "---\na\n",
        ] {
            let row = page(502, text, false);
            assert_eq!((row.ray, row.error_code, row.from_edge_page), (None, None, false), "{text}");
        }
    }
}
