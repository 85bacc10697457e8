//! The edge's page without its colours: what its own web server says where nothing behind it could answer. Where an error of 500, 502 or 504 has the word
//! `cloudflare` in its body, it is the edge's (Cloudflare docs: support/troubleshooting/http-status-codes/cloudflare-5xx-errors, error-500 and error-502).

/// Its last line, by nginx's form of pages (nginx, src/http/ngx_http_special_response.c).
const NAMED: [&[u8]; 2] = [b"<center>cloudflare</center>", b"<center>cloudflare-nginx</center>"];

/// Whether a body with a status of a server's error is that page.
pub(super) fn is_one(status: u16, body: &[u8]) -> bool {
    status >= 500 && NAMED.iter().any(|name| memchr::memmem::find(body, name).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_edges_web_server_names_itself() {
        let page = |name: &str| {
            format!(
                "<html>\r\n<head><title>500 Internal Server Error</title></head>\r\n<body>\r\n<center><h1>500 Internal Server Error</h1></center>\r\n<hr><center>{name}</center>\r\n</body>\r\n</html>\r\n"
            )
        };
        assert!(
            is_one(500, page("cloudflare").as_bytes()) && is_one(502, page("cloudflare-nginx").as_bytes())
        );
        assert!(!is_one(500, page("nginx").as_bytes()) && !is_one(400, page("cloudflare").as_bytes()));
    }
}
