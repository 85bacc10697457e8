from lab.capture import Capture
from lab.nginx import Nginx
from lab.scenario import Scenario
from lab.settings import EdgeBehaviour

IDLE_S, ONE_WAY_S = 3, 0.05

SCENARIO = Scenario(note="The origin's idle timeout is shorter than the edge's. Only a rotated capture is at hand.",
                    causes=["keepalive-race"], capture=Capture(interface="any", pieces=3, compressed=True), edge_log=None,
                    edge=EdgeBehaviour(retry=False, one_way_delay_s=ONE_WAY_S, fresh_share=0.05),
                    collateral={"closed": "keepalive-race", "reset": "keepalive-race"})


def origin(lab):
    lab.serve(Nginx(lab, keepalive_s=IDLE_S, kept=()))


def traffic(lab):
    return lab.traffic.browse(200, 3.0) + lab.traffic.waves([7.0, 12.0], IDLE_S, ONE_WAY_S)
