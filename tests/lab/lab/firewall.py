"""Packet filters in the origin namespace (nftables; iptables for answers that reject)."""


def drop(lab, match: str, verdict: str = "drop") -> None:
    """From now on the origin drops what matches, after the capture point. `match` and `verdict` are in nft's words."""
    lab.namespaces.run("origin", "nft", "add table inet lab; "
                       "add chain inet lab input { type filter hook input priority 0; }; "
                       f"add rule inet lab input {match} {verdict}")


def allow(lab) -> None:
    """Takes all rules of `drop` away."""
    lab.namespaces.run("origin", "nft", "delete table inet lab")


def sources(edges) -> str:
    return "ip saddr { " + ", ".join(edge.lab for edge in edges) + " }"


def reject(lab, edges, *how: str) -> None:
    """From now on the origin rejects these sources; `how` is given to iptables' REJECT target."""
    for edge in edges:
        lab.namespaces.run("origin", "iptables", "-A", "INPUT", "-s", edge.lab, "-p", "tcp", "-j", "REJECT", *how)
