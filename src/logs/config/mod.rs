//! Files of configuration, one file a program. Only directives on a list are kept: a password in another one never leaves its file.

pub(crate) mod apache;
pub(crate) mod caddy;
pub(crate) mod firewall;
pub(crate) mod haproxy;
pub(crate) mod iptables;
pub(crate) mod limits;
pub(crate) mod nftables;
pub(crate) mod nginx;
pub(crate) mod php;
pub(crate) mod php_fpm;
pub(crate) mod section;
pub(crate) mod sysctl;
pub(crate) mod systemd;
pub(crate) mod ufw;
pub(crate) mod varnish;
