//! nginx's lists of the upstreams that it tried for a request (`$upstream_addr` and its kin): `, ` stands between servers of a group,
//! ` : ` after an internal redirect (nginx.org: ngx_http_upstream_module).

/// The values of a list, one for each try.
pub fn tries(raw: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = Some(raw);
    std::iter::from_fn(move || {
        let text = rest?;
        let mut from = 0usize;
        loop {
            let tail = text.get(from..).unwrap_or_default();
            let Some(found) = memchr::memchr(b' ', tail) else {
                rest = None;
                return Some(text);
            };
            let at = from.saturating_add(found);
            let (before, after) = text.split_at_checked(at)?;
            if let Some(value) = before.strip_suffix(b",") {
                rest = after.get(1..);
                return Some(value);
            }
            if after.starts_with(b" : ") {
                rest = after.get(3..);
                return Some(before);
            }
            from = at.saturating_add(1);
        }
    })
}

/// The length of a list of tries that ends at a blank.
pub fn list_length(rest: &[u8]) -> usize {
    let mut from = 0usize;
    loop {
        let tail = rest.get(from..).unwrap_or_default();
        let Some(found) = memchr::memchr(b' ', tail) else { return rest.len() };
        let at = from.saturating_add(found);
        let before = rest.get(..at).unwrap_or_default();
        let after = rest.get(at..).unwrap_or_default();
        if before.ends_with(b",") {
            from = at.saturating_add(1);
        } else if after.starts_with(b" : ") {
            from = at.saturating_add(3);
        } else {
            return at;
        }
    }
}
