//! Pages by which the edge says that it failed itself. One has no colours: what its own web server says where nothing behind it could answer. Where an answer of 500, 502 or
//! 504 has the word `cloudflare` in its body, it is the edge's (Cloudflare docs: support/troubleshooting/http-status-codes/cloudflare-5xx-errors, error-500 and
//! error-502). The other shows browser, edge and host side by side, and marks the edge as the source of the error.

/// The last line of the one, by nginx's form of pages (nginx, src/http/ngx_http_special_response.c).
const NAMED: [&[u8]; 2] = [b"<center>cloudflare</center>", b"<center>cloudflare-nginx</center>"];

/// The part of the other that is about the edge, and the class of the part that is at fault.
const EDGE: &[u8] = b"id=\"cf-cloudflare-status\"";
const AT_FAULT: &[u8] = b"cf-error-source";

/// Whether a body is one of these pages.
pub(super) fn is_page(body: &[u8]) -> bool {
    NAMED.iter().any(|name| memchr::memmem::find(body, name).is_some()) || marks_edge(body)
}

/// Whether the tag of the edge's part has that class, before its id or behind it.
fn marks_edge(body: &[u8]) -> bool {
    let Some((before, behind)) = memchr::memmem::find(body, EDGE).and_then(|at| body.split_at_checked(at))
    else {
        return false;
    };
    let begun = memchr::memrchr(b'<', before).and_then(|at| before.get(at..)).unwrap_or_default();
    let ended = behind.split(|byte| *byte == b'>').next().unwrap_or_default();
    [begun, ended].iter().any(|part| memchr::memmem::find(part, AT_FAULT).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_edges_web_server_names_itself() {
        let page = |name: &str| {
            format!(
                "<html>\r\n<body>\r\n<center><h1>500 Internal Server Error</h1></center>\r\n<hr><center>{name}</center>\r\n</body>\r\n</html>\r\n"
            )
        };
        assert!(["cloudflare", "cloudflare-nginx"].iter().all(|name| is_page(page(name).as_bytes())));
        assert!(!is_page(page("nginx").as_bytes()));
    }

    /// Otherwise a page that names the edge as what failed, with every host and data centre, leaves an outage unexplained.
    #[test]
    fn the_edges_coloured_page_marks_who_is_at_fault() {
        let part =
            |id: &str, class: &str| format!("<div id=\"{id}\" class=\"{class}relative w-1/3\">Error</div>");
        let page = |edge: &str, host: &str| {
            [part("cf-cloudflare-status", edge), part("cf-host-status", host)].concat()
        };
        assert!(is_page(page("cf-error-source ", "").as_bytes()));
        assert!(!is_page(page("", "cf-error-source ").as_bytes()));
        assert!(is_page(b"<div class=\"cf-column cf-error-source\" id=\"cf-cloudflare-status\">"));
    }
}
