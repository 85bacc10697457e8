//! Units of systemd and their drop-ins, `systemctl cat` too: systemd.service(5), systemd.exec(5), systemd.resource-control(5).
//! `Environment=` and `ExecStart=` may hold secrets and are not on the list.

use crate::logs::config::section;
use crate::logs::document::DocumentContent;
use crate::logs::row::ConfiguredProgram;

/// Settings that a cause may turn on.
pub const QUOTED: [&str; 25] = [
    "Backlog",
    "CPUQuota",
    "LimitNOFILE",
    "LimitNPROC",
    "ListenStream",
    "MaxConnections",
    "MemoryHigh",
    "MemoryLimit",
    "MemoryMax",
    "MemorySwapMax",
    "OOMPolicy",
    "OOMScoreAdjust",
    "Restart",
    "RestartSec",
    "RuntimeMaxSec",
    "StartLimitBurst",
    "StartLimitInterval",
    "StartLimitIntervalSec",
    "TasksMax",
    "TimeoutSec",
    "TimeoutStartSec",
    "TimeoutStopSec",
    "Type",
    "WatchdogSec",
    "OnCalendar",
];

/// The sections of units.
const SECTIONS: [&str; 9] =
    ["Unit", "Service", "Install", "Socket", "Timer", "Slice", "Scope", "Mount", "Path"];

/// Whether it is made of sections of units.
pub fn fits(head: &str) -> bool {
    let key = |key: &str| {
        key.starts_with(|c: char| c.is_ascii_uppercase()) && key.bytes().all(|c| c.is_ascii_alphanumeric())
    };
    section::fits(head, |name| SECTIONS.contains(&name), key)
}

/// Reads a unit.
pub fn read(text: &str) -> DocumentContent {
    section::read(text, ConfiguredProgram::Systemd, &QUOTED)
}
