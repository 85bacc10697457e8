//! Ports of services that hold data and answer no web requests: databases, caches and queues, to which applications connect themselves.

/// Source: IANA, Service Name and Transport Protocol Port Number Registry, and the defaults in the programs' documentation: DNS, LDAP, SQL Server, Oracle,
/// ZooKeeper, MySQL, PostgreSQL, AMQP, Redis, Cassandra, Kafka, Elasticsearch, memcached, MongoDB.
const DATA: [u16; 15] =
    [53, 389, 636, 1433, 1521, 2181, 3306, 5432, 5672, 6379, 9042, 9092, 9200, 11211, 27017];

/// Whether this is the usual port of such a service.
pub fn serves_data(port: u16) -> bool {
    DATA.binary_search(&port).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ports_are_searched_in_order() {
        assert!(DATA.is_sorted());
        assert!(serves_data(3306) && serves_data(27017) && !serves_data(8080));
    }
}
