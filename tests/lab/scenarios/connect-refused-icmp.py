from lab import firewall
from lab.edgelog import EdgeLog
from lab.nginx import Nginx
from lab.scenario import Scenario
from lab.settings import EdgeBehaviour

SCENARIO = Scenario(note="For two seconds a rule rejects new connections, whoever asks, with ICMP port-unreachable.",
                    causes=["connect-refused"], edge_log=EdgeLog(timestamps="rfc3339"),
                    edge=EdgeBehaviour(fresh_share=0.4), collateral={"connect_refused": "connect-refused"})


def origin(lab):
    lab.serve(Nginx(lab, access="short"))
    lab.namespaces.write("origin", "/proc/sys/net/ipv4/icmp_ratelimit", "0")   # else some of the refusals are silent


def traffic(lab):
    return lab.traffic.browse(340, 9)


def during(lab):
    lab.at(4)
    firewall.drop(lab, "tcp dport 80 tcp flags syn / syn,ack", "reject with icmp port-unreachable")
    lab.at(6)
    firewall.allow(lab)
