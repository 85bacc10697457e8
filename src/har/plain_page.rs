//! The edge's page without its colours: what its own web server says where nothing behind it could answer. Where an answer of 500, 502 or 504 has the word
//! `cloudflare` in its body, it is the edge's (Cloudflare docs: support/troubleshooting/http-status-codes/cloudflare-5xx-errors, error-500 and error-502).

/// Its last line, by nginx's form of pages (nginx, src/http/ngx_http_special_response.c).
const NAMED: [&[u8]; 2] = [b"<center>cloudflare</center>", b"<center>cloudflare-nginx</center>"];

/// Whether a body is that page.
pub(super) fn is_one(body: &[u8]) -> bool {
    NAMED.iter().any(|name| memchr::memmem::find(body, name).is_some())
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
        assert!(["cloudflare", "cloudflare-nginx"].iter().all(|name| is_one(page(name).as_bytes())));
        assert!(!is_one(page("nginx").as_bytes()));
    }
}
