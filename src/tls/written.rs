//! How a record's type is written, which another crate defines, where a reading is kept: by its number.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use tls_parser::TlsRecordType;

pub(super) fn serialize<S: Serializer>(kind: &TlsRecordType, out: S) -> Result<S::Ok, S::Error> {
    kind.0.serialize(out)
}

pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<TlsRecordType, D::Error> {
    u8::deserialize(from).map(TlsRecordType)
}
