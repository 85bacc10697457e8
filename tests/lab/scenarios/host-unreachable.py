from lab.edgelog import EdgeLog
from lab.nginx import Nginx
from lab.scenario import Scenario
from lab.settings import EdgeBehaviour

SCENARIO = Scenario(note="The origin's link goes down for four seconds; the router before it gets no answer to its ARP and says so.",
                    verdict="path", causes=["host-unreachable"], router=True, edge_log=EdgeLog(timestamps="rfc3339ms", offset_s=1.7),
                    edge=EdgeBehaviour(fresh_share=0.35), collateral={"*": "host-unreachable"})


def origin(lab):
    lab.serve(Nginx(lab))
    # Three probes, by default a second apart, would take most of the time that this edge has for connecting.
    lab.namespaces.write("router", "/proc/sys/net/ipv4/neigh/eth1/retrans_time_ms", "300")


def traffic(lab):
    return lab.traffic.browse(340, 11)


def during(lab):
    lab.at(4)
    lab.namespaces.run("origin", "ip", "link", "set", "eth0", "down")
    lab.at(8)
    lab.namespaces.address_origin()
