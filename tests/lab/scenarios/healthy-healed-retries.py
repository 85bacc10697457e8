from lab.capture import Capture
from lab.nginx import Nginx
from lab.scenario import Scenario
from lab.settings import EdgeBehaviour

IDLE_S, ONE_WAY_S = 2, 0.06

SCENARIO = Scenario(note="Idle connections close under requests on their way, and each time the edge's second attempt succeeds.",
                    capture=Capture(nano=True), edge=EdgeBehaviour(one_way_delay_s=ONE_WAY_S, fresh_share=0.05))


def origin(lab):
    lab.serve(Nginx(lab, keepalive_s=IDLE_S))


def traffic(lab):
    requests = lab.traffic.browse(200, 3.0) + lab.traffic.waves([6.0, 10.0], IDLE_S, ONE_WAY_S, path="/product/7")
    for request in requests:
        request.fresh = request.fresh or request.method == "POST"   # what cannot be tried again runs no such risk
    return requests
