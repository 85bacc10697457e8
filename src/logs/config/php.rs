//! php.ini and its kin (conf.d, .user.ini): <https://www.php.net/manual/en/ini.list.php>. Passwords of databases and mail stand there, too, and
//! are not on the list.

use crate::logs::config::section;
use crate::logs::document::{DocumentContent, key_and_value, telling_lines};
use crate::logs::row::ConfiguredProgram;

/// Directives that a cause may turn on.
pub const QUOTED: [&str; 12] = [
    "default_socket_timeout",
    "max_execution_time",
    "max_input_time",
    "max_input_vars",
    "memory_limit",
    "opcache.enable",
    "opcache.memory_consumption",
    "output_buffering",
    "post_max_size",
    "session.save_handler",
    "upload_max_filesize",
    "zlib.output_compression",
];

/// Directives that no other program has, by which the file is known beside those above.
const TELLING: [&str; 14] = [
    "allow_url_fopen",
    "disable_functions",
    "display_errors",
    "display_startup_errors",
    "engine",
    "error_reporting",
    "extension",
    "expose_php",
    "html_errors",
    "implicit_flush",
    "log_errors",
    "precision",
    "short_open_tag",
    "zend_extension",
];

/// Sections of php.ini, which group nothing but for the eye.
const SECTIONS: [&str; 6] = ["PHP", "CLI Server", "Date", "Session", "opcache", "mail function"];

/// Whether two directives are PHP's, and no line is anything but a directive, a section or a comment.
pub fn fits(head: &str) -> bool {
    let is_known = |key: &str| QUOTED.contains(&key) || TELLING.contains(&key);
    let (mut known, mut sections) = (0usize, 0usize);
    let mut lines = telling_lines(head).filter(|(_, line)| !line.starts_with(';')).peekable();
    let begun = lines.peek().is_some();
    for (_, line) in lines.take(400) {
        if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            sections += usize::from(SECTIONS.contains(&name));
            continue;
        }
        // A head may end within a line.
        let Some((key, _)) = key_and_value(line, '=') else { return begun && known >= 2 && sections >= 1 };
        if key.contains(char::is_whitespace) {
            return false;
        }
        known += usize::from(is_known(key));
    }
    begun && (known >= 2 || known >= 1 && sections >= 1)
}

/// Reads the directives.
pub fn read(text: &str) -> DocumentContent {
    let mut document = section::read(text, ConfiguredProgram::Php, &QUOTED);
    for setting in &mut document.settings {
        // A comment may follow a value.
        let value = setting.value.split(';').next().unwrap_or_default().trim();
        setting.value = value.trim_matches('"').to_owned();
    }
    document
}
