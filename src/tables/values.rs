//! Values as tables have them: of what may be secret the name and the length.

use crate::text::secrets;

/// The query of a target or URL, from its question mark on, with the values as their length in bytes: `?b=secret&c` is `?b=[6]&[1]`. What has
/// no name is a value itself.
pub(super) fn query(text: &str) -> String {
    let length = |secret: &str| format!("[{}]", secret.len());
    secrets::replaced(text, &secrets::in_target(text, 1), length).into_owned()
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
