from lab.capture import Capture
from lab.edgelog import EdgeLog
from lab.nginx import Nginx
from lab.php import Php
from lab.scenario import Scenario

SCENARIO = Scenario(note="A php-fpm child dies of a segmentation fault on one path; nginx answers 502.",
                    causes=["worker-crash"], capture=Capture(form="pcapng", nano=True), edge_log=EdgeLog(offset_s=-1.2))


def origin(lab):
    php = lab.serve(Php(lab, children=12))
    lab.serve(Nginx(lab, php.location("^/render", "crash.php") + php.location("^/page", "ok.php")))


def traffic(lab):
    return (lab.traffic.browse(240, 9) + lab.traffic.sprinkle(80, 9, ["/page/1", "/page/2", "/page/3"], None)
            + lab.traffic.sprinkle(18, 9, ["/render/chart?w=800"], "worker-crash"))
