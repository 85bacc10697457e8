//! What an alert says.

use tls_parser::{TlsAlertSeverity, TlsMessage, parse_tls_message_alert};

use crate::tls::handshake::AlertLevel;

/// An alert's level and description (RFC 8446, 6).
pub(super) fn level_and_description(bytes: &[u8]) -> Option<(AlertLevel, u8)> {
    let Ok((_, TlsMessage::Alert(alert))) = parse_tls_message_alert(bytes) else { return None };
    let level = match alert.severity {
        TlsAlertSeverity::Warning => AlertLevel::Warning,
        TlsAlertSeverity::Fatal => AlertLevel::Fatal,
        _ => return None,
    };
    Some((level, alert.code.0))
}
