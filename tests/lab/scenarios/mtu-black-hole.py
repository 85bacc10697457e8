from lab import settings
from lab.nginx import Nginx
from lab.scenario import Scenario

SCENARIO = Scenario(note="Towards some edges packets above 1300 bytes vanish without a word; small answers get through.",
                    verdict="path", causes=["mtu-black-hole"],
                    collateral={"read_timeout": "mtu-black-hole", "truncated_body": "mtu-black-hole"})


def origin(lab):
    lab.serve(Nginx(lab))
    lab.relay.order(largest_to_edge=1300, loss_for=[edge.lab for edge in settings.edges_in("108.162.", "172.69.", "104.22.", "162.158.166.")])


def traffic(lab):
    return lab.traffic.browse(300, 9)
