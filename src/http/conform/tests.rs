//! Heads written by hand, each with the fault that a person would look for in it.

use super::Rule::*;
use super::head::RequestHead;
use super::*;

mod two_readers;

use two_readers::reads_as_scanned;

/// What a person would lose: the rule that names the defect, at the byte where a hexdump should open.
#[track_caller]
fn told(findings: &[Finding], head: &[u8]) -> Vec<(Rule, String)> {
    for finding in findings {
        let at = finding.offset as usize;
        let marked = &finding.excerpt[usize::from(finding.mark)..];
        assert!(head[at..].starts_with(marked), "{finding:?}");
        assert!(usize::from(finding.mark) <= 16 && marked.len() <= 32);
    }
    findings
        .iter()
        .map(|finding| {
            let at = finding.offset as usize;
            let offence = &head[at..at + finding.length as usize];
            (finding.rule, String::from_utf8_lossy(offence).into_owned())
        })
        .collect()
}

#[track_caller]
fn response(head: &str, expected: &[(Rule, &str)]) -> ResponseHead {
    raw_response(head.as_bytes(), expected)
}

#[track_caller]
fn raw_response(head: &[u8], expected: &[(Rule, &str)]) -> ResponseHead {
    reads_as_scanned(head);
    let read = scan_response(head);
    let expected: Vec<(Rule, String)> =
        expected.iter().map(|(rule, text)| (*rule, text.to_string())).collect();
    assert_eq!(told(&read.findings, head), expected, "{}", String::from_utf8_lossy(head));
    assert_eq!(read.sizes.bytes, head.len() as u64);
    read
}

#[track_caller]
fn request(head: &str, expected: &[(Rule, &str)]) -> RequestHead {
    reads_as_scanned(head.as_bytes());
    let read = scan_request(head.as_bytes());
    let expected: Vec<(Rule, String)> =
        expected.iter().map(|(rule, text)| (*rule, text.to_string())).collect();
    assert_eq!(told(&read.findings, head.as_bytes()), expected, "{head:?}");
    read
}

/// A response with one header line (or several) of its own between good ones.
fn with(lines: &str) -> String {
    format!("HTTP/1.1 200 OK\r\nServer: nginx\r\n{lines}Date: Tue\r\n\r\n")
}

#[test]
fn line_ends() {
    response("HTTP/1.1 200 OK\nA: b\n\n", &[(BareLf, "\n"), (BareLf, "\n"), (BareLf, "\n")]);
    response(&with("A: b\n"), &[(BareLf, "\n")]);
    response("HTTP/1.1 200 OK\nA: b\r\n\r\n", &[(BareLf, "\n")]);
    response(&with("A: b\rc\r\n"), &[(BareCr, "\r")]);
    response("HTTP/1.1 200 OK\rA: b\r\nC: d\r\n\r\n", &[(BareCr, "\r")]);
    response(&with("A\rb: c\r\n"), &[(BareCr, "\r")]);
}

#[test]
fn header_names() {
    response(&with("A : b\r\n"), &[(SpaceBeforeColon, " ")]);
    response(&with("A\t: b\r\n"), &[(SpaceBeforeColon, "\t")]);
    response(&with("A b: c\r\n"), &[(BadHeaderName, " ")]);
    response(&with("A(b: c\r\n"), &[(BadHeaderName, "(")]);
    raw_response(with("\u{c4}b: c\r\n").as_bytes(), &[(BadHeaderName, "\u{fffd}")]);
    response(&with("A\0b: c\r\n"), &[(BadHeaderName, "\0")]);
    response(&with(": c\r\n"), &[(EmptyHeaderName, ":")]);
    response(&with("no colon\r\n"), &[(NoColon, "no colon")]);
    response(&with("HTTP/1.1 200 OK\r\n"), &[(NoColon, "HTTP/1.1 200 OK")]);
    response(&with("a_b.c|d: legal\r\n"), &[]);
    let named = response(&with("X-Thing : b\r\n"), &[(SpaceBeforeColon, " ")]);
    assert_eq!(named.findings[0].header.as_deref(), Some("x-thing"));
}

#[test]
fn header_values() {
    response(&with("A: b\0c\r\n"), &[(ControlInValue, "\0")]);
    response(&with("A: b\u{1}c\r\n"), &[(ControlInValue, "\u{1}")]);
    response(&with("A: b\u{7f}c\r\n"), &[(ControlInValue, "\u{7f}")]);
    response(&with("A: tab\tand caf\u{e9}\r\n"), &[]);
    response(&with("A:\r\n"), &[]);
    response(&with("A: b\r\n c\r\n"), &[(FoldedLine, " c")]);
    response(&with("A: b\r\n\tc\u{0}\r\n"), &[(FoldedLine, "\tc\0"), (ControlInValue, "\0")]);
    response("HTTP/1.1 200 OK\r\n A: b\r\nC: d\r\n\r\n", &[(SpaceBeforeFirstHeader, " ")]);
}

#[test]
fn status_lines() {
    let status =
        |line: &str, expected: &[(Rule, &str)]| response(&format!("{line}\r\nA: b\r\n\r\n"), expected);
    for line in ["<html>", "Warning: x in y.php", "\u{feff}HTTP/1.1 200 OK", "ICY 200 OK", " HTTP/1.1 200 OK"]
    {
        assert_eq!(status(line, &[(NoStatusLine, line)]).status, None);
    }
    for (line, version) in [
        ("http/1.1 200 OK", "http/1.1"),
        ("HTTP/2.0 200 OK", "HTTP/2.0"),
        ("HTTP/2 200", "HTTP/2"),
        ("HTTP/1.2 200 OK", "HTTP/1.2"),
        ("HTTP/11 200 OK", "HTTP/11"),
    ] {
        assert_eq!(status(line, &[(BadVersion, version)]).status, Some(200), "{line}");
    }
    for (line, code, read) in [
        ("HTTP/1.1 000 OK", "000", Some(0)),
        ("HTTP/1.1 099 OK", "099", Some(99)),
        ("HTTP/1.1 20 OK", "20", None),
        ("HTTP/1.1 2000 OK", "2000", None),
        ("HTTP/1.1 abc OK", "abc", None),
        ("HTTP/1.1", "", None),
    ] {
        assert_eq!(status(line, &[(BadStatusCode, code)]).status, read, "{line}");
    }
    assert_eq!(status("HTTP/1.1 999 OK", &[(StatusAbove599, "999")]).status, Some(999));
    status("HTTP/1.1  200 OK", &[(BadReason, "  ")]);
    status("HTTP/1.1 200 O\0K", &[(BadReason, "\0")]);
    // What everyone takes.
    status("HTTP/1.1 200", &[]);
    status("HTTP/1.1 200 ", &[]);
    status("HTTP/1.1 200 Sch\u{f6}n", &[]);
    response("\r\nHTTP/1.1 200 OK\r\nA: b\r\n\r\n", &[(LeadingBlankLine, "\r\n")]);
    response("HTTP/1.1 200 OK\r\n\r\n", &[(NoHeaders, "\r\n")]);
    response("HTTP/1.1 100 Continue\r\n\r\n", &[]);
}

#[test]
fn lengths() {
    let length = |lines: &str, expected: &[(Rule, &str)]| response(&with(lines), expected).framing;
    let (cl, te) = ("content-length", "transfer-encoding");
    assert_eq!(length("Content-Length: 3\r\n", &[]), Framing::Length(3));
    for bad in ["+3", "-1", "", "0x3", "3;", "99999999999999999999"] {
        let line = format!("Content-Length: {bad}");
        assert_eq!(
            length(&format!("{line}\r\n"), &[(BadContentLength, &line)]),
            Framing::UntilClose,
            "{bad}"
        );
    }
    assert_eq!(
        length("Content-Length: 3, 3\r\n", &[(BadContentLength, "Content-Length: 3, 3")]),
        Framing::Length(3)
    );
    assert_eq!(
        length("Content-Length: 3\r\nContent-Length: 3\r\n", &[(DuplicateHeader, "Content-Length: 3")]),
        Framing::Length(3)
    );
    let conflict = response(
        &with("Content-Length: 3\r\nContent-Length: 4\r\n"),
        &[(ConflictingContentLength, "Content-Length: 4")],
    );
    assert!(conflict.length_in_doubt);
    assert_eq!(conflict.findings[0].header.as_deref(), Some(cl));
    assert_eq!(
        length("Content-Length: 3,4\r\n", &[(ConflictingContentLength, "Content-Length: 3,4")]),
        Framing::Length(3)
    );
    assert_eq!(
        length(
            "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n",
            &[(LengthWithTransferEncoding, "Transfer-Encoding: chunked")]
        ),
        Framing::Chunked
    );
    assert_eq!(length("Transfer-Encoding: gzip, Chunked\r\n", &[]), Framing::Chunked);
    assert_eq!(length("Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n", &[]), Framing::Chunked);
    assert_eq!(length("Transfer-Encoding: gzip\r\n", &[]), Framing::UntilClose);
    for bad in ["chunked, gzip", "xchunked", "\"chunked\"", ""] {
        let line = format!("Transfer-Encoding: {bad}");
        let read = response(&with(&format!("{line}\r\n")), &[(BadTransferEncoding, line.as_str())]);
        assert_eq!(read.framing, Framing::UntilClose);
        assert_eq!(read.findings[0].header.as_deref(), Some(te));
    }
    let twice = "Transfer-Encoding: chunked, chunked";
    assert_eq!(length(&format!("{twice}\r\n"), &[(BadTransferEncoding, twice)]), Framing::Chunked);
    // A folded value is one value.
    response(&with("Content-Length: 3\r\n 4\r\n"), &[(FoldedLine, " 4"), (ConflictingContentLength, " 4")]);
    let folded = response(&with("Transfer-Encoding:\r\n chunked\r\n"), &[(FoldedLine, " chunked")]);
    assert_eq!(folded.framing, Framing::Chunked);
    // Nobody can tell where such a request ends.
    let gzip = request(
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n",
        &[(BadTransferEncoding, "Transfer-Encoding: gzip")],
    );
    assert_eq!(gzip.framing, None);
}

#[test]
fn headers_that_may_appear_once() {
    response(&with("Location: /a\r\nlocation: /b\r\n"), &[(DuplicateHeader, "location: /b")]);
    response(&with("Content-Type: a/b\r\nContent-Type: a/b\r\n"), &[(DuplicateHeader, "Content-Type: a/b")]);
    response(&with("Set-Cookie: a=1\r\nSet-Cookie: b=2\r\nVary: a\r\nVary: b\r\n"), &[]);
    request("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", &[(DuplicateHeader, "Host: b")]);
}

#[test]
fn request_lines() {
    request("GET / HTTP/1.1\r\nHost: a\r\n\r\n", &[]);
    request("OPTIONS * HTTP/1.0\r\nHost: a\r\n\r\n", &[]);
    request("CONNECT [::1]:443 HTTP/1.1\r\nHost: a\r\n\r\n", &[]);
    request("GET http://a.example/b HTTP/1.1\r\nHost: a\r\n\r\n", &[]);
    request("GET / HTTP/1.1\nHost: a\r\n\r\n", &[(BareLf, "\n")]);
    request("GET /a b HTTP/1.1\r\nHost: a\r\n\r\n", &[(BadRequestLine, " ")]);
    request("GET  / HTTP/1.1\r\nHost: a\r\n\r\n", &[(BadRequestLine, " ")]);
    request("GET / HTTP/1.1 \r\nHost: a\r\n\r\n", &[(BadRequestLine, " "), (BadRequestLine, "")]);
    request("GET /\r\nHost: a\r\n\r\n", &[(BadRequestLine, "GET /")]);
    request("GET foo/bar HTTP/1.1\r\nHost: a\r\n\r\n", &[(BadRequestLine, "foo/bar")]);
    request("GET a.example:443 HTTP/1.1\r\nHost: a\r\n\r\n", &[(BadRequestLine, "a.example:443")]);
    request("G\0T / HTTP/1.1\r\nHost: a\r\n\r\n", &[(BadRequestLine, "\0T")]);
    request("GET /\0 HTTP/1.1\r\nHost: a\r\n\r\n", &[(BadRequestLine, "\0")]);
    let latin = scan_request(b"GET /caf\xe9 HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_eq!((latin.findings[0].rule, latin.findings[0].offset), (BadRequestLine, 8));
    request("GET /caf\u{e9} HTTP/1.1\r\nHost: a\r\n\r\n", &[]);
    request("GET / HTTP/2.0\r\nHost: a\r\n\r\n", &[(BadVersion, "HTTP/2.0")]);
    request("GET / JUNK/1.0\r\nHost: a\r\n\r\n", &[(BadRequestLine, "JUNK/1.0")]);
    request("\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", &[(LeadingBlankLine, "\r\n")]);
    request("GET / HTTP/1.1\r\nA: b\r\n c\r\nHost: a\r\n\r\n", &[(FoldedLine, " c")]);
    request("GET / HTTP/1.1\r\nA : b\r\nHost: a\r\n\r\n", &[(SpaceBeforeColon, " ")]);
}

#[test]
fn what_the_edge_sends_is_read() {
    let (cart, session) = ("c".repeat(251), "s".repeat(300));
    let head = format!(
        "POST /cart?id=7 HTTP/1.1\r\nHost: shop.example\r\nCF-Ray: 230b030023ae2822-SJC\r\nCF-Connecting-IP: 192.0.2.7\r\n\
         CF-Visitor: {{\"scheme\":\"https\"}}\r\nUser-Agent: curl/8\r\nCookie: a=1; cart={cart}; session={session};b\r\n\
         Expect: 100-continue\r\nContent-Length: 5\r\n\r\n"
    );
    let read = request(&head, &[]);
    assert_eq!((read.method.as_str(), &*read.target), ("POST", "/cart?id=7"));
    assert_eq!(read.host.as_deref(), Some("shop.example"));
    assert_eq!(read.ray.unwrap().ray.to_string(), "230b030023ae2822");
    assert_eq!(read.visitor.as_deref(), Some("192.0.2.7"));
    assert!(read.visitor_https && read.expects_continue);
    assert_eq!(read.framing, Some(Framing::Length(5)));
    assert_eq!(read.sizes.lines, 8);
    let cookies: Vec<(&str, u64)> =
        read.sizes.cookies.iter().map(|cookie| (cookie.name.as_str(), cookie.bytes)).collect();
    // What is smaller than 256 bytes is nobody's trouble.
    assert_eq!(cookies, [("session", 308), ("cart", 256)]);
    let largest = &read.sizes.largest;
    assert_eq!((largest[0].name.as_str(), largest[0].bytes), ("cookie", 583));
    assert_eq!(largest.len(), 1);
}

/// Otherwise nobody tells whose requests a capture shows that was cut behind X-Forwarded-For, which is sent first.
#[test]
fn a_head_without_the_edges_own_header_names_its_visitor_by_who_was_forwarded() {
    let visitor = |headers: &str| {
        let head = format!("GET / HTTP/1.1\r\nHost: a\r\n{headers}\r\n");
        request(&head, &[]).visitor.map(String::from)
    };
    let forwarded = "X-Forwarded-For: 192.0.2.7 , 172.68.1.2\r\n";
    assert_eq!(visitor(forwarded).as_deref(), Some("192.0.2.7"));
    assert_eq!(visitor(&format!("{forwarded}CF-Connecting-IP: 192.0.2.9\r\n")).as_deref(), Some("192.0.2.9"));
    assert_eq!(visitor(""), None);
}

#[test]
fn of_many_large_lines_the_largest_are_told_biggest_first() {
    let lines: String = (0..12).map(|line| format!("X-{line}: {}\r\n", "v".repeat(250 + line % 5))).collect();
    let largest = response(&with(&lines), &[]).sizes.largest;
    let told: Vec<(&str, u64)> = largest.iter().map(|line| (line.name.as_str(), line.bytes)).collect();
    assert_eq!(told[..3], [("x-4", 261), ("x-9", 261), ("x-3", 260)]);
    assert_eq!(told.len(), 8);
}

#[test]
fn a_huge_header_has_its_true_size_and_is_no_fault() {
    let head = with(&format!("Set-Cookie: big={}; Path=/\r\nSet-Cookie: s=1\r\n", "v".repeat(200_000)));
    let read = response(&head, &[]);
    assert_eq!(
        (read.sizes.largest[0].name.as_str(), read.sizes.largest[0].bytes),
        ("set-cookie", 200_000 + 26)
    );
    assert_eq!((read.sizes.cookies[0].name.as_str(), read.sizes.cookies[0].bytes), ("big", 200_000 + 12));
    let continued = format!(" {}", "c".repeat(300));
    let folded = response(&with(&format!("A: b\r\n{continued}\r\n")), &[(FoldedLine, &continued)]);
    assert!(folded.sizes.largest.iter().any(|line| line.name == "a" && line.bytes == 309));
}

#[test]
fn connection_headers_say_how_long_the_origin_keeps_a_connection() {
    let read = response(&with("Keep-Alive: max=100, Timeout=5\r\n"), &[]);
    assert_eq!((read.keep_alive_timeout, read.announces_close), (Some(5), false));
    assert!(response(&with("Connection: Upgrade, Close\r\n"), &[]).announces_close);
    assert!(response("HTTP/1.0 200 OK\r\nA: b\r\n\r\n", &[]).announces_close);
    assert!(!response("HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n\r\n", &[]).announces_close);
}

#[test]
fn a_million_bad_lines_are_a_few_findings() {
    let head = with(&"bad\r\n".repeat(100_000));
    let read = scan_response(head.as_bytes());
    // And one line is the first that is too many.
    assert_eq!(read.findings.len(), usize::from(MOST_PER_RULE) + 1);
    assert_eq!(read.sizes.lines, 100_002);
}
