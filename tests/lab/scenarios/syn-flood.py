from lab.app import App
from lab.edgelog import EdgeLog
from lab.kernel import KernelLog
from lab.scenario import Scenario
from lab.settings import EdgeBehaviour

SCENARIO = Scenario(note="SYNs from many sources that never complete fill the queue of half-open connections; SYN cookies are off.",
                    causes=["syn-flood"], edge_log=EdgeLog(timestamps="rfc3339ms"), edge=EdgeBehaviour(fresh_share=0.3),
                    collateral={"connect_timeout": "syn-flood"})


def origin(lab):
    lab.namespaces.write("origin", "/proc/sys/net/ipv4/tcp_syncookies", "0")
    lab.namespaces.write("origin", "/proc/sys/net/ipv4/tcp_max_syn_backlog", "256")
    lab.serve(KernelLog(lab, "SYN flooding"), App(lab, backlog=64))


def traffic(lab):
    return lab.traffic.browse(340, 10)


def during(lab):
    lab.at(3)
    lab.relay.order(flood=400)
    lab.at(8)
    lab.relay.order(flood=0)
