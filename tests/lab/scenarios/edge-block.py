from lab.edgelog import EdgeLog
from lab.nginx import Nginx
from lab.scenario import Scenario

SCENARIO = Scenario(note="A rule at the edge blocks a path; the origin never hears of these requests.", verdict="edge",
                    causes=["edge-block"], failing_statuses=(403,), edge_log=EdgeLog(timestamps="rfc3339"))


def origin(lab):
    lab.serve(Nginx(lab))


def traffic(lab):
    return lab.traffic.browse(330, 8) + lab.traffic.sprinkle(30, 8, ["/api/login", "/api/token"], "edge-block",
                                                             edge_status=403, security_action="block")
