from lab.edgelog import EdgeLog
from lab.nginx import Nginx
from lab.scenario import Scenario
from lab.settings import EdgeBehaviour

IDLE_S = 2

SCENARIO = Scenario(
    note="The origin's idle timeout is shorter than the edge's. Only logs are at hand, and nginx.conf with its timeout.",
    causes=["keepalive-race"], capture=None, edge_log=EdgeLog(timestamps="rfc3339ms", offset_s=1.6, files=2),
    edge=EdgeBehaviour(retry=False, one_way_delay_s=0.06, fresh_share=0.05),
    collateral={"closed": "keepalive-race", "reset": "keepalive-race"})


def origin(lab):
    lab.serve(Nginx(lab, keepalive_s=IDLE_S, keep_configuration=True, error_level="info"))


def traffic(lab):
    requests = lab.traffic.browse(200, 3.0)
    for second in (6.0, 10.0):
        requests += lab.traffic.browse(60, 1.5, start=second - 1.8)
        requests += [lab.traffic.request(second + lab.random.random(), fresh=False, cache_hit=False,
                                         reuse_at_idle_s=lab.random.uniform(IDLE_S - 0.13, IDLE_S + 0.02)) for _ in range(26)]
    return requests
