from lab.capture import Capture
from lab.edgelog import EdgeLog
from lab.nginx import Nginx
from lab.scenario import Scenario

SCENARIO = Scenario(note="Some visitors carry more than 8 KB of cookies; nginx's default header buffers refuse them with 400.",
                    causes=["request-header-too-large"], failing_statuses=(400,),
                    capture=Capture(interface="any"), edge_log=EdgeLog(timestamps="rfc3339"))


def origin(lab):
    lab.serve(Nginx(lab, error_level="info", keep_configuration=True))


def cookies(lab, size):
    return "; ".join(f"prefs_{n}={lab.random.getrandbits(400):0100x}" for n in range(size // 110))


def traffic(lab):
    return (lab.traffic.browse(320, 8)
            + [lab.traffic.request(lab.random.random() * 8, cookies=cookies(lab, size), cache_hit=False)
               for size in (1500, 3000, 5000, 6500) * 5]
            + [lab.traffic.request(lab.random.random() * 8, cookies=cookies(lab, size), cache_hit=False,
                                   fault="request-header-too-large") for size in (9000, 11000, 15000) * 8])
