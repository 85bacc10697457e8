from lab import firewall, settings
from lab.edgelog import EdgeLog
from lab.kernel import KernelLog
from lab.nginx import Nginx
from lab.scenario import Scenario

BLOCKED = settings.edges_in("141.101.", "104.")

SCENARIO = Scenario(note="The origin's firewall drops two ranges and logs it; there is no capture, but a syslog.",
                    causes=["firewall-drop"], capture=None, edge_log=EdgeLog(timestamps="rfc3339", offset_s=0.4),
                    collateral={"connect_timeout": "firewall-drop", "not_acknowledged": "firewall-drop"})


def origin(lab):
    lab.serve(KernelLog(lab, r"\[UFW BLOCK\]"), Nginx(lab))


def traffic(lab):
    return lab.traffic.browse(300, 9)


def during(lab):
    lab.at(4)
    firewall.drop(lab, firewall.sources(BLOCKED) + ' limit rate 20/second log prefix "[UFW BLOCK] "; '
                  "add rule inet lab input " + firewall.sources(BLOCKED))
