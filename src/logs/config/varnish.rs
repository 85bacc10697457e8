//! Varnish's VCL, as far as backends go: <https://varnish-cache.org/docs/trunk/reference/vcl-backend.html>.

use crate::logs::document::{DocumentContent, key_and_value, telling_lines};
use crate::logs::row::{ConfiguredProgram, Setting};

/// Attributes of a backend that a cause may turn on.
pub const QUOTED: [&str; 6] = [
    ".between_bytes_timeout",
    ".connect_timeout",
    ".first_byte_timeout",
    ".host",
    ".max_connections",
    ".port",
];

/// Whether it names its version first, as VCL must since 4.0.
pub fn fits(head: &str) -> bool {
    telling_lines(head)
        .find(|(_, line)| !line.starts_with("//") && !line.starts_with('*') && !line.starts_with("/*"))
        .is_some_and(|(_, line)| line.starts_with("vcl 4."))
}

/// Reads the backends.
pub fn read(text: &str) -> DocumentContent {
    let mut document = DocumentContent::default();
    let mut backend: Option<&str> = None;
    for (number, line) in telling_lines(text) {
        if line.starts_with("backend ") {
            backend = line.split('{').next().map(str::trim);
        } else if line.ends_with('{') && !line.starts_with('.') {
            backend = None;
        }
        // Several attributes may stand on one line.
        for attribute in line.split(';') {
            let attribute = attribute.rsplit('{').next().unwrap_or(attribute);
            let Some((key, value)) = key_and_value(attribute, '=') else { continue };
            if backend.is_some() && key.starts_with('.') {
                document.records += 1;
                if QUOTED.contains(&key) {
                    let value = value.trim_matches('"');
                    document.settings.push(Setting::new(
                        number,
                        ConfiguredProgram::Varnish,
                        backend,
                        key,
                        value,
                    ));
                }
            }
        }
    }
    document
}
