//! What ModSecurity and Coraza say of a rule that matched, within the log of the server that they run in: the request stands behind the words, as
//! `[hostname "shop.example"] [uri "/cart"]` (owasp-modsecurity/ModSecurity, src/rule_message.cc; corazawaf/coraza, internal/corazarules/rule_match.go).

use crate::logs::row::message::{MessageLine, NamedTarget};
use crate::text::address::address;
use crate::text::host::bare_host;
use crate::text::line::{LONGEST_FIELD, split_at_byte, text_within};

/// Puts the request that such a message names into its row; nothing where it is another message.
pub fn put_request(row: &mut MessageLine, message: &[u8]) {
    let is_of = |engine: &[u8]| memchr::memmem::find(message, engine).is_some();
    let is_corazas = is_of(b"Coraza: ");
    if !is_corazas && !is_of(b"ModSecurity: ") {
        return;
    }
    let value = |key: &[u8]| {
        let at = memchr::memmem::rfind(message, key)?;
        let (value, _) = split_at_byte(message.get(at.checked_add(key.len())?..)?, b'"')?;
        Some(value)
    };
    let text = |key: &[u8]| Some(text_within(value(key)?, LONGEST_FIELD));
    let target = text(b"[uri \"");
    if is_corazas {
        // Its host is the server's address, and its URI the request's whole target.
        row.client = row.client.or_else(|| address(value(b"[client \"")?));
        row.target = target.map(|target| NamedTarget::Whole(target.into()));
    } else {
        row.host = text(b"[hostname \"").and_then(|host| bare_host(&host));
        row.target = target.map(|path| NamedTarget::Path(path.into()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Otherwise nobody knows which of a burst of requests a rule refused.
    #[test]
    fn the_request_that_a_rule_matched_is_named() {
        let of = |message: &str| {
            let mut row = MessageLine::default();
            put_request(&mut row, message.as_bytes());
            row
        };
        let coraza = of(
            r#"[client "172.68.10.9"] Coraza: Access denied (phase 2). Inbound Anomaly Score Exceeded [hostname "10.0.0.2"] [uri "/cart?id=1"] [unique_id "mPYY"]"#,
        );
        assert_eq!((coraza.client, coraza.host), ("172.68.10.9".parse().ok(), None));
        assert_eq!(coraza.target, Some(NamedTarget::Whole("/cart?id=1".into())));
        let modsecurity = of(r#"ModSecurity: Warning. [hostname "shop.example"] [uri "/cart"]"#);
        assert_eq!(modsecurity.host.as_deref(), Some("shop.example"));
        assert_eq!(modsecurity.target, Some(NamedTarget::Path("/cart".into())));
        assert_eq!(of(r#"a page [uri "/cart"]"#).target, None);
    }
}
