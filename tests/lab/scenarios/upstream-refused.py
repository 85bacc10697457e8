from lab.app import App
from lab.edgelog import EdgeLog
from lab.nginx import Nginx
from lab.scenario import Scenario

SCENARIO = Scenario(note="The application behind nginx is restarted and does not listen for some seconds; nginx answers 502.",
                    causes=["upstream-refused"], edge_log=EdgeLog(files=3), collateral={"502": "upstream-refused"})


def origin(lab):
    lab.app = lab.serve(App(lab, port=9000, address="127.0.0.1"))
    lab.serve(Nginx(lab, "location /api/ { proxy_pass http://127.0.0.1:9000; } location /product/ { proxy_pass http://127.0.0.1:9000; }"
                         " location /static/ { root %s; }" % lab.www, shop=False, access="json"))


def traffic(lab):
    return [request for request in lab.traffic.browse(600, 9) if request.name.startswith(("/api/", "/product/", "/static/"))]


def during(lab):
    lab.at(4)
    lab.app.stop(drain=True)
    lab.at(6)
    lab.app.start()
