from lab.capture import Capture
from lab.nginx import Nginx
from lab.scenario import Scenario

SCENARIO = Scenario(note="A device between edge and origin resets connections whose request holds a certain word, in both ends' names.",
                    verdict="path", causes=["middlebox-reset"], capture=Capture(nano=True))


def origin(lab):
    lab.relay.order(reset_on="GET /product/torrent")
    lab.serve(Nginx(lab))


def traffic(lab):
    return lab.traffic.browse(330, 8) + lab.traffic.sprinkle(24, 8, ["/product/torrent-lamp", "/product/torrent"], "middlebox-reset")
