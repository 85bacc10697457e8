from lab.capture import Capture
from lab.edgelog import EdgeLog
from lab.nginx import Nginx
from lab.scenario import Scenario

SCENARIO = Scenario(note="Nothing is broken: nginx serves a small shop.",
                    capture=Capture(nano=True), edge_log=EdgeLog(timestamps="rfc3339", files=2))


def origin(lab):
    lab.serve(Nginx(lab, workers=2))


def traffic(lab):
    return lab.traffic.browse(350, 7)
