from lab import settings
from lab.edgelog import EdgeLog
from lab.nginx import Nginx
from lab.scenario import Scenario

SCENARIO = Scenario(note="The way to two data centres loses half of all packets, both ways.", verdict="path", causes=["packet-loss"],
                    edge_log=EdgeLog(timestamps="rfc3339ms"), collateral={"*": "packet-loss"})


def origin(lab):
    lab.serve(Nginx(lab))
    lab.relay.order(loss=0.5, loss_for=[edge.lab for edge in settings.edges_in("108.162.", "172.69.", "104.22.", "162.158.166.")])


def traffic(lab):
    return lab.traffic.browse(320, 9)
