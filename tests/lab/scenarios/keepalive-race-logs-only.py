from lab.edgelog import EdgeLog
from lab.nginx import Nginx
from lab.scenario import Scenario
from lab.settings import EdgeBehaviour

IDLE_S, ONE_WAY_S = 2, 0.06

SCENARIO = Scenario(
    note="The origin's idle timeout is shorter than the edge's. Only logs are at hand, and nginx.conf with its timeout.",
    causes=["keepalive-race"], capture=None, edge_log=EdgeLog(timestamps="rfc3339ms", offset_s=1.6, files=2),
    edge=EdgeBehaviour(retry=False, one_way_delay_s=ONE_WAY_S, fresh_share=0.05),
    collateral={"closed": "keepalive-race", "reset": "keepalive-race"})


def origin(lab):
    lab.serve(Nginx(lab, keepalive_s=IDLE_S, keep_configuration=True, error_level="info"))


def traffic(lab):
    return lab.traffic.browse(200, 3.0) + lab.traffic.waves([6.0, 10.0], IDLE_S, ONE_WAY_S)
