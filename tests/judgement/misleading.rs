//! Signs by which people in the field were led to a wrong cause.

use super::Decoy;
use super::conversation::Speaker::{Edge, Origin};
use super::conversation::answer;
use super::incident::{Incident, Source, incident};
use super::request::{EDGES, ROUTER, Request};
use super::tls_messages::client_hello;

/// The firewall writes of a packet of each failing request, with these flags.
fn firewall_writes(flags: &str) -> Incident {
    let line = |address: &std::net::Ipv4Addr| {
        format!(
            "kernel: [UFW BLOCK] IN=eth0 OUT= MAC=02 SRC={address} DST=203.0.113.10 LEN=40 TOS=0x00 PREC=0x00 TTL=57 ID=1 DF PROTO=TCP SPT=20041 DPT=443 WINDOW=0 RES=0x00 {flags} URGP=0 "
        )
    };
    let told = (50..58).fold(incident().healthy(40), |told, at| {
        EDGES.iter().fold(told, |told, address| told.line(Source::SystemLog, at, &line(address)))
    });
    told.failing_within(6, (50, 57), |r| r.edge(522, 0).connection(|c| c.syns(4)))
}

fn unanswered(r: Request) -> Request {
    r.edge(522, 0).connection(|c| c.syns(4))
}

pub const DECOYS: &[Decoy] = &[
    Decoy {
        mark: "lines of the firewall about late resets from the edge's addresses, which block nothing that matters",
        named: Some("connect-timeout"),
        told: || firewall_writes("RST"),
    },
    Decoy {
        mark: "lines of the firewall about the SYNs themselves",
        named: Some("firewall-drop"),
        told: || firewall_writes("SYN"),
    },
    Decoy {
        mark: "one address of the edge alone, which fail2ban has banned: it looks like a fault of one visitor's",
        named: Some("firewall-drop"),
        told: || {
            let ban = format!("fail2ban.actions[700]: NOTICE [nginx-limit-req] Ban {}", EDGES[3]);
            incident()
                .others(20, |r| r.by_edge(EDGES[0]).goes_well())
                .line(Source::SystemLog, 40, &ban)
                .failing_within(6, (45, 100), |r| unanswered(r.by_edge(EDGES[3])))
        },
    },
    Decoy {
        mark: "a 525 that is neither a certificate's nor a cipher's: the connection is reset by name before the server",
        named: Some("middlebox-reset"),
        told: || {
            let hello = client_hello("shop.example", &["http/1.1"], 0);
            incident().healthy(40).failing(6, |r| {
                r.edge(525, 0)
                    .connection(|c| c.opens().says(Edge, &hello).takes(Origin).wait(3).reset_from(Origin, 61))
            })
        },
    },
    Decoy {
        mark: "a page of the edge for a 502 that the application answered",
        named: Some("origin-error-status"),
        told: || {
            let page = answer("502 Bad Gateway", "", "no");
            incident().healthy(40).failing(6, |r| {
                r.edge(502, 502)
                    .access(502)
                    .connection(|c| c.opens().asks().answers(&page).ends(Edge))
                    .browser(502, &[], "error code: 502")
            })
        },
    },
    Decoy {
        mark: "a ClientHello of two packets that hangs, of which the full-size one is too big for a router",
        named: Some("mtu-black-hole"),
        told: || {
            let long = client_hello("shop.example", &["http/1.1"], 1500);
            incident().healthy(40).failing(6, |r| {
                r.edge(525, 0).connection(|c| {
                    let c = c.opens().loses(Edge, &long[..1400]).icmp(ROUTER, (3, 4)).repeats(Edge, 4);
                    c.wait(9000).closes(Edge)
                })
            })
        },
    },
];
