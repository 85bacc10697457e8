//! Values as tables have them: of what may be secret names and lengths.

use crate::text::secrets;

/// A request target or URL with its query's values as their length in bytes: `/a?b=secret&c` is `/a?b=[6]&[1]`. What has no name is
/// a value itself.
pub(super) fn target(text: &str) -> String {
    secrets::replaced(text, &secrets::in_target(text, 1), length).into_owned()
}

/// A message with the values of every query, and with all that follows a cookie's or a credential's name, as lengths.
pub(super) fn message(text: &str) -> String {
    secrets::replaced(text, &secrets::in_line(text, 1), length).into_owned()
}

fn length(secret: &str) -> String {
    format!("[{}]", secret.len())
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
