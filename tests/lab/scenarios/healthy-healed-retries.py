from lab.capture import Capture
from lab.nginx import Nginx
from lab.scenario import Scenario
from lab.settings import EdgeBehaviour

IDLE_S = 2

SCENARIO = Scenario(note="Idle connections close under requests on their way, and each time the edge's second attempt succeeds.",
                    capture=Capture(nano=True), edge=EdgeBehaviour(one_way_delay_s=0.06, fresh_share=0.05))


def origin(lab):
    lab.serve(Nginx(lab, keepalive_s=IDLE_S))


def traffic(lab):
    requests = lab.traffic.browse(200, 3.0)
    for second in (6.0, 10.0):
        requests += lab.traffic.browse(60, 1.5, start=second - 1.8)
        requests += [lab.traffic.request(second + lab.random.random(), path="/product/7", fresh=False,
                                         reuse_at_idle_s=lab.random.uniform(IDLE_S - 0.13, IDLE_S + 0.02)) for _ in range(26)]
    for request in requests:
        request.fresh = request.fresh or request.method == "POST"   # what cannot be tried again runs no such risk
    return requests
