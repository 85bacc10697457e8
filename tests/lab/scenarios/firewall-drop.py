from lab import firewall, settings
from lab.capture import Capture
from lab.edgelog import EdgeLog
from lab.nginx import Nginx
from lab.scenario import Scenario

SCENARIO = Scenario(note="A stale allow-list on the origin drops packets from 172.64.0.0/13; all other edge ranges get through.",
                    causes=["firewall-drop"], capture=Capture(pieces=2), edge_log=EdgeLog(timestamps="rfc3339", offset_s=-3.8),
                    collateral={"connect_timeout": "firewall-drop", "not_acknowledged": "firewall-drop"})


def origin(lab):
    lab.serve(Nginx(lab, access="combined"))


def traffic(lab):
    return lab.traffic.browse(320, 9)


def during(lab):
    lab.at(4.5)
    firewall.drop(lab, firewall.sources(settings.RANGE_172_64))
