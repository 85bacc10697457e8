"""Faults that only HTTP/2 has."""

from lab.app import page

from .answers import raw
from .fault import Fault


def tells_an_upgrade(run) -> None:
    """Apache offers HTTP/2 in each answer that goes out over HTTP/1.1; nginx in front of it passes that on to whoever speaks HTTP/2, where it is forbidden
    (RFC 9113, 8.2.2)."""
    offered = raw(page(server="Apache/2.4.62 (Debian)", headers=["Upgrade: h2,h2c", "Connection: Upgrade"]), "keep")
    run.site({path: offered for path in run.paths[:2]})
    run.browse()
    run.faulty(run.paths[:2])


FAULTS = [
    Fault(
        "http2-upgrade-header",
        "http2-protocol-error",
        ("nginx",),
        tells_an_upgrade,
        "Answers of some paths hold a field of HTTP/1 that HTTP/2 forbids.",
        transports=("h2",),
    ),
]
EXCLUSIVE = ()
