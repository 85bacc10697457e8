//! How what another crate defines is written, where a reading is kept: by its number.

/// The protocol of a datagram.
pub(super) mod protocol {
    use etherparse::IpNumber;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub fn serialize<S: Serializer>(protocol: &Option<IpNumber>, out: S) -> Result<S::Ok, S::Error> {
        protocol.map(|protocol| protocol.0).serialize(out)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<IpNumber>, D::Error> {
        Ok(Option::<u8>::deserialize(from)?.map(IpNumber))
    }
}

/// Protocol and time to live of a datagram's first fragment.
pub(super) mod beginning {
    use etherparse::IpNumber;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub fn serialize<S: Serializer>(first: &Option<(IpNumber, u8)>, out: S) -> Result<S::Ok, S::Error> {
        first.map(|(protocol, ttl)| (protocol.0, ttl)).serialize(out)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<(IpNumber, u8)>, D::Error> {
        let first = Option::<(u8, u8)>::deserialize(from)?;
        Ok(first.map(|(protocol, ttl)| (IpNumber(protocol), ttl)))
    }
}
