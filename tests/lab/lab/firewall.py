"""Packet filters in the origin namespace (nftables; iptables for answers that reject)."""


def drop(lab, match: str, verdict: str = "drop") -> None:
    """From now on the origin drops what matches, after the capture point. `match` and `verdict` are in nft's words."""
    lab.namespaces.run("origin", "nft", "add table inet lab; "
                       "add chain inet lab input { type filter hook input priority 0; }; "
                       f"add rule inet lab input {match} {verdict}")


def allow(lab) -> None:
    """Takes all rules of `drop` away."""
    lab.namespaces.run("origin", "nft", "delete table inet lab")


def first_packet_only(lab, side: str, hook: str) -> None:
    """From now on the packet filter of `side` passes of a ClientHello that begins in a full packet that packet alone, and its repetitions.

    So do devices that look for the name in the first packet and wait for no second one. Other connections pass: their ClientHello is shorter.
    A data offset of eight words is that of Linux, whose segments have timestamps.
    """
    hello = "tcp dport 443 @th,96,4 8 @th,256,16 0x1603 meta length > 1400"
    lab.namespaces.run(side, "nft", "add table inet split; "
                       f"add chain inet split pass {{ type filter hook {hook} priority 0; }}; "
                       f"add rule inet split pass {hello} ct mark set 1 accept; "
                       "add rule inet split pass ct direction original ct mark 1 meta length > 64 drop")


def sources(edges) -> str:
    return "ip saddr { " + ", ".join(edge.lab for edge in edges) + " }"


def reject(lab, edges, *how: str) -> None:
    """From now on the origin rejects these sources; `how` is given to iptables' REJECT target."""
    for edge in edges:
        lab.namespaces.run("origin", "iptables", "-A", "INPUT", "-s", edge.lab, "-p", "tcp", "-j", "REJECT", *how)
