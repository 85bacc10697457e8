"""Faults of TLS with the origin."""

import os
import signal

from lab import firewall
from lab.front import Front, TlsHost

from .fault import Fault

SERVERS = ("nginx", "apache", "haproxy", "caddy", "node")
OTHERS = ["files", "pay", "intern", "admin", "old"]


def other_host(run) -> str:
    return f"{run.rng.choice(OTHERS)}.{run.hosts[0]}"


def one_host(make, **settings):
    """One more name, whose certificate or settings `make(run, name)` gives; requests for it fail."""

    def build(run) -> None:
        name, good = other_host(run), run.tls_hosts()
        run.site(front=Front(tls=[*good, make(run, name)]))
        run.browse(run.rng.randrange(160, 260))
        run.faulty(["/", "/product/3", "/cart"], host=name, **settings)

    return build


def _issued(run, name: str, shown: str | None = None, **more) -> TlsHost:
    run.authority.leaf(shown or name, **more)
    return TlsHost(name, f"{run.authority.folder}/{shown or name}")


def expired(run, name: str) -> TlsHost:
    early = run.rng.random() < 0.3
    days = {"first_day": 3, "last_day": 90} if early else {"first_day": -99, "last_day": -run.rng.randrange(1, 30)}
    return _issued(run, name, **days)


def self_signed(run, name: str) -> TlsHost:
    run.authority.self_signed(name)
    return TlsHost(name, f"{run.authority.folder}/{name}")


def incomplete(run, name: str) -> TlsHost:
    run.authority.leaf_of_intermediate(name)
    return TlsHost(name, f"{run.authority.folder}/{name}")


def mismatch(run, name: str) -> TlsHost:
    return _issued(run, name, shown="panel.hosting.example")


def one_cipher(run, name: str) -> TlsHost:
    host = _issued(run, name)
    host.maximum = "1.2"
    host.ciphers = "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256" if run.family == "caddy" else "ECDHE-RSA-CHACHA20-POLY1305"
    return host


def wants_certificate(run, name: str) -> TlsHost:
    host = _issued(run, name)
    host.client_authority = run.authority.file
    return host


def rejected(run, name: str) -> TlsHost:
    host = _issued(run, name)
    host.reject = True
    return host


def newer_only(run, name: str) -> TlsHost:
    host = _issued(run, name)
    host.minimum = "1.3"
    return host


def no_protocol_in_common(run) -> None:
    name, good = other_host(run), run.tls_hosts()
    run.SCENARIO.edge.alpn, run.SCENARIO.edge.alpn_host = ("h2",), name
    run.site(front=Front(tls=[*good, _issued(run, name)], alpn=("http/1.1",)))
    run.browse(run.rng.randrange(160, 260))
    run.faulty(["/", "/product/3"], host=name)


def long_hello(side: str, hook: str):
    """The edge's hello for one host needs two packets, as post-quantum key shares make it; a device passes the first alone.

    This edge's library has no such groups: a long list of protocols makes the same two packets.
    """

    def build(run) -> None:
        name, good = other_host(run), run.tls_hosts()
        padding = tuple(f"padding-{number:04}" for number in range(run.rng.randrange(110, 150)))
        run.SCENARIO.edge.alpn, run.SCENARIO.edge.alpn_host = (*padding, "http/1.1"), name
        run.site(front=Front(tls=[*good, _issued(run, name)]))
        firewall.first_packet_only(run.lab, side, hook)
        run.browse(run.rng.randrange(160, 260))
        run.faulty(["/", "/product/3", "/cart"], host=name, fresh=True)

    return build


def configured_anew(change):
    """From some moment on the server runs with other settings. Nobody asks while it is restarted."""

    def build(run) -> None:
        site, at = run.site(front=Front(tls=run.tls_hosts())), run.rng.uniform(3.5, 5)
        run.browse(run.rng.randrange(160, 260), 8)
        run.lull(at - 0.7, at + 1.6)

        def act(lab):
            lab.at(at - 0.3)
            site.edge_side.stop()
            change(site)
            site.edge_side.start()

        run.act = act

    return build


def to_plain(site) -> None:
    site.front.plain = True
    _apply(site)


def to_newer(site) -> None:
    for host in site.front.tls:
        host.minimum = "1.3"
    _apply(site)


def _apply(site) -> None:
    """nginx and Node took their settings when they were made; the others read them at each start."""
    server = site.edge_side
    if server.name == "nginx":
        server.configuration = type(server)(site.lab, site.front).configuration
    elif server.name == "node":
        server.settings |= {"plain": site.front.plain, "tls": [vars(host) for host in site.front.tls]}


def hangs(run) -> None:
    site, at = run.site(), run.rng.uniform(2.5, 4)
    run.browse(run.rng.randrange(160, 240), 8)
    run.lull(at - 0.35, at + 0.05)

    def act(lab):
        pids = site.edge_side.children() or site.edge_side.group()
        lab.at(at)
        for pid in pids:
            os.kill(pid, signal.SIGSTOP)
        lab.at(at + 4)
        for pid in pids:
            os.kill(pid, signal.SIGCONT)

    run.act = act


STRICT = {"edge": {"strict": True}, "transports": ("tls12", "tls13")}
BOTH = {"transports": ("tls12", "tls13")}
FAULTS = [
    Fault(
        "tls-certificate-expired",
        "tls-certificate-expired",
        SERVERS,
        one_host(expired),
        "One host's certificate is past or before its time.",
        **STRICT,
    ),
    Fault(
        "tls-certificate-self-signed",
        "tls-certificate-self-signed",
        SERVERS,
        one_host(self_signed),
        "One host signed its certificate itself.",
        **STRICT,
    ),
    Fault(
        "tls-certificate-name-mismatch",
        "tls-certificate-name-mismatch",
        ("nginx", "apache", "haproxy", "node"),
        one_host(mismatch),
        "One host shows another's certificate.",
        **STRICT,
    ),
    Fault(
        "tls-certificate-incomplete-chain",
        "tls-certificate-incomplete-chain",
        SERVERS,
        one_host(incomplete),
        "One host does not send its intermediate certificate.",
        **STRICT,
    ),
    Fault(
        "tls-no-shared-cipher",
        "tls-no-shared-cipher",
        ("nginx", "apache", "haproxy", "caddy"),
        one_host(one_cipher),
        "One host takes a single cipher, which the edge does not offer.",
        transports=("tls12",),
    ),
    Fault(
        "tls-client-certificate-required",
        "tls-client-certificate-required",
        ("nginx", "apache", "haproxy", "caddy"),
        one_host(wants_certificate),
        "One host wants a client certificate, which the edge does not send.",
        failing_statuses=(400,),
        **BOTH,
    ),
    Fault(
        "tls-unknown-name",
        "tls-unknown-name",
        ("nginx", "haproxy"),
        one_host(rejected),
        "One name is unknown to the server, which rejects the handshake.",
        **BOTH,
    ),
    Fault(
        "tls-protocol-version-host",
        "tls-protocol-version",
        ("haproxy", "caddy"),
        one_host(newer_only),
        "One host takes TLS 1.3 only, this edge offers 1.2.",
        transports=("tls12",),
    ),
    Fault(
        "tls-protocol-version",
        "tls-protocol-version",
        ("nginx", "apache", "node", "haproxy"),
        configured_anew(to_newer),
        "After a change the server takes TLS 1.3 only, this edge offers 1.2.",
        transports=("tls12",),
        collateral={"tls_handshake": "tls-protocol-version"},
        edge={"fresh_share": 1.0},
        host_scope=True,
    ),
    Fault(
        "tls-plaintext-on-port",
        "tls-plaintext-on-port",
        SERVERS,
        configured_anew(to_plain),
        "After a change the port of TLS speaks plain HTTP.",
        collateral={"tls_handshake": "tls-plaintext-on-port"},
        edge={"fresh_share": 1.0},
        host_scope=True,
        **BOTH,
    ),
    Fault(
        "tls-handshake-timeout",
        "tls-handshake-timeout",
        SERVERS,
        hangs,
        "The server hangs: hellos are acknowledged by the kernel and never answered.",
        collateral={"tls_handshake": "tls-handshake-timeout"},
        edge={"fresh_share": 1.0},
        host_scope=True,
        **BOTH,
    ),
    Fault(
        "tls-split-hello",
        "tls-split-hello",
        SERVERS,
        long_hello("origin", "input"),
        "For one host the edge's hello takes two packets, of which a filter behind the capture passes the first alone.",
        **BOTH,
    ),
    Fault(
        "tls-split-hello-on-the-way",
        "tls-split-hello",
        SERVERS,
        long_hello("router", "forward"),
        "For one host the edge's hello takes two packets, of which a device before the origin passes the first alone.",
        router=True,
        **BOTH,
    ),
    Fault(
        "alpn-mismatch",
        "alpn-mismatch",
        ("nginx", "node", "apache", "caddy"),
        no_protocol_in_common,
        "The edge offers h2 alone for one host, which speaks HTTP/1 only.",
        **BOTH,
    ),
]
EXCLUSIVE = ()
