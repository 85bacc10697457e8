from lab import settings
from lab.nginx import Nginx
from lab.scenario import Scenario

ASTRAY = settings.RANGE_172_64

SCENARIO = Scenario(note="A route for 172.0.0.0/8 swallows the origin's answers to 172.64.0.0/13: SYN/ACKs leave and nobody answers.",
                    verdict="path", causes=["return-path-broken"],
                    collateral={"connect_timeout": "return-path-broken", "not_acknowledged": "return-path-broken"})


def origin(lab):
    lab.serve(Nginx(lab))


def traffic(lab):
    return lab.traffic.browse(300, 9)


def during(lab):
    lab.at(4.5)
    lab.relay.order(drop_to_edge=[edge.lab for edge in ASTRAY])
