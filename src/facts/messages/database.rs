//! Messages of databases as applications report them, and of their pools of connections.

use super::signature::{Signature, signatures};

pub(super) const DATABASE: &[Signature] = signatures! { Database, "mariadb.com/kb e1040 and e1203, PostgreSQL src/backend/postmaster, pgbouncer src, redis src/networking.c, knex lib/client.js, HikariCP HikariPool.java";
    "database-connections-used-up": "the database takes no more connections" {
        "Too many connections" => "SQLSTATE[08004] [1040] Too many connections",
        "already has more than 'max_user_connections' active connections" => "SQLSTATE[42000] [1203] User shop already has more than 'max_user_connections' active connections",
        "sorry, too many clients already" => "FATAL:  sorry, too many clients already",
        "remaining connection slots are reserved for" => "FATAL:  remaining connection slots are reserved for non-replication superuser connections",
        "no more connections allowed (max_client_conn)" => "closing because: no more connections allowed (max_client_conn)",
        "max number of clients reached" => "ERR max number of clients reached",
    }
    "database-pool-used-up": "the application waited in vain for a connection to its database" {
        "Connection is not available, request timed out after {figure}ms" => "HikariPool-1 - Connection is not available, request timed out after 30000ms (total=10, active=10, idle=0, waiting=12)",
        "query_wait_timeout" => "closing because: query_wait_timeout (age=120s)",
        "Timeout acquiring a connection. The pool is probably full." => "Knex: Timeout acquiring a connection. The pool is probably full. Are you missing a .transacting(trx) call?",
        "Timeout waiting for idle object" => "java.util.NoSuchElementException: Timeout waiting for idle object, maxWaitDuration=PT3S",
        "Cannot get a connection, pool error" => "java.sql.SQLTransientConnectionException: Cannot get a connection, pool error Timeout waiting for idle object",
        "QueuePool limit of size {figure} overflow" => "sqlalchemy.exc.TimeoutError: QueuePool limit of size 5 overflow 10 reached, connection timed out, timeout 30.00",
    }
    "database-unreachable": "the application cannot reach its database" {
        "Can't connect to MySQL server" => "Can't connect to MySQL server on 'db' (111)",
        "Can't connect to local MySQL server" => "Can't connect to local MySQL server through socket '/run/mysqld/mysqld.sock' (2)",
        "server login has been failing" => "ERROR: server login has been failing, cached error: connect failed (server_login_retry)",
        "LOADING Redis is loading the dataset in memory" => "-LOADING Redis is loading the dataset in memory",
    }
    "database-session-lost": "the database ended a session of the application" {
        "MySQL server has gone away" => "SQLSTATE[HY000]: General error: 2006 MySQL server has gone away",
        "Lost connection to MySQL server" => "Lost connection to MySQL server during query",
    }
    "database-memory-limit": "the database refuses what would pass its own limit of memory" {
        "OOM command not allowed when used memory > 'maxmemory'" => "-OOM command not allowed when used memory > 'maxmemory'.",
    }
};
