//! Pools of php-fpm: <https://www.php.net/manual/en/install.fpm.configuration.php>. The keys of `env[…]` and `php_value[…]` may hold secrets
//! and are not on the list, but for two limits of PHP.

use crate::logs::config::section;
use crate::logs::document::DocumentContent;
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
