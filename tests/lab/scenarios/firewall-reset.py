from lab import firewall, settings
from lab.edgelog import EdgeLog
from lab.nginx import Nginx
from lab.scenario import Scenario

SCENARIO = Scenario(note="From some moment on the origin's firewall answers 172.64.0.0/13 with resets.",
                    causes=["firewall-reset"], edge_log=EdgeLog(timestamps="unix"),
                    collateral={"reset": "firewall-reset", "connect_refused": "firewall-reset"})


def origin(lab):
    lab.serve(Nginx(lab))


def traffic(lab):
    return lab.traffic.browse(340, 8)


def during(lab):
    lab.at(4)
    firewall.reject(lab, settings.RANGE_172_64, "--reject-with", "tcp-reset")
