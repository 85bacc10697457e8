from lab.capture import Capture
from lab.edgelog import EdgeLog
from lab.nginx import Nginx
from lab.scenario import Scenario
from lab.settings import EdgeBehaviour

IDLE_S = 2

SCENARIO = Scenario(
    note="nginx closes idle connections after 2 s, the edge keeps them far longer and does not try again.",
    causes=["keepalive-race"],
    capture=Capture(nano=True), edge_log=EdgeLog(timestamps="unixnano", offset_s=7.3),
    edge=EdgeBehaviour(retry=False, one_way_delay_s=0.06, fresh_share=0.05), collateral={"closed": "keepalive-race", "reset": "keepalive-race"})


def origin(lab):
    lab.serve(Nginx(lab, keepalive_s=IDLE_S, keep_configuration=True))


def traffic(lab):
    requests = lab.traffic.browse(260, 3.0)
    for second in (6.0, 10.0, 14.0):
        requests += lab.traffic.browse(60, 1.5, start=second - 1.8)
        requests += [lab.traffic.request(second + lab.random.random(), fresh=False, cache_hit=False,
                                         reuse_at_idle_s=lab.random.uniform(IDLE_S - 0.13, IDLE_S + 0.02)) for _ in range(24)]
    return requests
