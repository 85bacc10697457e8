from lab import firewall, settings
from lab.capture import Capture
from lab.nginx import Nginx
from lab.scenario import Scenario

REJECTED = settings.edges_in("162.158.")

SCENARIO = Scenario(note="iptables rejects 162.158.0.0/15 with ICMP port-unreachable, its default, all the time.",
                    causes=["firewall-reset"], capture=Capture(form="pcapng"),
                    collateral={"connect_refused": "firewall-reset"})


def origin(lab):
    lab.serve(Nginx(lab, access="short"))
    lab.namespaces.write("origin", "/proc/sys/net/ipv4/icmp_ratelimit", "0")   # else some of the refusals are silent
    firewall.reject(lab, REJECTED)


def traffic(lab):
    return lab.traffic.browse(340, 8)
