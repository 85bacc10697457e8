//! Values as tables have them: of what may be secret names and lengths.

/// Words in messages behind which a secret stands up to the end of the line or a quote; matched without regard to case.
const SECRET_LINES: [&str; 3] = ["cookie:", "authorization:", "cookies:"];

/// A request target or URL with its query's values as their length in bytes: `/a?b=secret&c` is `/a?b=[6]&[1]`. What has no name is
/// a value itself.
pub(super) fn target(text: &str) -> String {
    let Some((path, query)) = text.split_once('?') else { return text.to_owned() };
    let (query, fragment) = query.split_once('#').map_or((query, None), |(query, rest)| (query, Some(rest)));
    let mut out = format!("{path}?{}", pairs(query));
    if let Some(fragment) = fragment {
        out.push_str(&format!("#[{}]", fragment.len()));
    }
    out
}

/// A message with the values of every query, and with all that follows a cookie's or a credential's name, as lengths.
pub(super) fn message(text: &str) -> String {
    let text = secret_lines(text);
    let mut out = String::with_capacity(text.len());
    let mut rest = text.as_str();
    while let Some((before, after)) = rest.split_once('?') {
        let end = after
            .find(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '<' | '>'))
            .unwrap_or(after.len());
        let (query, tail) = after.split_at(end);
        out.push_str(before);
        out.push('?');
        out.push_str(&pairs(query));
        rest = tail;
    }
    out.push_str(rest);
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

fn secret_lines(text: &str) -> String {
    let lower = text.to_ascii_lowercase();
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    while let Some(from) = next_secret(&lower, at) {
        // Lowering ASCII moves no byte, so that an index into one text is one into the other.
        let (Some(before), Some(secret)) = (text.get(at..from), text.get(from..)) else { break };
        let length = secret.find(['"', '\n']).unwrap_or(secret.len());
        out.push_str(before);
        out.push_str(&format!("[{length}]"));
        at = from.saturating_add(length);
    }
    out.push_str(text.get(at..).unwrap_or_default());
    out
}

/// Where the next secret begins: behind the name and the blanks after it.
fn next_secret(lower: &str, at: usize) -> Option<usize> {
    let rest = lower.get(at..)?;
    let ends = SECRET_LINES.iter().filter_map(|word| {
        let end = rest.find(word)?.saturating_add(word.len());
        let blanks = rest.get(end..)?.bytes().take_while(|byte| *byte == b' ').count();
        Some(at.saturating_add(end).saturating_add(blanks))
    });
    ends.min()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_can_be_handed_on_without_the_secrets_of_a_query() {
        assert_eq!(target("/a?b=secret&c=&flag&d=x=y#top"), "/a?b=[6]&c=[0]&[4]&d=[3]#[3]");
        assert_eq!(target("/a?"), "/a?");
        assert_eq!(target("/a"), "/a");
    }

    #[test]
    fn a_message_keeps_its_words_and_loses_its_secrets() {
        assert_eq!(
            message(r#"closed, request: "GET /x?t=abc HTTP/1.1", referrer: "https://h/?q=é""#),
            r#"closed, request: "GET /x?t=[3] HTTP/1.1", referrer: "https://h/?q=[2]""#
        );
        assert_eq!(message("http header: \"Cookie: a=b; c=d\" é"), "http header: \"Cookie: [8]\" é");
        assert_eq!(message("Authorization:  Basic eA=="), "Authorization:  [10]");
        assert_eq!(message("cookie:"), "cookie:[0]");
    }
}
