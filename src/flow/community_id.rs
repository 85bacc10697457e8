//! Community ID, version 1: one string for a flow that Zeek, Suricata and Wireshark compute alike
//! (github.com/corelight/community-id-spec).

use std::net::{IpAddr, SocketAddr};

use sha1::{Digest, Sha1};

use crate::text::base64::base64;

/// The protocol number of TCP.
const TCP: u8 = 6;
/// The seed that everybody uses.
const SEED: u16 = 0;

/// The community id of a TCP connection, the same for both directions.
pub fn community_id(a: SocketAddr, b: SocketAddr) -> String {
    let (low, high) = if order(a) <= order(b) { (a, b) } else { (b, a) };
    let mut hasher = Sha1::new();
    hasher.update(SEED.to_be_bytes());
    hasher.update(octets(low.ip()));
    hasher.update(octets(high.ip()));
    hasher.update([TCP, 0]);
    hasher.update(low.port().to_be_bytes());
    hasher.update(high.port().to_be_bytes());
    format!("1:{}", base64(&hasher.finalize()))
}

fn order(address: SocketAddr) -> (Vec<u8>, u16) {
    (octets(address.ip()), address.port())
}

fn octets(address: IpAddr) -> Vec<u8> {
    match address {
        IpAddr::V4(address) => address.octets().to_vec(),
        IpAddr::V6(address) => address.octets().to_vec(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The specification's own baseline.
    #[test]
    fn the_id_is_the_one_that_other_tools_show() {
        let id = |a: &str, b: &str| community_id(a.parse().unwrap(), b.parse().unwrap());
        assert_eq!(id("128.232.110.120:34855", "66.35.250.204:80"), "1:LQU9qZlK+B5F3KDmev6m5PMibrg=");
        assert_eq!(id("66.35.250.204:80", "128.232.110.120:34855"), "1:LQU9qZlK+B5F3KDmev6m5PMibrg=");
    }
}
