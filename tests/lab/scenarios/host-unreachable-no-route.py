from lab import settings
from lab.capture import Capture
from lab.nginx import Nginx
from lab.scenario import Scenario

SCENARIO = Scenario(note="The router before the origin loses its route to the origin's network and says net unreachable.",
                    verdict="path", causes=["host-unreachable"], router=True, capture=Capture(form="pcapng"),
                    collateral={"*": "host-unreachable"})

ROUTE = ["10.77.0.0/24", "dev", "eth1", "src", settings.GATEWAY_LAB]


def origin(lab):
    lab.serve(Nginx(lab, access="combined"))


def traffic(lab):
    return lab.traffic.browse(320, 10)


def during(lab):
    lab.at(3)
    lab.namespaces.run("router", "ip", "route", "del", *ROUTE)
    lab.at(6.5)
    lab.namespaces.run("router", "ip", "route", "add", *ROUTE)
