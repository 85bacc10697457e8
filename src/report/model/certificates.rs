//! The certificates that servers showed.

use schemars::JsonSchema;
use serde::Serialize;

use crate::report::redaction::ReportText;

use super::number::Moment;

/// A chain of certificates as servers showed it, on healthy connections as well.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
pub struct ServedChain {
    /// The first 16 hex digits of SHA-256 over the bytes of all its certificates: `--certificates` writes it as `ID.pem`. Null where the
    /// bytes were not kept (a chain of more than 16 KiB).
    pub id: Option<ReportText>,
    /// Where it leads.
    pub trust: ChainTrust,
    /// All that is wrong with it by the capture's time of the last connection that has it; empty where nothing is.
    pub observations: Vec<CertificateObservation>,
    /// Its certificates as they were sent, the server's own first.
    pub certificates: Vec<ServedCertificate>,
    /// Who showed it to clients that asked for what.
    pub served: Vec<ServedTo>,
}

/// Where a chain leads, by the names and key identifiers in its certificates; signatures are not verified.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
pub struct ChainTrust {
    /// Where it leads.
    pub kind: ChainTrustKind,
    /// The name of the root, or of the issuer that is missing; null where there is none.
    pub name: Option<ReportText>,
    /// The same in words.
    pub text: ReportText,
}

/// Where a chain leads. The roots are those of `profile.limits.root_store`'s day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ChainTrustKind {
    /// A root that browsers trust issued it.
    BrowserRoot,
    /// Cloudflare's Origin CA issued it, which the edge trusts and browsers do not.
    OriginCa,
    /// It ends at a root that browsers do not know.
    OtherRoot,
    /// It cannot be told: an issuer was not sent, and is no root that browsers trust.
    Incomplete,
    /// It cannot be told: the server's certificate cannot be read, or its bytes were not kept.
    #[default]
    Unread,
}

/// A certificate of a chain (RFC 5280).
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
pub struct ServedCertificate {
    /// Whose it is.
    pub subject: ReportText,
    /// Who issued it.
    pub issuer: ReportText,
    /// Its serial number in hex.
    pub serial: ReportText,
    /// SHA-256 over its bytes in hex; null where they were not kept.
    pub sha256: Option<ReportText>,
    /// DNS names and addresses that it covers; at most 100.
    pub names: Vec<ReportText>,
    /// The names beyond these.
    pub more_names: u64,
    /// Not valid before.
    pub not_before: Moment,
    /// Not valid after.
    pub not_after: Moment,
    /// Its public key, as in `RSA, 2048 bits`; null where the bytes were not kept.
    pub key: Option<ReportText>,
    /// How it is signed, as in `sha256WithRSAEncryption`; null where the bytes were not kept.
    pub signature: Option<ReportText>,
    /// It names itself as its issuer.
    pub self_issued: bool,
}

/// Something that is wrong with a chain, or soon will be.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
pub struct CertificateObservation {
    /// What it is.
    pub kind: CertificateObservationKind,
    /// Of which of its certificates, from 0.
    pub certificate: u64,
    /// The same in words.
    pub text: ReportText,
}

/// What is wrong with a certificate, or soon will be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CertificateObservationKind {
    /// It was not valid any more.
    #[default]
    Expired,
    /// It was not valid yet.
    NotYetValid,
    /// It ends within 30 days.
    EndsSoon,
    /// It does not cover a name that was asked for.
    OtherName,
    /// It is its own issuer.
    SelfSigned,
    /// Its issuer is not sent with it, and is no root that browsers trust.
    IssuerMissing,
    /// Its key is shorter than authorities accept.
    WeakKey,
    /// It is signed with SHA-1 or MD5.
    WeakSignature,
}

/// A server that showed a chain, and the name that was asked for.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
pub struct ServedTo {
    /// The server's address and port.
    pub server: ReportText,
    /// The name that clients asked for (SNI); null where they asked for none.
    pub name: Option<ReportText>,
    /// Whether the server's certificate covers that name; null where none was asked for.
    pub covered: Option<bool>,
    /// On how many connections.
    pub connections: u64,
    /// The input in which it was shown first.
    pub input: ReportText,
    /// Wireshark's number of the frame that completed it there.
    pub frame: Option<u64>,
    /// A display filter that shows the connection.
    pub filter: Option<ReportText>,
    /// When it was shown last, by the capture's clock.
    pub last: Moment,
}
