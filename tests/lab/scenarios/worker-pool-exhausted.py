from lab.edgelog import EdgeLog
from lab.nginx import Nginx
from lab.php import Php
from lab.scenario import Scenario

SCENARIO = Scenario(note="Bursts of slow exports occupy all four php-fpm children and their short queue; nginx answers 502. "
                         "nginx logs the visitor's address (real_ip).",
                    causes=["worker-pool-exhausted"], edge_log=EdgeLog(timestamps="rfc3339"),
                    collateral={"502": "worker-pool-exhausted", "504": "worker-pool-exhausted", "read_timeout": "worker-pool-exhausted"})


def origin(lab):
    php = lab.serve(Php(lab, children=4, backlog=6))
    lab.serve(Nginx(lab, php.location("^/export", "burst.php") + php.location("^/page", "ok.php"),
                    http="set_real_ip_from 10.77.0.0/16; real_ip_header CF-Connecting-IP;"))


def traffic(lab):
    requests = lab.traffic.browse(240, 10) + lab.traffic.sprinkle(90, 10, ["/page/1", "/page/2"], None)
    for second in (2, 5, 8):
        requests += lab.traffic.sprinkle(16, 0.4, ["/export?ms=900"], None, start=second)
    return requests
