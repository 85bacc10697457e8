from lab.capture import Capture
from lab.edgelog import EdgeLog
from lab.nginx import Nginx
from lab.scenario import Scenario
from lab.settings import EdgeBehaviour

IDLE_S, ONE_WAY_S = 2, 0.06

SCENARIO = Scenario(
    note="nginx closes idle connections after 2 s, the edge keeps them far longer and does not try again.",
    causes=["keepalive-race"],
    capture=Capture(nano=True), edge_log=EdgeLog(timestamps="unixnano", offset_s=7.3),
    edge=EdgeBehaviour(retry=False, one_way_delay_s=ONE_WAY_S, fresh_share=0.05), collateral={"closed": "keepalive-race", "reset": "keepalive-race"})


def origin(lab):
    lab.serve(Nginx(lab, keepalive_s=IDLE_S, keep_configuration=True))


def traffic(lab):
    return lab.traffic.browse(260, 3.0) + lab.traffic.waves([6.0, 10.0, 14.0], IDLE_S, ONE_WAY_S)
