"""The programs that a live run needs."""
import os
import shutil

PROGRAMS = {"ip": "iproute2", "tcpdump": "tcpdump", "editcap": "wireshark-common", "nginx": "nginx", "php-fpm8.2": "php-fpm",
            "nft": "nftables", "iptables": "iptables", "openssl": "openssl"}
# What recordings need besides.
MORE = {"apache2": "apache2", "haproxy": "haproxy", "node": "nodejs", "caddy": "caddy", "gunicorn": "gunicorn", "uwsgi": "uwsgi uwsgi-plugin-python3"}


def unusable(programs: dict[str, str] = PROGRAMS | MORE) -> str | None:
    """Why the lab cannot run on this machine, or None."""
    if os.geteuid() != 0:
        return "network namespaces need root: run it with sudo"
    os.environ["PATH"] += ":/usr/sbin:/sbin"
    missing = [f"{program} (package {package})" for program, package in programs.items() if not shutil.which(program)]
    if missing:
        return "missing programs: " + ", ".join(missing)
    if not os.path.exists("/dev/net/tun"):
        return "/dev/net/tun is missing: the kernel needs the tun driver"
    return None
