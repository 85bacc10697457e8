//! Remedies of worker-pool-exhausted.

use crate::causes::catalogue::Remedy;

/// One line that names what is wrong.
pub const TITLE: &str = "every worker of the origin is busy";

/// What confirms or refutes it.
pub const CHECK: &str = "grep -hE 'max_children|MaxRequestWorkers|worker_connections are not enough|Resource temporarily \
    unavailable' /var/log/php*fpm*.log /var/log/apache2/error.log /var/log/nginx/error.log | tail; ss -ltn";

/// What to change, best first.
pub const REMEDIES: &[Remedy] = &[
    Remedy {
        title: "Size the pool by memory and bound each request",
        target: "php-fpm",
        snippet: "; pool file. pm.max_children = memory for the pool / memory of one worker, see:
;   ps -C php-fpm -o rss= | sort -n | tail
pm = dynamic
pm.max_children = 80
pm.start_servers = 20
pm.min_spare_servers = 10
pm.max_spare_servers = 30
pm.max_requests = 1000
request_terminate_timeout = 60s
request_slowlog_timeout = 5s
slowlog = /var/log/php-fpm-slow.log
listen.backlog = 1024",
        why: "More workers help with bursts, the time limit with requests that hang; the slow log tells what \
              they hang on.",
        risk: "More workers than fit into memory end in kills by the kernel. Requests longer than 60 s are \
              ended. The database needs as many connections.",
        rollback: "Restore the former values, then systemctl reload php-fpm",
    },
    Remedy {
        title: "Size the pool",
        target: "apache",
        snippet: "# mpm_event; MaxRequestWorkers = ServerLimit x ThreadsPerChild
ServerLimit             16
ThreadsPerChild         25
MaxRequestWorkers      400
MaxConnectionsPerChild 10000",
        why: "The event MPM keeps idle connections without a thread; threads are then needed for requests \
              only.",
        risk: "More threads need more memory and more connections of whatever stands behind. ServerLimit \
              changes need a restart, not a reload.",
        rollback: "Restore the former values and restart",
    },
    Remedy {
        title: "Raise the number of connections",
        target: "nginx",
        snippet: "# main context and events { }; each proxied request takes two connections
worker_processes auto;
worker_rlimit_nofile 16384;
events {
    worker_connections 8192;
}",
        why: "Idle connections from the edge count as well: long keep-alive needs room.",
        risk: "More memory; the system's own limit of file descriptors must allow it.",
        rollback: "Restore the former values, then nginx -t && nginx -s reload",
    },
    Remedy {
        title: "Queue a little instead of dropping",
        target: "haproxy",
        snippet: "# backend: as many requests at once as the server has workers, the others wait shortly
backend app
    timeout queue 10s
    server app1 {upstream} maxconn 80 check",
        why: "A short queue in front evens out bursts; without it the excess piles up in the application's \
              listen queue, where nobody sees it.",
        risk: "Requests that wait longer than 10 s get 503 from HAProxy.",
        rollback: "Remove maxconn and timeout queue, then reload",
    },
];
