from lab.edgelog import EdgeLog
from lab.nginx import Nginx
from lab.php import Php
from lab.scenario import Scenario
from lab.settings import EdgeBehaviour

IDLE_S, ONE_WAY_S = 2, 0.06

SCENARIO = Scenario(
    note="Two faults at once: an idle timeout shorter than the edge's, and php-fpm children that die on one path.",
    causes=["keepalive-race", "worker-crash"], edge_log=EdgeLog(offset_s=7.3),
    edge=EdgeBehaviour(retry=False, one_way_delay_s=ONE_WAY_S, fresh_share=0.05),
    collateral={"closed": "keepalive-race", "reset": "keepalive-race"})


def origin(lab):
    php = lab.serve(Php(lab, children=12))
    lab.serve(Nginx(lab, php.location("^/render", "crash.php") + php.location("^/page", "ok.php"),
                    keepalive_s=IDLE_S, keep_configuration=True))


def traffic(lab):
    requests = lab.traffic.browse(220, 3.0) + lab.traffic.waves([6.0, 10.0], IDLE_S, ONE_WAY_S)
    # On connections of their own, so that the race cannot take them first.
    return requests + lab.traffic.sprinkle(14, 10, ["/render/chart?w=800"], "worker-crash", fresh=True)
