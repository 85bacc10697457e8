from lab import settings
from lab.edgelog import EdgeLog
from lab.nginx import Nginx
from lab.scenario import Scenario

SCENARIO = Scenario(note="A firewall in front of the origin drops 162.158.0.0/15 before the capture point, from the beginning on.",
                    causes=["firewall-drop"], edge_log=EdgeLog(timestamps="unixnano"),
                    collateral={"connect_timeout": "firewall-drop"})


def origin(lab):
    lab.serve(Nginx(lab))
    lab.relay.order(drop_to_origin=[edge.lab for edge in settings.edges_in("162.158.")])


def traffic(lab):
    return lab.traffic.browse(300, 9)
