from lab.app import App, Reply, healthy
from lab.edgelog import EdgeLog
from lab.nginx import Nginx
from lab.scenario import Scenario

SCENARIO = Scenario(note="Visitors leave a slow page in numbers; the origin would have answered.", verdict="client",
                    causes=["client-abort"], failing_statuses=(499,), edge_log=EdgeLog(timestamps="rfc3339ms"))


def answer(asked):
    reply = healthy(asked)
    return Reply(reply.data, wait_s=1.6) if asked.name == "/gallery" else reply


def origin(lab):
    lab.serve(App(lab, answer, port=9000, address="127.0.0.1"))
    lab.serve(Nginx(lab, "location / { proxy_pass http://127.0.0.1:9000; }", shop=False))


def traffic(lab):
    return (lab.traffic.browse(300, 8) + lab.traffic.sprinkle(24, 7, ["/gallery?p=1", "/gallery?p=2"], None)
            + [lab.traffic.request(lab.random.random() * 8, path="/gallery?p=3", fault="client-abort",
                                   leave_after_s=lab.random.uniform(0.2, 1.2)) for _ in range(40)])
