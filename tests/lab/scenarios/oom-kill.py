from lab.edgelog import EdgeLog
from lab.kernel import KernelLog, MemoryLimit
from lab.nginx import Nginx
from lab.php import Php
from lab.scenario import Scenario

SCENARIO = Scenario(note="One PHP page takes more memory than the container may have; the kernel kills the worker.",
                    causes=["oom-kill"], edge_log=EdgeLog(timestamps="rfc3339ms", offset_s=3.2), collateral={"502": "oom-kill"})


def origin(lab):
    limit = MemoryLimit(lab, "php-fpm", 96 << 20)
    php = Php(lab, children=4, pool="php_admin_value[memory_limit] = -1")
    lab.serve(KernelLog(lab, "oom|Out of memory|Killed process", replace={limit.name: "php-fpm"}), limit, php)
    limit.add(php.process.pid)
    for child in php.children():
        limit.add(child)
    lab.serve(Nginx(lab, php.location("^/resize", "memory.php") + php.location("^/page", "ok.php")))


def traffic(lab):
    # One at a time: the kernel must find the guilty worker, not its neighbour.
    heavy = [lab.traffic.request(0.8 + number * 0.7, path="/resize?w=8000", fault="oom-kill") for number in range(12)]
    return lab.traffic.browse(240, 9) + lab.traffic.sprinkle(50, 9, ["/page/1", "/page/2"], None) + heavy
