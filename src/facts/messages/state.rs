//! What figures of a state say, in the words that `logs::state` and `logs::config` make of them: commands print numbers, not messages.

use super::signature::{Signature, signatures};

pub(super) const KERNEL: &[Signature] = signatures! { Kernel, "Linux Documentation/networking/snmp_counter.rst, nf_conntrack-sysctl.rst, admin-guide/sysctl/fs.rst, include/net/sock.h; df(1), free(1), vmstat(8), mtr(8), traceroute(8)";
    "state-accept-queue-full": "more connections wait to be accepted than a listener's queue holds" {
        "listener {}: {figure} connections wait to be accepted" => "listener 0.0.0.0:443: 129 connections wait to be accepted, and 128 may (ss)",
    }
    "state-accept-queue-overflowed": "connections found the accept queue full" {
        "TcpExtListenOverflows {figure}: " => "TcpExtListenOverflows 812: connections that found the accept queue full, counted since the machine started",
    }
    "state-half-open-queue-full": "the queue of half-open connections was full" {
        "TcpExtTCPReqQFullDrop {figure}: " => "TcpExtTCPReqQFullDrop 9: SYNs dropped because the queue of half-open connections was full",
        "TcpExtTCPReqQFullDoCookies {figure}: " => "TcpExtTCPReqQFullDoCookies 9: SYNs answered with a cookie because the queue of half-open connections was full",
    }
    "state-tcp-memory-short": "TCP ran short of memory" {
        "TcpExtTCPMemoryPressures {figure}: " => "TcpExtTCPMemoryPressures 3: times that TCP ran short of memory",
        "TcpExtTCPAbortOnMemory {figure}: " => "TcpExtTCPAbortOnMemory 3: connections ended because TCP had no memory",
    }
    "state-conntrack-at-limit": "the connection-tracking table is full" {
        "nf_conntrack_count {figure} of nf_conntrack_max " => "nf_conntrack_count 65536 of nf_conntrack_max 65536: the table was full when this was written down",
    }
    "state-disk-full": "a file system has nothing left" {
        "df: {} has no room left" => "df: / (/dev/sda1) has no room left when this was written down",
        "df: {} has no inodes left" => "df: / (/dev/sda1) has no inodes left when this was written down",
    }
    "state-memory-used-up": "hardly any memory is available, and no swap is left" {
        "free: {} of 100 parts of memory are available, and no swap is left" => "free: 0.4 of 100 parts of memory are available, and no swap is left, when this was written down",
    }
    "state-swapping": "the machine moves pages to swap and back" {
        "vmstat: in {figure} of {} intervals pages went to swap and came back" => "vmstat: in 4 of 5 intervals pages went to swap and came back",
    }
    "state-path-loss": "packets are lost on a path from one hop on to its end" {
        "mtr: {} of 100 probes are lost at the end of the path, and some at every hop from {figure} on" => "mtr: 20.0 of 100 probes are lost at the end of the path, and some at every hop from 2 on (203.0.113.1)",
    }
    "state-path-unreachable": "a router on a path has no way to its end" {
        "traceroute: hop {figure} answers that the end of the path cannot be reached" => "traceroute: hop 3 answers that the end of the path cannot be reached",
    }
    "state-files-at-limit": "as many files are open as may be" {
        "fs.file-nr {figure} of " => "fs.file-nr 97816 of 97816 files open when this was written down",
    }
};

pub(super) const WEB_SERVERS: &[Signature] = signatures! { Apache, "httpd mod_status, ngx_http_stub_status_module";
    "state-apache-no-idle-worker": "no worker of Apache is idle" {
        "server-status: {figure} workers busy, none idle" => "server-status: 150 workers busy, none idle when this was written down",
    }
    "state-nginx-connections-dropped": "nginx accepted connections for which it had no slot" {
        "stub_status: {figure} connections accepted and not handled" => "stub_status: 12 connections accepted and not handled since nginx started",
    }
};

pub(super) const HAPROXY: &[Signature] = signatures! { Haproxy, "HAProxy management guide, 9.1 CSV format and show info";
    "state-haproxy-server-down": "HAProxy sends nothing to a server" {
        "show stat: {} is DOWN" => "show stat: app/web1 is DOWN",
        "show stat: {} is MAINT" => "show stat: app/web1 is MAINT",
        "show stat: {} is NOLB" => "show stat: app/web1 is NOLB",
    }
    "state-haproxy-at-limit": "HAProxy has as many sessions as it may" {
        "show stat: {} has {figure} sessions of its limit " => "show stat: fe/FRONTEND has 2000 sessions of its limit 2000",
        "show info: {figure} connections of the limit Maxconn " => "show info: 2000 connections of the limit Maxconn 2000",
    }
};

pub(super) const PHP_FPM: &[Signature] = signatures! { PhpFpm, "PHP manual, FPM status page";
    "state-php-fpm-queue": "requests wait for a child of php-fpm" {
        "php-fpm status: {figure} requests" => "php-fpm status: 4 requests of 128 wait for a child of pool www when this was written down",
    }
    "state-php-fpm-max-children": "a pool of php-fpm reached its limit of children" {
        "php-fpm status: max children reached {figure} times" => "php-fpm status: max children reached 3 times by pool www since it started",
    }
};

pub(super) const CONTAINERS: &[Signature] = signatures! { Application, "docs.docker.com, Docker Engine API, NetworkInspect and ContainerInspect; kubernetes.io, kubectl get pods -o wide";
    "state-container-address": "a container has this address" {
        "the container {} has the address " => "the container shop-api-1 has the address 172.20.0.7",
    }
};

pub(super) const NAMES: &[Signature] = signatures! { Application, "RFC 1035, 5.1; ISC BIND 9.18, dig(1) and host(1)";
    "state-dns-record": "a name has this address by the records that somebody looked at" {
        "the name {} has the address " => "the name shop.example has the address 203.0.113.10",
    }
};

pub(super) const CERTIFICATES: &[Signature] = signatures! { OpenSsl, "openssl-verification-options(1), X509_V_ERR; certbot, certificates";
    "state-certificate-out-of-dates": "the server's certificate is out of its dates" {
        "the server's certificate has expired" => "the server's certificate has expired",
        "the server's certificate for {} has expired" => "the server's certificate for shop.example has expired",
        "the server's certificate is not valid yet" => "the server's certificate is not valid yet",
        "the server's certificate for {} is not valid yet" => "the server's certificate for shop.example is not valid yet",
    }
    "state-certificate-ends": "the server's certificate is valid until then" {
        "the server's certificate is valid until " => "the server's certificate is valid until Nov 17 06:58:41 2026 GMT",
        "the server's certificate for {} is valid until " => "the server's certificate for shop.example is valid until Nov 17 06:58:41 2026 GMT",
    }
    "state-certificate-self-signed": "the server's certificate is self-signed" {
        "the server's certificate is self-signed" => "the server's certificate is self-signed",
        "the server's certificate for {} is self-signed" => "the server's certificate for shop.example is self-signed",
    }
    "state-certificate-alone": "the server's certificate comes without its issuer's" {
        "the server's certificate comes without its issuer's" => "the server's certificate comes without its issuer's",
        "the server's certificate for {} comes without its issuer's" => "the server's certificate for shop.example comes without its issuer's",
    }
    "state-certificate-issuer-unknown": "the issuer of the server's certificate is not known" {
        "the server's certificate has an issuer that is not known" => "the server's certificate has an issuer that is not known",
        "the server's certificate for {} has an issuer that is not known" => "the server's certificate for shop.example has an issuer that is not known",
    }
    "state-certificate-other-name": "the server's certificate is for another name" {
        "the server's certificate is for another name" => "the server's certificate is for another name",
        "the server's certificate for {} is for another name" => "the server's certificate for shop.example is for another name",
    }
    "state-certificate-missing": "the server has no certificate for the name" {
        "the server's certificate is missing" => "the server's certificate is missing",
        "the server's certificate for {} is missing" => "the server's certificate for shop.example is missing",
    }
};
