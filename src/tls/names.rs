//! Names of numbers, as IANA's registry "Transport Layer Security (TLS) Parameters" writes them.

use tls_parser::TlsVersion;

/// TLS 1.3.
pub(crate) const TLS13: u16 = TlsVersion::Tls13.0;

/// TLS Alerts (registry "TLS Alerts"; RFC 8446, 6, and the RFCs named there).
const ALERTS: &[(u8, &str)] = &[
    (0, "close_notify"),
    (10, "unexpected_message"),
    (20, "bad_record_mac"),
    (21, "decryption_failed"),
    (22, "record_overflow"),
    (30, "decompression_failure"),
    (40, "handshake_failure"),
    (41, "no_certificate"),
    (42, "bad_certificate"),
    (43, "unsupported_certificate"),
    (44, "certificate_revoked"),
    (45, "certificate_expired"),
    (46, "certificate_unknown"),
    (47, "illegal_parameter"),
    (48, "unknown_ca"),
    (49, "access_denied"),
    (50, "decode_error"),
    (51, "decrypt_error"),
    (52, "too_many_cids_requested"),
    (60, "export_restriction"),
    (70, "protocol_version"),
    (71, "insufficient_security"),
    (80, "internal_error"),
    (86, "inappropriate_fallback"),
    (90, "user_canceled"),
    (100, "no_renegotiation"),
    (109, "missing_extension"),
    (110, "unsupported_extension"),
    (111, "certificate_unobtainable"),
    (112, "unrecognized_name"),
    (113, "bad_certificate_status_response"),
    (114, "bad_certificate_hash_value"),
    (115, "unknown_psk_identity"),
    (116, "certificate_required"),
    (120, "no_application_protocol"),
    (121, "ech_required"),
];

/// An alert description's name.
pub fn alert_name(description: u8) -> Option<&'static str> {
    ALERTS.iter().find(|(number, _)| *number == description).map(|(_, name)| *name)
}

/// What a client that has the server's certificate says of something else: of records, messages and their parameters (RFC 8446, 6.2).
const OF_THE_PROTOCOL: &[u8] = &[10, 20, 21, 22, 30, 47, 50, 60, 70, 71, 86, 100, 109, 110, 112, 120];

/// Whether an alert of a client may be about the server's certificate: some programs say no more than handshake_failure of one.
pub(crate) fn may_be_about_certificate(description: u8) -> bool {
    !OF_THE_PROTOCOL.contains(&description)
}

/// What a client says of the server's certificate and of nothing else: bad_certificate to certificate_unknown, unknown_ca (RFC 8446, 6.2).
const OF_THE_CERTIFICATE: &[u8] = &[42, 43, 44, 45, 46, 48];

/// Whether an alert of a client is about the server's certificate.
pub(crate) fn is_about_certificate(description: u8) -> bool {
    OF_THE_CERTIFICATE.contains(&description)
}

/// Values that clients send so that servers stay tolerant, and that mean nothing (RFC 8701).
pub(crate) fn is_grease(value: u16) -> bool {
    value & 0x0F0F == 0x0A0A && value >> 8 == value & 0xFF
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_names_alerts_as_everyone_does() {
        assert_eq!(alert_name(48), Some("unknown_ca"));
        assert_eq!(alert_name(200), None);
        assert!(ALERTS.is_sorted_by_key(|(number, _)| *number));
        assert!(is_grease(0xDADA) && !is_grease(0xDA0A) && !is_grease(0x1301));
    }
}
