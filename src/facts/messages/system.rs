//! Messages of the kernel, of systemd and of HAProxy.

use super::signature::{Signature, signatures};

pub(super) const KERNEL: &[Signature] = signatures! { Kernel, "Linux mm/oom_kill.c, net/netfilter/nf_conntrack_core.c, net/ipv4/tcp_input.c (tcp_syn_flood_action), net/ipv4/tcp.c (tcp_check_oom), net/ipv4/route.c, net/core/neighbour.c, net/sched/sch_generic.c (dev_watchdog), arch/x86/mm/fault.c, arch/x86/kernel/traps.c, arch/arm64/kernel/traps.c, arch/arm64/mm/fault.c, kernel/hung_task.c, kernel/cgroup/pids.c, fs/file_table.c, init/version.c (linux_banner); drivers/net: e1000e, igb, bnx2, tg3, mlx5, ena, mii.c, phy.c";
    "kernel-oom-killed": "the kernel killed a process because memory ran out" {
        "Out of memory: Killed process {process} (" => "Out of memory: Killed process 811 (php-fpm) total-vm:812345kB, anon-rss:512345kB, file-rss:0kB, shmem-rss:0kB, UID:33 pgtables:1204kB oom_score_adj:0",
        "Out of memory: Kill process {process} (" => "Out of memory: Kill process 811 (php-fpm) score 900 or sacrifice child",
        "Killed process {process} (" => "Killed process 811 (php-fpm) total-vm:812345kB, anon-rss:512345kB, file-rss:0kB",
    }
    "kernel-oom-killed-in-cgroup": "the kernel killed a process because its container's memory limit was reached" {
        "Memory cgroup out of memory: Killed process {process} (" => "Memory cgroup out of memory: Killed process 811 (node) total-vm:812345kB, anon-rss:512345kB",
        "Memory cgroup out of memory: Kill process {process} (" => "Memory cgroup out of memory: Kill process 811 (node) score 900 or sacrifice child",
        "oom-kill:constraint=CONSTRAINT_MEMCG{},pid={process}," => "oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=x,mems_allowed=0,oom_memcg=/docker/x,task_memcg=/docker/x,task=node,pid=811,uid=0",
    }
    "kernel-oom-constraint": "the kernel chose a process to kill because memory ran out" {
        "oom-kill:constraint={},pid={process}," => "oom-kill:constraint=CONSTRAINT_NONE,nodemask=(null),cpuset=/,mems_allowed=0,global_oom,task_memcg=/,task=php-fpm,pid=811,uid=33",
    }
    "kernel-oom-invoked": "a process asked for memory that was not there" {
        " invoked oom-killer: " => "php-fpm invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0",
    }
    "kernel-conntrack-full": "the connection-tracking table is full and packets are dropped" {
        "nf_conntrack: table full in netns {}, dropping packet" => "nf_conntrack: nf_conntrack: table full in netns 4026532285, dropping packet",
        "nf_conntrack: table full, dropping packet" => "nf_conntrack: nf_conntrack: table full, dropping packet",
        "ip_conntrack: table full, dropping packet" => "ip_conntrack: table full, dropping packet.",
    }
    "kernel-syn-flood": "more half-open connections than the backlog holds" {
        "Possible SYN flooding on port {figure}. " => "TCP: request_sock_TCP: Possible SYN flooding on port 443. Sending cookies.  Check SNMP counters.",
        "Possible SYN flooding on port {}:{figure}. " => "TCP: request_sock_TCP: Possible SYN flooding on port 0.0.0.0:443. Dropping request.",
        "possible SYN flooding on port {figure}. " => "possible SYN flooding on port 443. Sending cookies.",
        "Possible SYN flooding on port [{}]:{figure}. " => "TCP: request_sock_TCP: Possible SYN flooding on port [::]:443. Sending cookies.",
    }
    "kernel-segfault": "a process died of an invalid memory access" {
        "[{process}]: segfault at " => "php-fpm[811]: segfault at 0 ip 000055d0c0a1b2c3 sp 00007ffd error 4 in php-fpm[55d0c0000000+400000]",
        "traps: {}[{process}] general protection" => "traps: node[811] general protection fault ip:55d0 sp:7ffd error:0 in node[400000+2000000]",
        "traps: {}[{process}] trap invalid opcode" => "traps: node[811] trap invalid opcode ip:55d0 sp:7ffd error:0 in node[400000+2000000]",
        "traps: {}[{process}] trap divide error" => "traps: php-fpm[811] trap divide error ip:55d0 sp:7ffd error:0 in php-fpm[400000+2000000]",
        "traps: {}[{process}] trap stack segment" => "traps: php-fpm[811] trap stack segment ip:55d0 sp:7ffd error:0 in php-fpm[400000+2000000]",
        "[{process}]: unhandled exception: " => "php-fpm[811]: unhandled exception: DABT (lower EL), ESR 0x0000000092000006, level 2 translation fault in php-fpm[400000+2000000]",
        "[{process}]: undefined instruction: pc=" => "php-fpm[811]: undefined instruction: pc=0000000000400a10",
        "[{process}]: unhandled level " => "php-fpm[811]: unhandled level 2 translation fault (11) at 0x00000000, esr 0x92000006",
    }
    "kernel-link-down": "a network interface lost its link" {
        "NIC Link is Down" => "e1000e 0000:00:19.0 eth0: NIC Link is Down",
        ": Link is Down" => "r8169 0000:03:00.0 eth0: Link is Down",
        "NIC {} Link is Down" => "bnx2 0000:02:00.0 eth0: NIC Copper Link is Down",
        ": Link is down" => "tg3 0000:02:00.0 eth0: Link is down",
        ": Link down" => "mlx5_core 0000:02:00.0 eth0: Link down",
        ": link down" => "pcnet32 0000:02:00.0 eth0: link down",
    }
    "kernel-link-up": "a network interface has its link again" {
        "NIC Link is Up" => "igb 0000:01:00.0 eth0: igb: eth0 NIC Link is Up 1000 Mbps Full Duplex, Flow Control: RX/TX",
        ": Link is Up" => "r8169 0000:03:00.0 eth0: Link is Up - 1Gbps/Full - flow control rx/tx",
        "NIC {} Link is Up" => "bnx2 0000:02:00.0 eth0: NIC Copper Link is Up, 1000 Mbps full duplex",
        ": Link is up at " => "tg3 0000:02:00.0 eth0: Link is up at 1000 Mbps, full duplex",
        ": Link up" => "mlx5_core 0000:02:00.0 eth0: Link up",
        ": link up, " => "pcnet32 0000:02:00.0 eth0: link up, 100Mbps, full-duplex, lpa 0x45E1",
        ": link becomes ready" => "IPv6: ADDRCONF(NETDEV_CHANGE): eth0: link becomes ready",
    }
    "kernel-transmit-timeout": "a network interface stopped sending" {
        "NETDEV WATCHDOG: {}transmit queue {figure} timed out" => "NETDEV WATCHDOG: eth0 (igb): transmit queue 3 timed out",
        "NETDEV WATCHDOG: CPU: {}: transmit queue {figure} timed out" => "igb 0000:01:00.0 eth0: NETDEV WATCHDOG: CPU: 2: transmit queue 3 timed out 5120 ms",
        "Detected Tx Unit Hang" => "igb 0000:01:00.0 eth0: Detected Tx Unit Hang",
        "Detected Hardware Unit Hang" => "e1000e 0000:00:19.0 eth0: Detected Hardware Unit Hang:",
        "Reset adapter" => "e1000e 0000:00:19.0 eth0: Reset adapter unexpectedly",
        "Potential MSIX issue on Rx side Queue" => "ena 0000:00:05.0 eth0: Potential MSIX issue on Rx side Queue = 2. Reset the device",
        "The number of lost tx completions is above the threshold" => "ena 0000:00:05.0 eth0: The number of lost tx completions is above the threshold (129 > 128). Reset the device",
        "Lost TX completions are above the threshold" => "ena 0000:00:05.0 eth0: Lost TX completions are above the threshold (129 > 128). Completion transmission timeout: 5000.",
    }
    "kernel-hung-task": "a process waits on storage or a lock" {
        "INFO: task {}:{process} blocked for more than {figure} seconds" => "INFO: task php-fpm:811 blocked for more than 120 seconds.",
        "INFO: task {}:{process} blocked in I/O wait for more than {figure} seconds" => "INFO: task php-fpm:811 blocked in I/O wait for more than 120 seconds.",
    }
    "kernel-soft-lockup": "a processor is stuck" {
        "soft lockup - CPU#{}stuck for {figure}s!" => "watchdog: BUG: soft lockup - CPU#2 stuck for 23s! [php-fpm:811]",
        "Watchdog detected hard LOCKUP on cpu" => "NMI watchdog: Watchdog detected hard LOCKUP on cpu 3",
    }
    "kernel-oom-reaped": "the memory of a killed process was given back" {
        "oom_reaper: reaped process {process} (" => "oom_reaper: reaped process 811 (php-fpm), now anon-rss:0kB, file-rss:0kB, shmem-rss:0kB",
    }
    "kernel-fork-rejected": "a service reached its limit of processes" {
        "cgroup: fork rejected by pids controller in " => "cgroup: fork rejected by pids controller in /system.slice/app.service",
    }
    "kernel-martian-source": "a packet came from an address that does not belong behind its interface" {
        "martian source {} from {}, on dev " => "IPv4: martian source 203.0.113.7 from 172.68.10.9, on dev eth1",
        "martian source (src={}, dst={}, dev=" => "IPv4: martian source (src=172.68.10.9, dst=203.0.113.7, dev=eth1)",
    }
    "selinux-denied": "SELinux refuses what a process wants to do" {
        "avc:  denied" => "avc:  denied  { name_connect } for  pid=811 comm=\"nginx\" dest=8080 scontext=system_u:system_r:httpd_t:s0 tcontext=system_u:object_r:http_cache_port_t:s0 tclass=tcp_socket permissive=0",
    }
    "kernel-tcp-memory": "TCP has no memory left" {
        "TCP: out of memory -- consider tuning tcp_mem" => "TCP: out of memory -- consider tuning tcp_mem",
        "Out of socket memory" => "Out of socket memory",
    }
    "kernel-orphaned-sockets": "too many sockets without a process" {
        "too many orphaned sockets" => "TCP: too many orphaned sockets",
        "too many of orphaned sockets" => "TCP: too many of orphaned sockets",
    }
    "kernel-files-used-up": "the system has no file descriptors left" {
        "VFS: file-max limit {figure} reached" => "VFS: file-max limit 9223372 reached",
    }
    "kernel-started": "the machine's kernel started" {
        "Linux version {} (" => "Linux version 6.1.0-26-amd64 (debian-kernel@lists.debian.org) (gcc-12 (Debian 12.2.0-14) 12.2.0, GNU ld (GNU Binutils for Debian) 2.40) #1 SMP PREEMPT_DYNAMIC Debian 6.1.112-1 (2024-09-30)",
    }
    "kernel-neighbour-overflow": "the neighbour table is full: hosts of the local network become unreachable" {
        "neighbour: {}_cache: neighbor table overflow" => "neighbour: arp_cache: neighbor table overflow!",
        "Neighbour table overflow." => "ipv4: Neighbour table overflow.",
    }
};

pub(super) const FIREWALL: &[Signature] = signatures! { Kernel, "Linux net/netfilter nf_log, ufw, firewalld prefixes";
    "firewall-blocked": "a firewall rule blocked a packet" {
        "BLOCK] IN={} OUT={} SRC={} DPT={figure} " => "[UFW BLOCK] IN=eth0 OUT= MAC=00 SRC=172.68.10.9 DST=203.0.113.7 LEN=60 TTL=55 PROTO=TCP SPT=41022 DPT=443 WINDOW=64240 RES=0x00 SYN URGP=0",
        "DROP{}IN={} OUT={} SRC={} DPT={figure} " => "iptables DROP: IN=eth0 OUT= SRC=172.68.10.9 DST=203.0.113.7 PROTO=TCP SPT=41022 DPT=443 WINDOW=64240 SYN URGP=0",
        "REJECT{}IN={} OUT={} SRC={} DPT={figure} " => "FINAL_REJECT: IN=eth0 OUT= SRC=172.68.10.9 DST=203.0.113.7 PROTO=TCP SPT=41022 DPT=443 WINDOW=64240 SYN URGP=0",
        "DENY{}IN={} OUT={} SRC={} DPT={figure} " => "nft DENY IN=eth0 OUT= SRC=172.68.10.9 DST=203.0.113.7 PROTO=TCP SPT=41022 DPT=443 WINDOW=64240 SYN URGP=0",
    }
    "firewall-logged": "a firewall rule logged a packet, without saying what became of it" {
        "IN={} OUT={} SRC={} DPT={figure} " => "IN=ens2 OUT= MAC=de SRC=62.34.17.168 DST=10.73.140.49 LEN=44 PROTO=TCP SPT=52220 DPT=80 WINDOW=1024 RES=0x00 SYN URGP=0",
    }
};

pub(super) const SYSTEMD: &[Signature] = signatures! { Systemd, "systemd src/core/service.c, unit.c; units/reboot.target, poweroff.target, shutdown.target, final.target and what they were called before 249 and 250; src/login/logind-dbus.c, src/journal/journald-server.c";
    "systemd-main-killed": "a service's main process died on a signal" {
        "Main process exited, code=killed, status={figure}/" => "php8.2-fpm.service: Main process exited, code=killed, status=11/SEGV",
        "Main process exited, code=dumped, status={figure}/" => "nginx.service: Main process exited, code=dumped, status=6/ABRT",
    }
    "systemd-main-exited": "a service's main process ended with a code" {
        "Main process exited, code=exited, status={figure}/" => "app.service: Main process exited, code=exited, status=1/FAILURE",
    }
    "systemd-oom-killed": "the kernel killed a process of the service for memory" {
        "A process of this unit has been killed by the OOM killer" => "php8.2-fpm.service: A process of this unit has been killed by the OOM killer.",
        "Failed with result 'oom-kill'" => "app.service: Failed with result 'oom-kill'.",
    }
    "systemd-oomd-killed": "systemd-oomd killed processes of the service for memory" {
        "systemd-oomd killed {figure} process(es) in this unit" => "app.service: systemd-oomd killed 3 process(es) in this unit.",
        "systemd-oomd killed some process(es) in this unit" => "app.service: systemd-oomd killed some process(es) in this unit.",
    }
    "systemd-killing": "systemd itself ends a process" {
        "Killing process {process} (" => "app.service: Killing process 811 (node) with signal SIGKILL.",
    }
    "systemd-timed-out": "a service did not start or stop in time and is killed" {
        "start operation timed out. Terminating" => "app.service: start operation timed out. Terminating.",
        "Stopping timed out. Killing" => "app.service: Stopping timed out. Killing.",
        "timed out. Killing." => "app.service: State 'stop-sigterm' timed out. Killing.",
    }
    "systemd-watchdog": "a service did not report to its watchdog" {
        "Watchdog timeout (limit " => "app.service: Watchdog timeout (limit 30s)!",
    }
    "systemd-dumped-core": "a process died and its memory was written down" {
        "Process {process} ({}) of user {} dumped core" => "Process 811 (php-fpm) of user 33 dumped core.",
        "Process {process} ({}) of user {} terminated abnormally" => "Process 811 (php-fpm) of user 33 terminated abnormally without generating a coredump.",
    }
    "systemd-deactivated": "a service was stopped cleanly" {
        "Deactivated successfully" => "app.service: Deactivated successfully.",
        ".service: Succeeded." => "app.service: Succeeded.",
    }
    "systemd-start-limit": "a service failed so often that it is not started again" {
        "Start request repeated too quickly" => "app.service: Start request repeated too quickly.",
        "Failed with result 'start-limit-hit'" => "app.service: Failed with result 'start-limit-hit'.",
    }
    "systemd-failed": "a service failed" {
        "Failed with result '" => "app.service: Failed with result 'exit-code'.",
    }
    "systemd-machine-stopped": "the whole machine goes down" {
        "Stopped target Multi-User System" => "Stopped target Multi-User System.",
        "Stopped target {} - Multi-User System" => "Stopped target multi-user.target - Multi-User System.",
        "Reached target System Shutdown" => "Reached target System Shutdown.",
        "Reached target {} - System Shutdown" => "Reached target shutdown.target - System Shutdown.",
        "Reached target Reboot" => "Reached target Reboot.",
        "Reached target System Reboot" => "Reached target System Reboot.",
        "Reached target {} - System Reboot" => "Reached target reboot.target - System Reboot.",
        "Reached target Power-Off" => "Reached target Power-Off.",
        "Reached target System Power Off" => "Reached target System Power Off.",
        "Reached target {} - System Power Off" => "Reached target poweroff.target - System Power Off.",
        "Reached target Final Step" => "Reached target Final Step.",
        "Reached target Late Shutdown Services" => "Reached target Late Shutdown Services.",
        "Reached target {} - Late Shutdown Services" => "Reached target final.target - Late Shutdown Services.",
        "System is rebooting" => "System is rebooting.",
        "System is powering down" => "System is powering down.",
        "The system will reboot now!" => "The system will reboot now!",
        "The system will power off now!" => "The system will power off now!",
        "from PID 1 (systemd-shutdow" => "Received SIGTERM from PID 1 (systemd-shutdow).",
    }
    "systemd-restarted": "a service was started, stopped or reloaded" {
        "Scheduled restart job, restart counter is at {figure}" => "app.service: Scheduled restart job, restart counter is at 3.",
        "Reloaded " => "Reloaded nginx.service - A high performance web server.",
        "Started " => "Started app.service - The shop.",
        "Stopping " => "Stopping app.service - The shop...",
        "Stopped " => "Stopped app.service - The shop.",
        "Service hold-off time over, scheduling restart" => "app.service: Service hold-off time over, scheduling restart.",
    }
};

pub(super) const HAPROXY: &[Signature] = signatures! { Haproxy, "haproxy src/server.c, src/session.c, configuration.txt";
    "haproxy-tls-handshake-failed": "a TLS handshake failed" {
        "SSL handshake failure" => "fe/1: SSL handshake failure",
    }
    "haproxy-handshake-closed": "the peer closed during the handshake" {
        "Connection error during SSL handshake" => "fe/1: Connection error during SSL handshake",
        "Connection closed during SSL handshake" => "fe/1: Connection closed during SSL handshake",
        "Timeout during SSL handshake" => "fe/1: Timeout during SSL handshake",
    }
    "haproxy-client-certificate-rejected": "HAProxy does not accept the client certificate" {
        "SSL client certificate not trusted" => "fe/1: SSL client certificate not trusted",
        "SSL client CA chain cannot be verified" => "fe/1: SSL client CA chain cannot be verified",
    }
    "haproxy-proxy-header-missing": "a header of the PROXY protocol was expected and did not come, or came wrongly" {
        "waiting for PROXY protocol header" => "fe/1: Connection closed while waiting for PROXY protocol header",
        "Received something which does not look like a PROXY protocol header" => "fe/1: Received something which does not look like a PROXY protocol header",
        "Truncated PROXY protocol header received" => "fe/1: Truncated PROXY protocol header received",
        "Received an invalid PROXY protocol header" => "fe/1: Received an invalid PROXY protocol header",
        "Received an unhandled protocol in the PROXY protocol header" => "172.68.10.9:41022 [17/Nov/2026:08:01:01.123] fe/1: Received an unhandled protocol in the PROXY protocol header",
    }
    "haproxy-worker-died": "HAProxy's worker process died" {
        "Current worker ({process}) exited with code {figure} (" => "Current worker (811) exited with code 139 (Segmentation fault)",
        "Current worker {}({process}) exited with code {figure} (" => "Current worker #1 (811) exited with code 139 (Segmentation fault)",
        "A worker process unexpectedly died" => "A worker process unexpectedly died and this can only be explained by a bug in haproxy or its dependencies.",
        "PANIC! Thread " => "PANIC! Thread 3 is about to kill the process (pid 811).",
        "All workers exited. Exiting... ({figure})" => "All workers exited. Exiting... (139)",
        " is about to kill the process" => "Thread 1 is about to kill the process.",
        " calls per second and refuses to die, aborting now!" => "A bogus STREAM [0x55d0] is spinning at 104523 calls per second and refuses to die, aborting now! Please report this error to developers",
    }
    "haproxy-bind-failed": "HAProxy cannot listen" {
        "Starting {}: cannot bind socket (" => "Starting frontend fe: cannot bind socket (Address already in use) for [0.0.0.0:443]",
    }
    "haproxy-server-unresolved": "a server's name has no address" {
        "Server {} is going DOWN for maintenance (DNS " => "Server app/web1 is going DOWN for maintenance (DNS NX status). 0 active and 0 backup servers left.",
        "Server {} is going DOWN for maintenance (No IP for server" => "Server app/web1 is going DOWN for maintenance (No IP for server ). 0 active and 0 backup servers left.",
        "Server {} is going DOWN for maintenance (unspecified DNS error" => "Server app/web1 is going DOWN for maintenance (unspecified DNS error). 0 active and 0 backup servers left.",
        "Server {} is going DOWN for maintenance (entry removed from SRV record" => "Server app/web1 is going DOWN for maintenance (entry removed from SRV record). 0 active and 0 backup servers left.",
    }
    "haproxy-server-down": "HAProxy's health check found a server down" {
        "Server {} is DOWN" => "Server app/web1 is DOWN, reason: Layer4 connection problem, info: \"Connection refused\", check duration: 0ms. 0 active and 0 backup servers left.",
        "Health check for {} failed, reason: {}, status: {} DOWN" => "Health check for server app/web1 failed, reason: Layer7 wrong status, code: 503, check duration: 5ms, status: 0/2 DOWN.",
    }
    "haproxy-server-up": "HAProxy's health check found a server up again" {
        "Server {} is UP" => "Server app/web1 is UP, reason: Layer7 check passed, code: 200, check duration: 1ms.",
    }
    "haproxy-no-server": "no server of the backend is left" {
        " has no server available!" => "backend app has no server available!",
    }
    "haproxy-connections-used-up": "HAProxy reached its limit of connections" {
        "Too many SSL connections" => "fe/1: Too many SSL connections",
        "reached the configured maximum connection limit" => "Proxy fe reached the configured maximum connection limit. Please check the global 'maxconn' value.",
        "reached system memory limit" => "Proxy fe reached system memory limit (maxsock=4031). Please check system tunables.",
    }
    "haproxy-files-used-up": "HAProxy has no file descriptors left" {
        "reached process FD limit" => "Proxy fe reached process FD limit (maxsock=4031). Please check 'ulimit-n' and restart.",
        "reached system FD limit" => "Proxy fe reached system FD limit (maxsock=4031). Please check system tunables.",
        "Too many sockets on the process" => "172.68.10.9:41022 [17/Nov/2026:08:01:01.123] fe/1: Too many sockets on the process",
        "Too many sockets on the system" => "172.68.10.9:41022 [17/Nov/2026:08:01:01.123] fe/1: Too many sockets on the system",
    }
    "haproxy-ports-used-up": "no local ports are left towards the server" {
        "no free ports" => "Connect() failed for backend app: no free ports.",
        "Source port range exhausted" => "Health check for server app/web1 failed, reason: Layer4 connection problem, info: \"Source port range exhausted\"",
        "Out of local source ports on the system" => "Health check for server app/web1 failed, reason: Layer4 connection problem, info: \"Out of local source ports on the system\"",
    }
    "haproxy-restarted": "HAProxy was started or stopped" {
        "Proxy {} started." => "Proxy fe started.",
        "Proxy {} stopped (" => "Proxy fe stopped (cumulated conns: FE: 12, BE: 0).",
        "Stopping proxy " => "Stopping proxy fe in 0 ms.",
        "Proxy {} hard-stopped (" => "Proxy fe hard-stopped (12 remaining conns will be closed).",
        "New worker ({process}) forked" => "New worker (811) forked",
        "Exiting Master process..." => "Exiting Master process...",
    }
};

pub(super) const SUPERVISOR: &[Signature] = signatures! { Supervisor, "Supervisor/supervisor process.py, options.py";
    "supervisor-killed": "a program of supervisord died on a signal" {
        "exited: {} (terminated by SIG{}; not expected)" => "exited: app (terminated by SIGSEGV (core dumped); not expected)",
    }
    "supervisor-exited": "a program of supervisord ended with a code" {
        "exited: {} (exit status {figure}; not expected)" => "exited: app (exit status 1; not expected)",
    }
    "supervisor-gave-up": "a program failed so often that supervisord does not start it again" {
        "gave up: {} entered FATAL state" => "gave up: app entered FATAL state, too many start retries too quickly",
    }
    "supervisor-started": "supervisord started a program" {
        "spawned: '{}' with pid {process}" => "spawned: 'app' with pid 811",
        "success: {} entered RUNNING state" => "success: app entered RUNNING state, process has stayed up for > than 1 seconds (startsecs)",
    }
};

pub(super) const FAIL2BAN: &[Signature] = signatures! { Fail2ban, "fail2ban/fail2ban server/actions.py";
    "fail2ban-banned": "fail2ban bans an address" {
        "] Ban " => "[nginx-limit-req] Ban 172.68.10.9",
        "] Restore Ban " => "[nginx-limit-req] Restore Ban 172.68.10.9",
        "] Reban " => "[nginx-limit-req] Reban 172.68.10.9",
    }
    "fail2ban-unbanned": "fail2ban ends the ban of an address" {
        "] Unban " => "[nginx-limit-req] Unban 172.68.10.9",
    }
};

pub(super) const CONTAINERS: &[Signature] = signatures! { Application, "containerd/containerd internal/cri/server/events.go (HandleEvent; release 2 names container_id); kubernetes/kubernetes pkg/kubelet/kuberuntime/kuberuntime_manager.go (computePodActions), pkg/kubelet/pod_workers.go, and the events that kubelet records; moby/moby api/types/events, daemon/events.go (LogContainerEvent); logs::format::container says the rest in its own words";
    "containerd-memory-limit": "a container reached its limit of memory and a process in it was killed" {
        "TaskOOM event " => "time=\"2026-11-17T08:01:01.123Z\" level=info msg=\"TaskOOM event &TaskOOM{ContainerID:9f2c,XXX_unrecognized:[],}\"",
        "TaskOOM event container_id:" => "time=\"2026-11-17T08:01:01.123Z\" level=info msg=\"TaskOOM event container_id:\\\"9f2c\\\"\"",
    }
    "container-killed-for-memory": "a container was killed since it reached its limit of memory" {
        "container {} ended: OOMKilled, exit code {figure}" => "container app of pod app-1 ended: OOMKilled, exit code 137",
        "container oom {} (" => "container oom 4386fb97867d5a7c1e9a0b3c (image=shop/app:1.4, name=app)",
    }
    "container-died": "a container ended with a code" {
        "container {} ended: {}exit code {figure}" => "container app of pod app-1 ended: Error, exit code 139",
        "container die {} ({}exitCode={figure}," => "container die 4386fb97867d5a7c1e9a0b3c (execDuration=3611, exitCode=139, image=shop/app:1.4, name=app)",
    }
    "container-restarted": "a container was stopped or started" {
        "Started container " => "Started container app of pod app-1",
        "container start {} (" => "container start 4386fb97867d5a7c1e9a0b3c (image=shop/app:1.4, name=app)",
        "container stop {} (" => "container stop 4386fb97867d5a7c1e9a0b3c (image=shop/app:1.4, name=app)",
        "container restart {} (" => "container restart 4386fb97867d5a7c1e9a0b3c (image=shop/app:1.4, name=app)",
    }
    "kubelet-liveness-failed": "a container failed its probe of life or of its start and is restarted" {
        "failed startup probe, will be restarted" => "Container app failed startup probe, will be restarted",
        "failed liveness probe, will be restarted" => "\"Message for Container of pod\" containerName=\"app\" containerStatusID=\"containerd://9f2c\" pod=\"shop/app-1\" containerMessage=\"Container app failed liveness probe, will be restarted\"",
    }
    "kubelet-backing-off": "a container failed so often that it is not started again at once" {
        "with CrashLoopBackOff: " => "\"Error syncing pod, skipping\" err=\"failed to \\\"StartContainer\\\" for \\\"app\\\" with CrashLoopBackOff: \\\"back-off 5m0s restarting failed container=app pod=app-1_shop(6f1c)\\\"\" pod=\"shop/app-1\" podUID=\"6f1c\"",
        "Back-off restarting failed container" => "Back-off restarting failed container app in pod app-1_shop(6f1c)",
    }
};
