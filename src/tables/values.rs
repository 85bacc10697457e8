//! Values as tables have them: of what may be secret the name and the length.

/// The query of a target or URL, from its question mark on, with the values as their length in bytes: `?b=secret&c` is `?b=[6]&[1]`. What has
/// no name is a value itself.
pub(super) fn query(text: &str) -> String {
    let Some(query) = text.strip_prefix('?') else { return text.to_owned() };
    let (query, fragment) = query.split_once('#').map_or((query, None), |(query, rest)| (query, Some(rest)));
    let mut out = format!("?{}", pairs(query));
    if let Some(fragment) = fragment {
        out.push_str(&format!("#[{}]", fragment.len()));
    }
    out
}

fn pairs(query: &str) -> String {
    if query.is_empty() {
        return String::new();
    }
    let pairs = query.split('&').map(|pair| match pair.split_once('=') {
        Some((name, value)) => format!("{name}=[{}]", value.len()),
        None if pair.is_empty() => String::new(),
        None => format!("[{}]", pair.len()),
    });
    pairs.collect::<Vec<_>>().join("&")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_can_be_handed_on_without_the_secrets_of_a_query() {
        assert_eq!(query("?b=secret&c=&flag&d=x=y#top"), "?b=[6]&c=[0]&[4]&d=[3]#[3]");
        assert_eq!((query("?").as_str(), query("").as_str()), ("?", ""));
    }
}
