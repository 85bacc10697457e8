from lab import settings
from lab.edgelog import EdgeLog
from lab.nginx import Nginx
from lab.scenario import Scenario

SCENARIO = Scenario(note="A stale DNS record sends a share of the requests to a former address, where nobody answers.", verdict="edge",
                    causes=["wrong-origin-address"], edge_log=EdgeLog(timestamps="rfc3339ms"))


def origin(lab):
    lab.serve(Nginx(lab))


def traffic(lab):
    stale = [lab.traffic.request(lab.random.random() * 8, origin=settings.FORMER_ORIGIN_LAB, fresh=True, cache_hit=False,
                                 fault="wrong-origin-address") for _ in range(40)]
    return lab.traffic.browse(300, 8) + stale
