"""Faults between a web server and its application."""

from lab.app import page
from lab.front import Front
from lab.namesd import NameServer
from lab.shop import Behaviour
from lab.site import proxies_of

from .answers import raw
from .fault import Fault

WEB = proxies_of("nginx", "apache", "haproxy", "caddy")
BARE = tuple(family for family in WEB if "gunicorn" not in family and "uwsgi" not in family)


def application_down(run) -> None:
    site, at = run.site(), run.rng.uniform(2.5, 4)
    run.browse(seconds=7.5)
    run.lull(at - 0.4, at + 0.35)
    again = run.rng.random() < 0.6

    def act(lab):
        lab.at(at)
        site.application.stop()
        if again:
            lab.at(at + 2.5)
            site.application.start()

    run.act = act


def application_slow(run) -> None:
    many = {"workers": 30} if "gunicorn" in run.family or "uwsgi" in run.family else {}
    run.site({run.paths[0]: Behaviour("ok", wait_s=2.6)}, Front(answer_timeout_s=1), **many)
    run.browse()
    run.faulty(run.paths[:1])


def application_closes(run) -> None:
    half = page(body=b"id;name;price\n" * 300)[:-1900]
    choices = [raw(wait_s=0.02), raw(then="reset", wait_s=0.02), raw(half, "close", pause_s=0.03)]
    run.site({path: run.rng.choice(choices) for path in run.paths[:2]})
    run.browse()
    run.faulty(run.paths[:2])


def large_headers(run) -> None:
    wide = [f"Set-Cookie: flag_{n}={'on-' * 60}; Path=/" for n in range(200)]
    if run.family.startswith("apache"):
        wide = [f"X-Flags: {'on-' * 6000}"]
    run.site({run.paths[0]: raw(page(headers=wide), "keep")})
    run.browse()
    run.faulty(run.paths[:1])


def name_lost(run) -> None:
    names = NameServer(run.lab)
    run.lab.serve(names)
    run.site(front=Front(application_name="app.internal"))
    at = run.rng.uniform(2.5, 4)
    run.browse(seconds=7.5)

    def act(lab):
        lab.at(at)
        names.known = False

    run.act = act


def line_expected(run) -> None:
    """After a change the server wants a PROXY line, which the edge does not send."""
    site, at = run.site(front=Front()), run.rng.uniform(3.5, 5)
    run.browse(seconds=7.5)
    run.lull(at - 0.7, at + 1.6)

    def act(lab):
        lab.at(at - 0.3)
        site.edge_side.stop()
        site.front.proxy_protocol = True
        if site.edge_side.name == "nginx":
            site.edge_side.configuration = type(site.edge_side)(lab, site.front).configuration
        site.edge_side.start()

    run.act = act


FAULTS = [
    Fault(
        "upstream-refused",
        "upstream-refused",
        BARE + ("nginx+gunicorn", "haproxy+gunicorn"),
        application_down,
        "The application behind the web server is down.",
        collateral={"502": "upstream-refused", "503": "upstream-refused"},
    ),
    Fault("upstream-timeout", "upstream-timeout", WEB, application_slow, "The web server waits one second for answers that take longer."),
    Fault(
        "upstream-closed-early",
        "upstream-closed-early",
        tuple(family for family in BARE if family != "haproxy+nginx") + ("nginx+gunicorn",),
        application_closes,
        "The application closes before its answer is complete.",
    ),
    Fault(
        "upstream-header-too-big",
        "upstream-header-too-big",
        ("nginx", "haproxy", "apache", "nginx+node"),
        large_headers,
        "The application's headers exceed the web server's buffer.",
    ),
    Fault(
        "upstream-name",
        "upstream-name",
        ("nginx", "caddy", "haproxy", "apache"),
        name_lost,
        "The name of the application is no longer known.",
        collateral={"502": "upstream-name", "503": "upstream-name", "500": "upstream-name"},
    ),
    Fault(
        "proxy-protocol-mismatch",
        "proxy-protocol-mismatch",
        ("nginx", "haproxy", "apache"),
        line_expected,
        "The server wants a PROXY line that is not sent.",
        transports=("plain",),
        collateral={"closed": "proxy-protocol-mismatch", "reset": "proxy-protocol-mismatch", "400": "proxy-protocol-mismatch"},
        failing_statuses=(400,),
        edge={"fresh_share": 1.0},
        host_scope=True,
    ),
]
EXCLUSIVE = ()
