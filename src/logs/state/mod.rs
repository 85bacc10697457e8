//! What commands say of the state of a machine or a server, one file a subject. A figure that tells of a fault becomes a message; the others
//! are read and count.

pub(crate) mod apache_status;
pub(crate) mod boot;
pub(crate) mod certificate;
pub(crate) mod container_addresses;
pub(crate) mod counters;
pub(crate) mod disk;
pub(crate) mod dns;
pub(crate) mod haproxy_status;
pub(crate) mod machine;
pub(crate) mod memory;
pub(crate) mod mtr;
pub(crate) mod nginx_status;
pub(crate) mod php_fpm_status;
pub(crate) mod sockets;
pub(crate) mod traceroute;
