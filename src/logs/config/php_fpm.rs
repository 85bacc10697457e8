//! Pools of php-fpm: <https://www.php.net/manual/en/install.fpm.configuration.php>, and what `php-fpm -tt` prints of them (php-src
//! sapi/fpm/fpm/fpm_conf.c, `fpm_conf_dump`). The keys of `env[…]` and `php_value[…]` may hold secrets
//! and are not on the list, but for two limits of PHP.

use crate::logs::config::section;
use crate::logs::document::{DocumentContent, most_lines};
use crate::logs::row::ConfiguredProgram;

/// Settings that a cause may turn on.
pub const QUOTED: [&str; 22] = [
    "emergency_restart_threshold",
    "listen",
    "listen.allowed_clients",
    "listen.backlog",
    "listen.group",
    "listen.mode",
    "listen.owner",
    "php_admin_value[max_execution_time]",
    "php_admin_value[memory_limit]",
    "php_value[max_execution_time]",
    "php_value[memory_limit]",
    "pm",
    "pm.max_children",
    "pm.max_requests",
    "pm.max_spare_servers",
    "pm.min_spare_servers",
    "pm.process_idle_timeout",
    "pm.start_servers",
    "process.max",
    "request_slowlog_timeout",
    "request_terminate_timeout",
    "rlimit_files",
];

/// Whether a section holds `pm`, the one setting that every pool must have, or another of the list.
pub fn fits(head: &str) -> bool {
    section::fits(head, |_| true, |key| QUOTED.contains(&key) || key == "security.limit_extensions")
}

/// Reads a pool, or several.
pub fn read(text: &str) -> DocumentContent {
    section::read(text, ConfiguredProgram::PhpFpm, &QUOTED)
}

/// Whether it is what `php-fpm -tt` prints: a message of level NOTICE for each section and each setting.
pub fn fits_dump(head: &str) -> bool {
    let setting =
        |line: &str| dumped(line).is_some_and(|said| said.starts_with('\t') || said.starts_with('['));
    head.lines().any(|line| dumped(line) == Some("[global]")) && most_lines(head, 80, setting)
}

/// Reads what `php-fpm -tt` prints. What is not set is `undefined` there.
pub fn read_dump(text: &str) -> DocumentContent {
    let plain: Vec<&str> = text.lines().map(|line| dumped(line).unwrap_or_default()).collect();
    let mut document = section::read(&plain.join("\n"), ConfiguredProgram::PhpFpm, &QUOTED);
    document.settings.retain(|setting| setting.value != "undefined");
    document
}

/// What a line says behind `[17-Nov-2026 08:01:01] NOTICE: `.
fn dumped(line: &str) -> Option<&str> {
    line.strip_prefix('[')?.split_once("] NOTICE: ").map(|(_, said)| said)
}
