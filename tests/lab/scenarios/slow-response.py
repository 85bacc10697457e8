from lab.edgelog import EdgeLog
from lab.nginx import Nginx
from lab.php import Php
from lab.scenario import Scenario

# What a customer may have chosen: little.
FIELDS = ("RayID", "EdgeStartTimestamp", "EdgeEndTimestamp", "ClientRequestHost", "ClientRequestMethod", "ClientRequestURI",
          "EdgeResponseStatus", "OriginResponseStatus", "OriginIP", "EdgeServerIP", "EdgeColoCode", "ClientIP")

SCENARIO = Scenario(note="A PHP report takes longer than the edge waits; the edge gives up, nginx notes 499.",
                    causes=["slow-response"], edge_log=EdgeLog(timestamps="rfc3339ms", offset_s=2.4,
                    fields=FIELDS))


def origin(lab):
    php = lab.serve(Php(lab, children=40))
    lab.serve(Nginx(lab, php.location("^/report", "slow.php") + php.location("^/page", "ok.php")))


def traffic(lab):
    return (lab.traffic.browse(240, 9) + lab.traffic.sprinkle(90, 9, ["/page/1", "/page/2", "/report?s=1"], None)
            + lab.traffic.sprinkle(18, 8, ["/report?s=6", "/report?s=8"], "slow-response"))
