"""The rule on inputs: what can be known of a failing request from the inputs at hand. It was written before any program was run on a draw.

A request's answer is its root, where an input that carries the root is in the draw and shows this request or its sign; else its
mechanism, where an input shows what happened; else none. README.md has the table in words.
"""

import re
from dataclasses import dataclass, field

from .grade import UNEXPLAINED


@dataclass(frozen=True)
class Carriers:
    """Which inputs carry a root, and in which condition.

    `packets`: "" (they cannot), "seen" (packets of its connection), "covered" (the capture ran, whether it has any),
    "asked" (the capture ran, it or the edge's log has from where and whom the edge asked, and others are served meanwhile), "status" (an answer's first
    bytes can be read), "readable" (the HTTP in them can be read), "hello" (the beginning of the handshake), "certificate" (the handshake's later messages), "border" (before the router).
    `lines`: what a line of an error, system or application log says. `edge`: these statuses in the edge's log, or fields that it must have.
    `access`: these statuses in the origin's access log. `page`: the edge's page or a HAR entry.
    """

    packets: str = ""
    lines: str = ""
    edge_statuses: tuple = ()
    edge_fields: tuple = ()
    access: tuple = ()
    page: bool = False
    mechanism: str | None = None  # where it is not what the edge's own word for the error says
    also: tuple = ()  # roots that the same evidence fits as well
    where_restarted: tuple = ()  # the same, where a program behind was stopped and started around the failure


CERTIFICATE = Carriers("certificate", r"alert (certificate expired|bad certificate|certificate unknown|unknown certificate)")
# The edge answers either with the alert unknown_ca(48): only the certificate itself tells which of the two it is.
OF_UNKNOWN_AUTHORITY = ("tls-certificate-self-signed", "tls-certificate-incomplete-chain")
UNKNOWN_AUTHORITY = re.compile(r"alert unknown ca")
# The same of bad_certificate(42): of a certificate before its time, and of another host's (OpenSSL, ssl_x509err2alert).
OF_BAD_CERTIFICATE = ("tls-certificate-expired", "tls-certificate-name-mismatch")
BAD_CERTIFICATE = re.compile(r"alert bad certificate")
MADE = Carriers(page=True)
CRASH = (
    r"exited on signal (11|6|7)|exit signal (Segmentation|Abort)|killed by signal (11|6)|terminated due to signal (11|6)|status=11/SEGV|status=6/ABRT|code=dumped"
    r"|got Segmentation Fault|was sent SIG(SEGV|ABRT)"
)
TABLE: dict[str, Carriers] = {
    # Reaching the origin
    "connect-refused": Carriers("seen", edge_statuses=(521,), also=("restart-window",)),
    "connect-timeout": Carriers("covered", edge_statuses=(522,)),
    "firewall-drop": Carriers("asked", r"UFW BLOCK", also=("return-path-broken",)),
    "firewall-reset": Carriers("seen"),
    "return-path-broken": Carriers("seen", also=("firewall-drop",)),
    "host-unreachable": Carriers("border", edge_statuses=(523,)),
    "wrong-origin-address": Carriers(edge_fields=("OriginIP",)),
    "accept-queue-overflow": Carriers("seen", r"ListenOverflows +[1-9]", mechanism="connect-timeout", also=("slow-response", "connect-timeout")),
    "syn-flood": Carriers("covered", mechanism="connect-timeout"),
    "conntrack-full": Carriers(lines=r"table full, dropping", mechanism="connect-timeout"),
    "packet-loss": Carriers("seen"),
    "mtu-black-hole": Carriers("seen"),
    "middlebox-reset": Carriers("seen"),
    # Keeping the connection
    "keepalive-race": Carriers("seen"),
    "keepalive-request-cap": Carriers("seen", also=("keepalive-race",)),
    # TLS
    "tls-no-shared-cipher": Carriers("hello", r"no shared cipher|no cipher suite supported|wrong cipher"),
    "tls-protocol-version": Carriers("hello", r"unsupported protocol|unsupported versions|protocol version"),
    "tls-unknown-name": Carriers("hello", r"handshake rejected|unrecognized name|callback failed"),
    "tls-certificate-expired": Carriers("certificate", r"alert certificate expired"),
    "tls-certificate-self-signed": Carriers("certificate"),
    "tls-certificate-name-mismatch": CERTIFICATE,
    "tls-certificate-incomplete-chain": Carriers("certificate"),
    "tls-client-certificate-required": Carriers(
        "certificate", r"no required SSL certificate|peer did not return a certificate|didn't provide a certificate|client certificate not"
    ),
    "tls-plaintext-on-port": Carriers("hello", r"\\x16\\x03"),
    "tls-handshake-timeout": Carriers("hello"),
    "tls-split-hello": Carriers("hello"),
    "alpn-mismatch": Carriers("hello", r"no application protocol|no suitable application protocol"),
    # HTTP
    "empty-response": Carriers("seen"),
    "reset-before-response": Carriers("seen"),
    "truncated-response": Carriers("seen"),
    "response-header-too-large": Carriers("readable"),
    "request-header-too-large": Carriers(
        "readable", r"too (long|large)|exceed|limit request headers|invalid HTTP request size|request block size", access=(414, 431)
    ),
    "invalid-header": Carriers("readable"),
    "bare-lf": Carriers("readable"),
    "invalid-status-line": Carriers("readable"),
    "conflicting-length": Carriers("readable"),
    "duplicate-header": Carriers("readable"),
    "invalid-chunking": Carriers("readable"),
    "body-overrun": Carriers("readable"),
    "http2-protocol-error": Carriers("readable"),
    # The application and its host
    "worker-crash": Carriers(lines=CRASH),
    "oom-kill": Carriers(lines=r"[Oo]ut of memory|oom-kill|OOM killer"),
    "worker-pool-exhausted": Carriers(
        lines=r"max_children|MaxRequestWorkers|worker_connections are not enough|\bsQ|listen queue of socket|\(11: Resource temporarily"
    ),
    "fd-exhausted": Carriers(lines=r"[Tt]oo many open files"),
    "slow-response": Carriers("seen", edge_statuses=(524,)),
    "upstream-refused": Carriers(lines=r"\(111|connection refused|\bSC--|\bSC[A-Z-]|DOWN, reason|AH00957|AH01114", where_restarted=("restart-window",)),
    "upstream-timeout": Carriers(lines=r"\(110|timed out|timeout awaiting|timeout specified has expired|\bsH"),
    "upstream-closed-early": Carriers(
        lines=r"upstream prematurely closed|\bS[HD]--|\bS[HD][A-Z-]|\bS[HD] \d|: EOF|\"EOF\"|reset by peer|AH01102|AH01110|AH00898|broken|unexpected EOF|aborting with incomplete"
    ),
    "upstream-header-too-big": Carriers(lines=r"too big header|\bPH|AH01070|response field|header too large|AH01110|AH10124|AH00898"),
    "security-block": Carriers(lines=r"access forbidden|AH01630|\bPR--|\bLR--| 444 |:444,"),
    "origin-error-status": Carriers("status", edge_fields=("OriginResponseStatus",), access=(500, 502, 503, 504)),
    # The edge and the client
    "edge-dns": MADE,
    "tunnel-down": MADE,
    "edge-queue-full": MADE,
    "edge-limits": MADE,
    "edge-worker-error": Carriers(page=True, edge_fields=("WorkerStatus",)),
    "edge-block": Carriers(page=True, edge_fields=("SecurityAction",)),
    "edge-unbound-host": Carriers(edge_fields=("EdgeServerIP", "OriginIP"), mechanism="connect-timeout"),
    "edge-outage": Carriers(edge_fields=("EdgeServerIP", "EdgeColoCode")),
    "redirect-loop": Carriers("readable", page=True),
    "client-abort": Carriers(edge_statuses=(499,)),
    # From the field
    "restart-window": Carriers(
        "seen",
        r"signal 15|SIGTERM|caught SIGTERM|resuming normal|Handling signal|exiting|shutting down|Listening at|listening on",
        also=("connect-refused",),
    ),
    "client-throttle": Carriers("readable", r"limiting requests", access=(429,)),
    "proxy-protocol-mismatch": Carriers(lines=r"PROXY|ProxyProtocol"),
    "upstream-name": Carriers(lines=r"could not be resolved|no such host|DNS lookup failure|DNS NX|AH00898|SC--|server misbehaving"),
    "backend-pool-stalled": Carriers(lines=r"QueuePool limit|acquiring a connection"),
    "request-framing": Carriers("readable", access=(411,), edge_fields=("OriginResponseStatus",)),
}

# What a program writes when it is stopped from outside, and when it serves again. A reload writes neither of the first.
STOPPED = re.compile(r"signal 15|SIGTERM|Handling signal: term|Shutting down: Master")
STARTED = re.compile(r"resuming normal|Listening at|listening on")

# What happened, by the edge's word for it, where packets or the edge's log show it.
MECHANISM = {
    "connect_refused": "connect-refused",
    "connect_timeout": "connect-timeout",
    "not_acknowledged": "connect-timeout",
    "unreachable": "host-unreachable",
    "closed": "empty-response",
    "reset": "reset-before-response",
    "read_timeout": "slow-response",
    "truncated_head": "truncated-response",
    "truncated_body": "truncated-response",
    "visitor_left": "client-abort",
    # Over HTTP/2: RST_STREAM before the answer and in it, and GOAWAY.
    "stream_reset": "http2-protocol-error",
    "stream_cut": "http2-protocol-error",
    "goaway": "http2-protocol-error",
}
BY_EDGE_STATUS = {521: "connect-refused", 522: "connect-timeout", 523: "host-unreachable", 524: "slow-response", 499: "client-abort"}
# Their lines tell of the whole server for a while, and some programs write them once.
OF_A_SPAN = (
    "worker-pool-exhausted",
    "fd-exhausted",
    "conntrack-full",
    "syn-flood",
    "accept-queue-overflow",
    "oom-kill",
    "worker-crash",
    "restart-window",
    "proxy-protocol-mismatch",
    "upstream-name",
)
# Errors that the packets show without their content.
OF_THE_CONNECTION = (
    "connect_refused",
    "connect_timeout",
    "not_acknowledged",
    "unreachable",
    "tls_handshake",
    "certificate",
    "closed",
    "reset",
    "read_timeout",
)
# Breaks of HTTP that recipients take or refuse as they like (docs/strictness.md; the edge's own parser takes them): that an answer has one does not show that it failed.
TAKEN_BY_SOME = ("bare_lf", "duplicate_header")
# Names of what happened, right where nothing deeper has evidence of its own.
RESIDUAL = ("empty-response", "reset-before-response", "truncated-response", "origin-error-status")
# What a web server says of the application behind it.
BEHIND = ("upstream-timeout", "upstream-refused", "upstream-closed-early")
# Failures of a connection that was closed while it was idle: no answer had begun that the application could have cut short.
IDLE = ("keepalive-race", "keepalive-request-cap")
# Errors of attempts on which no request was ever sent.
NOT_CONNECTED = ("connect_refused", "connect_timeout", "unreachable")
NEVER_ASKED = (*NOT_CONNECTED, "tls_handshake", "certificate")


@dataclass
class AtHand:
    """What a draw has of one failing request."""

    covered: bool = False  # the capture ran at that moment
    packets: bool = False  # packets of the connection on which it failed
    asked: bool = False  # packets of an attempt, though the capture has one way alone
    both_ways: bool = True
    readable: bool = False
    status: bool = False  # of what is readable the status of an answer, at least
    hello: bool = False
    alert: bool = False  # an alert of the client can be read
    certificate: bool = False
    border: bool = False
    edge: frozenset = frozenset()  # fields of its record in the edge's log; empty where there is none
    access: bool = False  # a row of it in the origin's access log
    page: bool = False
    page_of_kind: bool = False  # a page of another failure with its status and host
    own: list = field(default_factory=list)  # lines of other logs, and what a proxy's row says, that are this request's
    words: list = field(default_factory=list)  # the same, and lines that stand near and are nobody's
    others_pass: bool = False  # requests of other recordings pass at its data centre at that moment
    others_served: bool = True  # requests from other addresses of the edge pass at its server while such as it fail
    restarted: bool = False  # a program of its server wrote that it stopped and that it started, around this request

    def packets_carry(self, how: str) -> bool:
        return {
            "": False,
            "seen": self.packets,
            "covered": self.covered and (self.packets or bool(self.edge)),
            "asked": self.covered and self.others_served and (self.packets or self.asked or self.edge.issuperset(("EdgeServerIP", "OriginIP"))),
            "status": self.packets and self.status,
            "readable": self.packets and self.readable,
            "hello": self.packets and self.hello,
            "certificate": self.packets and self.certificate,
            "border": self.border,
        }[how]

    def shows(self, line: dict) -> bool:
        """Whether any input shows that this request failed. What is encrypted shows only how a connection ended."""
        by_content = self.readable and line["error"] not in TAKEN_BY_SOME
        by_status = self.status and is_answered_in_error(line)
        by_packets = self.packets and (by_content or by_status or line["error"] in OF_THE_CONNECTION)
        by_row = self.access and line.get("logged_status", 0) >= 400
        return by_packets or by_row or bool(self.edge) or self.page


def answer(slug: str, line: dict, at_hand: AtHand) -> tuple[str, str, list[str]]:
    """(slug, depth: root, mechanism or none, other slugs that are right as well)."""
    carriers = TABLE[slug]
    also = [*carriers.also, *(carriers.where_restarted if at_hand.restarted else ())]
    mechanism = mechanism_of(slug, line, at_hand)
    told = told_of_the_application(slug, line, at_hand)
    if mechanism == slug or knows_root(slug, carriers, line, at_hand) and not is_like_one_that_is_down(slug, line):
        return slug, "root", also + ([told] if told and slug in RESIDUAL else [])
    if told:  # the web server's own line about its application is nearer than the status that came of it
        return told, "mechanism", [slug, *also] + ([mechanism] if mechanism else [])
    if mechanism:
        return mechanism, "mechanism", [slug, *also]
    if slug in OF_UNKNOWN_AUTHORITY and (at_hand.packets and at_hand.alert or any(map(UNKNOWN_AUTHORITY.search, at_hand.words))):
        return UNEXPLAINED, "none", list(OF_UNKNOWN_AUTHORITY)
    if slug in OF_BAD_CERTIFICATE and (at_hand.packets and at_hand.alert or any(map(BAD_CERTIFICATE.search, at_hand.words))):
        return UNEXPLAINED, "none", list(OF_BAD_CERTIFICATE)
    is_told = bool(at_hand.edge) or at_hand.page or at_hand.access  # that it failed, in words and not by what the packets might mean
    return UNEXPLAINED, "none", [slug] if is_told else []


def is_answered_in_error(line: dict) -> bool:
    """Whether the origin's own answer, which the edge could use, says that it failed."""
    return line["error"] is None and line["edge_status"] >= 500 and bool(line["attempts"])


def told_of_the_application(slug: str, line: dict, at_hand: AtHand) -> str | None:
    """What the web server's own line says of the application behind it, where the request's end allows it."""
    ended = line["error"] in (None, "closed", "reset", "truncated_head", "truncated_body", "stream_reset", "stream_cut", "goaway")
    if not ended or slug in IDLE:
        return None
    return next((one for one in BEHIND if one != slug and any(re.search(TABLE[one].lines, words) for words in at_hand.own)), None)


def ended_otherwise(slug: str, line: dict) -> bool:
    """Whether the edge's connection ended in another way than the root's name says: a proxy of TCP makes a FIN of the application's reset."""
    return slug == "reset-before-response" and line["error"] == "closed"


def is_like_one_that_is_down(slug: str, line: dict) -> bool:
    """A stale record that leads to an address where nothing takes a connection looks like a second server of the host that is down."""
    return slug == "wrong-origin-address" and line["error"] in NOT_CONNECTED


def contradicted(slug: str, at_hand: AtHand) -> bool:
    """An outage of the edge is told by what does not pass. Beside a recording of a well edge the log says the contrary."""
    return slug == "edge-outage" and at_hand.others_pass


def knows_root(slug: str, carriers: Carriers, line: dict, at_hand: AtHand) -> bool:
    status = line["edge_status"]
    if at_hand.packets_carry(carriers.packets) and not ended_otherwise(slug, line):
        return True
    if carriers.lines and any(re.search(carriers.lines, words) for words in at_hand.words):
        return True
    if (at_hand.edge or at_hand.page) and status in carriers.edge_statuses:
        return True
    if at_hand.edge and carriers.edge_fields and at_hand.edge.issuperset(carriers.edge_fields) and not contradicted(slug, at_hand):
        return True
    if at_hand.access and (line["origin_status"] or line.get("logged_status", 0)) in carriers.access:
        return True
    return carriers.page and (at_hand.page or at_hand.page_of_kind and bool(at_hand.edge))


def mechanism_of(slug: str, line: dict, at_hand: AtHand) -> str | None:
    """What happened, where it can be seen. A handshake that broke has no name of its own."""
    carriers, status, error = TABLE[slug], line["edge_status"], line["error"]
    seen = at_hand.packets and at_hand.both_ways
    if error in ("tls_handshake", "certificate"):
        return None
    if is_answered_in_error(line):
        return "origin-error-status" if at_hand.access or "OriginResponseStatus" in at_hand.edge or seen and at_hand.status else None
    if error in MECHANISM and seen and (at_hand.readable or error in OF_THE_CONNECTION):
        return carriers.mechanism or MECHANISM[error]
    if (at_hand.edge or at_hand.page) and status in BY_EDGE_STATUS and (line["attempts"] or carriers.mechanism):
        return carriers.mechanism or BY_EDGE_STATUS[status]
    if error in ("connect_timeout",) and at_hand.covered and at_hand.edge:
        return "connect-timeout"
    return None
