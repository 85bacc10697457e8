//! Every kind of text that is taken as a whole, in the order in which they are asked.

use crate::logs::config::{
    apache, caddy, haproxy, iptables, limits, nftables, nginx, php, php_fpm, sysctl, systemd, ufw, varnish,
};
use crate::logs::document::{DocumentContent, DocumentFormat, DocumentKind};
use crate::logs::events::{dated, edge_trace, git, kubernetes, packages, records};
#[cfg(test)]
use crate::logs::row::ConfiguredProgram;
use crate::logs::state::{
    apache_status, boot, certificate, container_addresses, counters, disk, dns, haproxy_status, machine,
    memory, mtr, nginx_status, php_fpm_status, sockets, traceroute,
};

const fn config(
    id: &'static str,
    fits: fn(&str) -> bool,
    read: fn(&str) -> DocumentContent,
) -> DocumentFormat {
    DocumentFormat { id, kind: DocumentKind::Config, fits, read }
}

const fn events(
    id: &'static str,
    fits: fn(&str) -> bool,
    read: fn(&str) -> DocumentContent,
) -> DocumentFormat {
    DocumentFormat { id, kind: DocumentKind::Events, fits, read }
}

/// nginx's configuration. It is asked last, after the logs: two known words make it.
pub const NGINX: DocumentFormat = config("nginx_config", nginx::fits, nginx::read);

/// All others, the more particular first.
pub const DOCUMENTS: [DocumentFormat; 54] = [
    config("ss_list", sockets::fits_list, sockets::read_list),
    config("ss_summary", sockets::fits_summary, sockets::read_summary),
    config("nstat", counters::fits_nstat, counters::read_nstat),
    config("netstat_statistics", counters::fits_netstat, counters::read_netstat),
    config("proc_net", counters::fits_proc, counters::read_proc),
    config("vmstat", memory::fits_vmstat, memory::read_vmstat),
    config("free", memory::fits_free, memory::read_free),
    config("df", disk::fits, disk::read),
    config("boot_time", boot::fits, boot::read),
    config("uptime", machine::fits_uptime, machine::read),
    config("sar", machine::fits_sar, machine::read),
    config("openssl_verification", certificate::fits_openssl, certificate::read_openssl),
    config("certbot_certificates", certificate::fits_certbot, certificate::read_certbot),
    config("docker_network", container_addresses::fits_network, container_addresses::read_network),
    config("docker_addresses", container_addresses::fits_inspected, container_addresses::read_inspected),
    config("kubernetes_pods", container_addresses::fits_pods, container_addresses::read_pods),
    config("dns_records", dns::fits, dns::read),
    config("mtr", mtr::fits_report, mtr::read_report),
    config("mtr_csv", mtr::fits_csv, mtr::read_csv),
    config("mtr_json", mtr::fits_json, mtr::read_json),
    config("traceroute", traceroute::fits, traceroute::read),
    config("ulimit", limits::fits_ulimit, limits::read_ulimit),
    config("proc_limits", limits::fits_proc, limits::read_proc),
    config("nginx_stub_status", nginx_status::fits, nginx_status::read),
    config("apache_status", apache_status::fits_auto, apache_status::read_auto),
    config("apache_status_html", apache_status::fits_html, apache_status::read_html),
    config("haproxy_stat", haproxy_status::fits_stat, haproxy_status::read_stat),
    config("haproxy_info", haproxy_status::fits_info, haproxy_status::read_info),
    config("php_fpm_status", php_fpm_status::fits_text, php_fpm_status::read_text),
    config("php_fpm_status_json", php_fpm_status::fits_json, php_fpm_status::read_json),
    config("ufw_status", ufw::fits, ufw::read),
    config("iptables_save", iptables::fits, iptables::read),
    config("nft_ruleset", nftables::fits, nftables::read),
    config("sysctl", sysctl::fits, sysctl::read),
    config("varnish_vcl", varnish::fits, varnish::read),
    config("systemd_unit", systemd::fits, systemd::read),
    config("php_fpm_dump", php_fpm::fits_dump, php_fpm::read_dump),
    config("php_fpm_pool", php_fpm::fits, php_fpm::read),
    config("php_ini", php::fits, php::read),
    config("haproxy_config", haproxy::fits, haproxy::read),
    config("apache_config", apache::fits, apache::read),
    config("caddyfile", caddy::fits, caddy::read),
    events("cdn_cgi_trace", edge_trace::fits, edge_trace::read),
    events("git_log", git::fits_log, git::read_log),
    events("git_log_lines", git::fits_lines, git::read_lines),
    events("git_log_oneline", git::fits_oneline, git::read_oneline),
    events("apt_history", packages::fits_apt, packages::read_apt),
    events("dpkg_log", packages::fits_dpkg, packages::read_dpkg),
    events("kubernetes_events", kubernetes::fits_table, kubernetes::read_table),
    events("kubernetes_events_json", kubernetes::fits_json, kubernetes::read_json),
    events("events_table", records::fits_table, records::read_table),
    events("events_json", records::fits_lines, records::read_lines),
    events("events_json_array", records::fits_array, records::read_array),
    events("events_lines", dated::fits, dated::read),
];

/// Whether a directive of a program is kept where a configuration has it.
#[cfg(test)]
pub(crate) fn is_read(program: ConfiguredProgram, directive: &str) -> bool {
    let quoted = match program {
        ConfiguredProgram::Nginx => nginx::QUOTED.to_vec(),
        ConfiguredProgram::Apache => apache::QUOTED.to_vec(),
        ConfiguredProgram::Haproxy => haproxy::QUOTED.to_vec(),
        ConfiguredProgram::PhpFpm => php_fpm::QUOTED.to_vec(),
        ConfiguredProgram::Php => php::QUOTED.to_vec(),
        ConfiguredProgram::Caddy => caddy::QUOTED.to_vec(),
        ConfiguredProgram::Varnish => varnish::QUOTED.to_vec(),
        ConfiguredProgram::Systemd => systemd::QUOTED.to_vec(),
        ConfiguredProgram::Linux => [&sysctl::QUOTED[..], &limits::QUOTED].concat(),
        ConfiguredProgram::Firewall => vec!["drop", "reject", "limit", "policy"],
    };
    quoted.contains(&directive)
}
