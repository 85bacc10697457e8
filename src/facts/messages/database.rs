//! Messages of databases as applications report them, and of their pools of connections.

use super::signature::{Signature, signatures};

pub(super) const DATABASE: &[Signature] = signatures! { Database, "mariadb.com/kb e1040 and e1203, PostgreSQL src/backend/postmaster, src/backend/storage/lmgr/proc.c, SQLite src/main.c (sqlite3ErrStr), SQL Server error 1222, pgbouncer src, redis src/networking.c; libpq fe-connect.c, psycopg2, psycopg_pool, asyncpg, PyMySQL, redis-py, php-src ext/pdo_mysql, phpredis, Predis; brianc/node-postgres pg-pool index.js, mysql2, sequelize/sequelize packages/core/src/errors, prisma/prisma-engines libs/user-facing-errors (common.rs, query_engine: P1001, P1017, P2024, P2028), mongodb/node-mongodb-native src/cmap/connection.ts, connection_pool.ts, mongo src/mongo/transport (22942), mongoose, knex, generic-pool; HikariCP HikariPool.java, tomcat-jdbc 10.1.60 ConnectionPool, commons-dbcp, c3p0 C3P0PooledConnectionPool, druid DruidDataSource, IronJacamar, pgjdbc, Connector/J, Lettuce ExceptionFactory.java, redis/jedis util/Pool.java; Npgsql, MySqlConnector, SqlClient, StackExchange.Redis; ActiveRecord, mperham/connection_pool lib/connection_pool/timed_stack.rb, jeremyevans/sequel lib/sequel/connection_pool/threaded.rb, crystal-db, redis-rb, redis-client; launchbadge/sqlx sqlx-core/src/error.rs, bikeshedder/deadpool src/managed/errors.rs; elixir-ecto/db_connection lib/db_connection/connection_pool.ex, connection.ex; OCI ORA-24418, ORA-24496 (oracle/odpi test), node-oracledb lib/errors.js, python-oracledb src/oracledb/errors.py; go-redis, mongo-go-driver, Go database/sql/driver";
    "database-connections-used-up": "the database takes no more connections" {
        "Too many connections" => "SQLSTATE[08004] [1040] Too many connections",
        "already has more than 'max_user_connections' active connections" => "SQLSTATE[42000] [1203] User shop already has more than 'max_user_connections' active connections",
        "sorry, too many clients already" => "FATAL:  sorry, too many clients already",
        "remaining connection slots are reserved for" => "FATAL:  remaining connection slots are reserved for non-replication superuser connections",
        "no more connections allowed (max_client_conn)" => "closing because: no more connections allowed (max_client_conn)",
        "max number of clients reached" => "ERR max number of clients reached",
        "has exceeded the 'max_user_connections' resource" => "SQLSTATE[42000] [1226] User 'shop' has exceeded the 'max_user_connections' resource (current value: 10)",
        "ORA-00020: maximum number of processes" => "ORA-00020: maximum number of processes (150) exceeded",
        "ORA-12516, TNS:listener could not find available handler" => "ORA-12516, TNS:listener could not find available handler with matching protocol stack",
        "ORA-12519, TNS:no appropriate service handler found" => "ORA-12519, TNS:no appropriate service handler found",
        "connection refused because too many open connections" => "connection refused because too many open connections: 819",
        "Connection refused because there are too many open connections" => "{\"t\":{\"$date\":\"2026-11-17T08:01:01.123+00:00\"},\"s\":\"I\",  \"c\":\"NETWORK\",  \"id\":22942,   \"ctx\":\"listener\",\"msg\":\"Connection refused because there are too many open connections\",\"attr\":{\"connectionCount\":819}}",
    }
    "database-pool-used-up": "the application waited in vain for a connection to its database" {
        "Connection is not available, request timed out after {figure}ms" => "HikariPool-1 - Connection is not available, request timed out after 30000ms (total=10, active=10, idle=0, waiting=12)",
        "query_wait_timeout" => "closing because: query_wait_timeout (age=120s)",
        "Timeout acquiring a connection. The pool is probably full." => "Knex: Timeout acquiring a connection. The pool is probably full. Are you missing a .transacting(trx) call?",
        "Timeout waiting for idle object" => "java.util.NoSuchElementException: Timeout waiting for idle object, maxWaitDuration=PT3S",
        "Cannot get a connection, pool error" => "java.sql.SQLException: Cannot get a connection, pool error Timeout waiting for idle object",
        "QueuePool limit of size {figure} overflow" => "sqlalchemy.exc.TimeoutError: QueuePool limit of size 5 overflow 10 reached, connection timed out, timeout 30.00",
        "ConnectionError: No connection available." => "redis.exceptions.ConnectionError: No connection available.",
        "PoolError: connection pool exhausted" => "psycopg2.pool.PoolError: connection pool exhausted",
        "PoolTimeout: couldn't get a connection after " => "psycopg_pool.PoolTimeout: couldn't get a connection after 30.00 sec",
        "ConnectionAcquireTimeoutError" => "SequelizeConnectionAcquireTimeoutError: Operation timeout",
        "ResourceRequest timed out" => "TimeoutError: ResourceRequest timed out",
        "timeout exceeded when trying to connect" => "Error: timeout exceeded when trying to connect",
        "Error: Queue limit reached." => "Error: Queue limit reached.",
        "Error: No connections available." => "Error: No connections available.",
        "Timed out fetching a new connection from the connection pool" => "Timed out fetching a new connection from the connection pool. More info: http://pris.ly/d/connection-pool (Current connection pool timeout: 10, connection limit: 5)",
        "Unable to start a transaction in the given time." => "Transaction API error: Unable to start a transaction in the given time.",
        "Timed out while checking out a connection from connection pool" => "MongoWaitQueueTimeoutError: Timed out while checking out a connection from connection pool",
        "Timed out during connection checkout" => "MongoOperationTimeoutError: Timed out during connection checkout",
        "timed out while checking out a connection from connection pool" => "timed out while checking out a connection from connection pool: context deadline exceeded; maxPoolSize: 100",
        "NoWait: Pool empty. Unable to fetch a connection, none available[" => "[http-nio-8080-exec-1] NoWait: Pool empty. Unable to fetch a connection, none available[100 in use].",
        "Timeout: Pool empty. Unable to fetch a connection in {figure} seconds" => "[http-nio-8080-exec-1] Timeout: Pool empty. Unable to fetch a connection in 30 seconds, none available[size:100; busy:100; idle:0; lastwait:30000].",
        "An attempt by a client to checkout a Connection has timed out" => "java.sql.SQLException: An attempt by a client to checkout a Connection has timed out.",
        "GetConnectionTimeoutException: wait millis {figure}" => "com.alibaba.druid.pool.GetConnectionTimeoutException: wait millis 60000, active 20, maxActive 20, creating 0",
        "No managed connections available within configured blocking timeout" => "IJ000655: No managed connections available within configured blocking timeout (30000 [ms])",
        "No ManagedConnections available within configured blocking timeout" => "javax.resource.ResourceException: No ManagedConnections available within configured blocking timeout ( 30000 [ms] )",
        "prior to obtaining a connection from the pool" => "System.InvalidOperationException: Timeout expired.  The timeout period elapsed prior to obtaining a connection from the pool.  This may have occurred because all pooled connections were in use and max pool size was reached.",
        "The connection pool has been exhausted, either raise " => "Npgsql.NpgsqlException (0x80004005): The connection pool has been exhausted, either raise 'Max Pool Size' (currently 100) or 'Timeout' (currently 15 seconds) in your connection string.",
        "Connect Timeout expired. All pooled connections are in use." => "MySqlConnector.MySqlException (0x80004005): Connect Timeout expired. All pooled connections are in use.",
        "could not obtain a connection from the pool within " => "ActiveRecord::ConnectionTimeoutError: could not obtain a connection from the pool within 5.000 seconds (waited 5.001 seconds); all pooled connections were in use",
        "could not obtain a database connection within " => "ActiveRecord::ConnectionTimeoutError: could not obtain a database connection within 5.000 seconds (waited 5.001 seconds)",
        "ActiveRecord::ConnectionTimeoutError" => "ActiveRecord::ConnectionTimeoutError (ActiveRecord::ConnectionTimeoutError):",
        "ConnectionPool::TimeoutError" => "ConnectionPool::TimeoutError: Waited 5 sec, 0/5 available",
        "Sequel::PoolTimeout" => "Sequel::PoolTimeout: timeout: 5.0, elapsed: 5.000172",
        "Could not check out a connection in {} seconds (DB::PoolTimeout)" => "Could not check out a connection in 5.0 seconds (DB::PoolTimeout)",
        "pool timed out while waiting for an open connection" => "error returned from handler: pool timed out while waiting for an open connection",
        "Timeout occurred while waiting for a slot to become available" => "Timeout occurred while waiting for a slot to become available",
        "connection not available and request was dropped from queue after {figure}ms" => "** (DBConnection.ConnectionError) connection not available and request was dropped from queue after 2986ms. This means requests are coming in and your connection pool cannot serve them fast enough.",
        "ORA-24496: OCISessionGet() timed out waiting for a free connection" => "ORA-24496: OCISessionGet() timed out waiting for a free connection.",
        "ORA-24418: Cannot open further sessions" => "ORA-24418: Cannot open further sessions.",
        "NJS-040: connection request timeout" => "Error: NJS-040: connection request timeout. Request exceeded \"queueTimeout\" of 60000",
        "NJS-076: connection request rejected" => "Error: NJS-076: connection request rejected. Pool queue length queueMax 500 reached",
        "DPY-4005: timed out waiting for the connection pool to return a connection" => "oracledb.exceptions.DatabaseError: DPY-4005: timed out waiting for the connection pool to return a connection",
        "Could not get a resource since the pool is exhausted" => "redis.clients.jedis.exceptions.JedisExhaustedPoolException: Could not get a resource since the pool is exhausted",
        "redis: connection pool timeout" => "redis: connection pool timeout",
        "TooManyRequests: the pool {} has already " => "psycopg_pool.TooManyRequests: the pool 'pool-1' has already 20 requests waiting",
    }
    "database-unreachable": "the application cannot reach its database" {
        "Can't connect to MySQL server" => "Can't connect to MySQL server on 'db' (111)",
        "Can't connect to local MySQL server" => "Can't connect to local MySQL server through socket '/run/mysqld/mysqld.sock' (2)",
        "server login has been failing" => "ERROR: server login has been failing, cached error: connect failed (server_login_retry)",
        "LOADING Redis is loading the dataset in memory" => "-LOADING Redis is loading the dataset in memory",
        "SQLSTATE[HY000] [2002] " => "PDOException: SQLSTATE[HY000] [2002] Connection refused",
        "(HY000/2002): " => "PHP Warning:  mysqli_connect(): (HY000/2002): Connection refused in /var/www/x.php on line 3",
        "Can't connect to local server through socket" => "Mysql2::Error::ConnectionError: Can't connect to local server through socket '/run/mysqld/mysqld.sock' (2)",
        "Can't connect to server on '" => "Can't connect to server on 'db' (115)",
        "could not connect to server: Connection refused" => "psycopg2.OperationalError: could not connect to server: Connection refused",
        "could not connect to server: Connection timed out" => "PG::ConnectionBad: could not connect to server: Connection timed out",
        "could not connect to server: No such file or directory" => "PG::ConnectionBad: could not connect to server: No such file or directory",
        "connection to server at {} failed: Connection refused" => "connection to server at \"db\" (10.0.0.5), port 5432 failed: Connection refused",
        "connection to server at {} failed: Connection timed out" => "connection to server at \"db\" (10.0.0.5), port 5432 failed: Connection timed out",
        "connection to server at {} failed: No route to host" => "connection to server at \"db\" (10.0.0.5), port 5432 failed: No route to host",
        "connection to server at {} failed: timeout expired" => "connection to server at \"db\" (10.0.0.5), port 5432 failed: timeout expired",
        "connection to server on socket {} failed: No such file or directory" => "connection to server on socket \"/run/postgresql/.s.PGSQL.5432\" failed: No such file or directory",
        "the database system is starting up" => "FATAL:  the database system is starting up",
        "the database system is shutting down" => "FATAL:  the database system is shutting down",
        "the database system is in recovery mode" => "FATAL:  the database system is in recovery mode",
        "SequelizeConnectionRefusedError" => "SequelizeConnectionRefusedError: connect ECONNREFUSED 127.0.0.1:3306",
        "SequelizeConnectionTimedOutError" => "SequelizeConnectionTimedOutError: connect ETIMEDOUT",
        "SequelizeHostNotReachableError" => "SequelizeHostNotReachableError: connect EHOSTUNREACH 10.0.0.5:3306",
        "SequelizeHostNotFoundError" => "SequelizeHostNotFoundError: getaddrinfo ENOTFOUND db",
        "Can't reach database server at " => "PrismaClientInitializationError: Can't reach database server at `db`:`5432`",
        "connect ECONNREFUSED {}:5432" => "Error: connect ECONNREFUSED 127.0.0.1:5432",
        "connect ECONNREFUSED {}:3306" => "Error: connect ECONNREFUSED 127.0.0.1:3306",
        "connect ECONNREFUSED {}:6379" => "Error: connect ECONNREFUSED 127.0.0.1:6379",
        "connect ECONNREFUSED {}:27017" => "Error: connect ECONNREFUSED 127.0.0.1:27017",
        "Connection terminated due to connection timeout" => "Error: Connection terminated due to connection timeout",
        "MongoServerSelectionError" => "MongoServerSelectionError: Server selection timed out after 30000 ms",
        "ServerSelectionTimeoutError" => "pymongo.errors.ServerSelectionTimeoutError: db:27017: [Errno 111] Connection refused",
        " buffering timed out after {figure}ms" => "MongooseError: Operation `users.find()` buffering timed out after 10000ms",
        "- Exception during pool initialization" => "HikariPool-1 - Exception during pool initialization.",
        "The driver has not received any packets from the server" => "The last packet sent successfully to the server was 0 milliseconds ago. The driver has not received any packets from the server.",
        "Check that the hostname and port are correct and that the postmaster" => "org.postgresql.util.PSQLException: Connection to db:5432 refused. Check that the hostname and port are correct and that the postmaster is accepting TCP/IP connections.",
        "PSQLException: The connection attempt failed" => "org.postgresql.util.PSQLException: The connection attempt failed.",
        "ORA-12541: TNS:no listener" => "ORA-12541: TNS:no listener",
        "error occurred while establishing a connection to SQL Server" => "A network-related or instance-specific error occurred while establishing a connection to SQL Server.",
        "Error 111 connecting to " => "redis.exceptions.ConnectionError: Error 111 connecting to 127.0.0.1:6379. Connection refused.",
        "RedisException: Connection refused" => "RedisException: Connection refused",
        "Predis\\Connection\\ConnectionException" => "Predis\\Connection\\ConnectionException: Connection refused [tcp://127.0.0.1:6379]",
        "RedisConnectionException: Unable to connect to" => "io.lettuce.core.RedisConnectionException: Unable to connect to 127.0.0.1:6379",
        "Error connecting to Redis on " => "Redis::CannotConnectError: Error connecting to Redis on 127.0.0.1:6379 (Errno::ECONNREFUSED)",
        "Redis::CannotConnectError" => "Redis::CannotConnectError (Connection refused - connect(2) for 127.0.0.1:6379)",
        "RedisClient::CannotConnectError" => "RedisClient::CannotConnectError: Connection refused - connect(2) for 127.0.0.1:6379 (redis://127.0.0.1:6379)",
        "It was not possible to connect to the redis server" => "StackExchange.Redis.RedisConnectionException: It was not possible to connect to the redis server(s). Error connecting right now.",
        "StackExchange.Redis.RedisTimeoutException" => "StackExchange.Redis.RedisTimeoutException: Timeout performing GET (5000ms)",
        "RedisCommandTimeoutException: Command timed out after " => "io.lettuce.core.RedisCommandTimeoutException: Command timed out after 1 minute(s)",
        "BUSY Redis is busy running a script" => "BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.",
        "(DBConnection.ConnectionError) tcp connect" => "Postgrex.Protocol (#PID<0.412.0>) failed to connect: ** (DBConnection.ConnectionError) tcp connect (db:5432): connection refused - :econnrefused",
        "dial tcp {}:5432: connect: connection refused" => "dial tcp 10.0.0.5:5432: connect: connection refused",
        "dial tcp {}:3306: connect: connection refused" => "dial tcp 10.0.0.5:3306: connect: connection refused",
        "dial tcp {}:6379: connect: connection refused" => "dial tcp 10.0.0.5:6379: connect: connection refused",
        "dial tcp {}:27017: connect: connection refused" => "dial tcp 10.0.0.5:27017: connect: connection refused",
    }
    "database-session-lost": "the database ended a session of the application" {
        "MySQL server has gone away" => "SQLSTATE[HY000]: General error: 2006 MySQL server has gone away",
        "Lost connection to MySQL server" => "Lost connection to MySQL server during query",
        "Connection terminated unexpectedly" => "Error: Connection terminated unexpectedly",
        "Connection lost: The server closed the connection." => "Error: Connection lost: The server closed the connection.",
        "server closed the connection unexpectedly" => "psycopg2.OperationalError: server closed the connection unexpectedly",
        "SSL connection has been closed unexpectedly" => "psycopg2.OperationalError: SSL connection has been closed unexpectedly",
        "terminating connection due to administrator command" => "FATAL:  terminating connection due to administrator command",
        "connection was closed in the middle of operation" => "asyncpg.exceptions.ConnectionDoesNotExistError: connection was closed in the middle of operation",
        "CommunicationsException: Communications link failure" => "com.mysql.cj.jdbc.exceptions.CommunicationsException: Communications link failure",
        "PSQLException: An I/O error occurred while sending to the backend" => "org.postgresql.util.PSQLException: An I/O error occurred while sending to the backend.",
        "ORA-03113: end-of-file on communication channel" => "ORA-03113: end-of-file on communication channel",
        "MongoNetworkError: connection {} to {} closed" => "MongoNetworkError: connection 3 to 10.0.0.5:27017 closed",
        "MongoNetworkTimeoutError: connection {} to {} timed out" => "MongoNetworkTimeoutError: connection 3 to 10.0.0.5:27017 timed out",
        "PrismaClientKnownRequestError: Server has closed the connection" => "PrismaClientKnownRequestError: Server has closed the connection.",
        "driver: bad connection" => "driver: bad connection",
        "RedisException: read error on connection" => "RedisException: read error on connection to 127.0.0.1:6379",
    }
    "database-statement-timed-out": "the database ended a statement at a limit of time, its own or of a lock" {
        "Lock wait timeout exceeded" => "SQLSTATE[HY000]: General error: 1205 Lock wait timeout exceeded; try restarting transaction",
        "canceling statement due to statement timeout" => "psycopg2.errors.QueryCanceled: canceling statement due to statement timeout",
        "canceling statement due to lock timeout" => "psycopg2.errors.LockNotAvailable: canceling statement due to lock timeout",
        "maximum statement execution time exceeded" => "Query execution was interrupted, maximum statement execution time exceeded",
    }
    "database-lock-waits": "statements wait for a lock that another session of the database holds" {
        "process {figure} still waiting for {}Lock on " => "process 12607 still waiting for RowShareLock on relation 16385 of database 16384 after 1000.103 ms at character 22",
        "database is locked" => "sqlite3.OperationalError: database is locked",
        "Lock request time out period exceeded" => "Microsoft.Data.SqlClient.SqlException (0x80131904): Lock request time out period exceeded.",
    }
    "database-memory-limit": "the database refuses what would pass its own limit of memory" {
        "OOM command not allowed when used memory > 'maxmemory'" => "-OOM command not allowed when used memory > 'maxmemory'.",
    }
};

#[cfg(test)]
mod tests {
    use crate::facts::messages::find;

    /// Otherwise whatever a pool says, or whatever else waits in vain, is a pool that is used up.
    #[test]
    fn a_pool_that_cannot_connect_and_pools_of_other_things_are_not_used_up() {
        let found = |text: &str| find(text.as_bytes(), None).map(|hit| hit.signature.id);
        for text in [
            "Error occurred while creating a new object: error connecting to server",
            "Timeout occurred while creating a new object",
            "Waiting for a slot to become available...",
            "NJS-500: connection to the database server was closed",
            "DPY-4011: the database or network closed the connection",
            "Timeout::Error: Waited 5 sec",
        ] {
            assert_ne!(found(text), Some("database-pool-used-up"), "{text}");
        }
        let refused = "** (DBConnection.ConnectionError) tcp connect (localhost:5432): connection refused - :econnrefused";
        assert_eq!(found(refused), Some("database-unreachable"));
    }
}
