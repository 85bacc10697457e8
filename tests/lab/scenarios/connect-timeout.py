from lab import firewall
from lab.capture import Capture
from lab.edgelog import EdgeLog
from lab.nginx import Nginx
from lab.scenario import Scenario
from lab.settings import EdgeBehaviour

SCENARIO = Scenario(note="For some seconds the origin does not answer a SYN, whoever sends it; open connections go on.",
                    causes=["connect-timeout"], capture=Capture(form="pcapng"), edge_log=EdgeLog(timestamps="unix"),
                    edge=EdgeBehaviour(fresh_share=0.35), collateral={"connect_timeout": "connect-timeout"})


def origin(lab):
    lab.serve(Nginx(lab, access="short"))


def traffic(lab):
    return lab.traffic.browse(380, 10)


def during(lab):
    lab.at(2.5)
    firewall.drop(lab, "tcp dport 80 tcp flags syn / syn,ack")
    lab.at(7)
    firewall.allow(lab)
