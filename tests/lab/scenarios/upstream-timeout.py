from lab.app import App, Reply, healthy
from lab.edgelog import EdgeLog
from lab.nginx import Nginx
from lab.scenario import Scenario

SCENARIO = Scenario(note="nginx waits two seconds for its application, some answers take longer; nginx answers 504.",
                    causes=["upstream-timeout"], capture=None, edge_log=EdgeLog(timestamps="rfc3339", offset_s=-0.7))


def answer(asked):
    reply = healthy(asked)
    return Reply(reply.data, wait_s=4) if asked.name == "/api/forecast" else reply


def origin(lab):
    lab.serve(App(lab, answer, port=9000, address="127.0.0.1"))
    lab.serve(Nginx(lab, "location / { proxy_pass http://127.0.0.1:9000; proxy_read_timeout 2s; }", shop=False, access="short",
                    keep_configuration=True, zone="EST5"))


def traffic(lab):
    return lab.traffic.browse(360, 8) + lab.traffic.sprinkle(24, 8, ["/api/forecast?days=90"], "upstream-timeout")
