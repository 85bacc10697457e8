//! Which addresses containers had when somebody looked: `docker network inspect` (docs.docker.com, Docker Engine API, NetworkInspect), `docker inspect` with a
//! template of names and addresses, and `kubectl get pods -o wide`. A server in front that resolved a name once goes on asking the address that was there before.

use std::net::IpAddr;

use crate::facts::messages::Program;
use crate::logs::document::{DocumentContent, telling_lines};
use crate::logs::row::MessageLine;

/// Whether it is what Docker says of a network.
pub fn fits_network(head: &str) -> bool {
    let begins = |beginning: &str| head.lines().any(|line| line.trim_start().starts_with(beginning));
    head.trim_start().starts_with('[') && begins("\"Containers\": {") && begins("\"IPv4Address\": ")
}

/// Reads it: of each container its name, then `"IPv4Address": "172.20.0.7/16"`.
pub fn read_network(text: &str) -> DocumentContent {
    let mut document = DocumentContent::default();
    let mut name = "";
    for (number, line) in telling_lines(text) {
        let Some((key, value)) = line.split_once("\": \"") else { continue };
        let value = value.trim_end_matches(',').trim_end_matches('"');
        match key {
            "\"Name" => name = value,
            "\"IPv4Address" | "\"IPv6Address" => {
                let address = value.split('/').next().and_then(|address| address.parse().ok());
                document.records += 1;
                document.faults.extend(address.map(|address| (number, has_address(name, address))));
            }
            _ => {}
        }
    }
    document
}

/// Whether it is a list of pods with their addresses.
pub fn fits_pods(head: &str) -> bool {
    telling_lines(head).next().is_some_and(|(_, heading)| columns(heading).is_some())
}

/// Where the name and the address stand, by the heading: `RESTARTS` may be `2 (3m ago)`, so what stands behind is counted from the end.
fn columns(heading: &str) -> Option<(usize, usize)> {
    let words: Vec<&str> = heading.split_whitespace().collect();
    let name = words.iter().position(|word| *word == "NAME")?;
    let is_of_pods = ["READY", "STATUS", "RESTARTS"].iter().all(|word| words.contains(word));
    let address = words.iter().rposition(|word| *word == "IP").filter(|_| is_of_pods)?;
    // The two headings behind it are of two words each.
    let behind = words
        .get(address..)?
        .join(" ")
        .replace("NOMINATED NODE", "NOMINATED")
        .replace("READINESS GATES", "READINESS");
    Some((name, behind.split_whitespace().count()))
}

/// Reads it.
pub fn read_pods(text: &str) -> DocumentContent {
    let mut document = DocumentContent::default();
    let mut lines = telling_lines(text);
    let Some((name, behind)) = lines.next().and_then(|(_, heading)| columns(heading)) else {
        return document;
    };
    for (number, line) in lines {
        let words: Vec<&str> = line.split_whitespace().collect();
        document.records += 1;
        let address = words.len().checked_sub(behind).and_then(|at| words.get(at)?.parse().ok());
        let pod = words.get(name).copied().zip(address);
        document.faults.extend(pod.map(|(pod, address)| (number, has_address(pod, address))));
    }
    document
}

/// Whether it has lines of `docker inspect -f '{{.Name}} {{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}'`, or of `docker network inspect` with
/// `{{.Name}} {{.IPv4Address}}`, two at least.
pub fn fits_inspected(head: &str) -> bool {
    let asks = [".NetworkSettings.Networks", ".IPv4Address}}"].iter().any(|asked| head.contains(asked));
    asks && telling_lines(head).filter_map(|(_, line)| inspected(line)).nth(1).is_some()
}

/// Reads it; what else a console has beside them says nothing.
pub fn read_inspected(text: &str) -> DocumentContent {
    let mut document = DocumentContent::default();
    for (number, (name, address)) in
        telling_lines(text).filter_map(|(number, line)| Some((number, inspected(line)?)))
    {
        document.records += 1;
        document.faults.push((number, has_address(name, address)));
    }
    document
}

/// `/shop-api-1 172.21.0.6`, or of a network `shop-api-1 172.21.0.6/16`.
fn inspected(line: &str) -> Option<(&str, IpAddr)> {
    let (name, address) = line.split_once(' ')?;
    let address = address.trim().split('/').next()?.parse().ok()?;
    Some((name.trim_start_matches('/'), address))
}

fn has_address(name: &str, address: IpAddr) -> MessageLine {
    let text = format!("the container {name} has the address {address}");
    MessageLine {
        upstream: Some(address.to_string()),
        ..MessageLine::of(text.as_bytes(), Some(Program::Application))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn addresses(document: DocumentContent) -> Vec<(u64, Option<String>)> {
        let known = |row: &MessageLine| row.signature == Some("state-container-address");
        assert!(document.faults.iter().all(|(_, row)| known(row)), "{:?}", document.faults);
        document.faults.into_iter().map(|(line, row)| (line, row.upstream)).collect()
    }

    #[test]
    fn a_network_names_its_containers() {
        let text = "[\n    {\n        \"Name\": \"shop_default\",\n        \"Containers\": {\n            \"e2f9\": {\n                \"Name\": \"shop-api-1\",\n                \"IPv4Address\": \"172.20.0.7/16\",\n                \"IPv6Address\": \"\"\n            }\n        }\n    }\n]\n";
        assert!(fits_network(text) && !fits_network("[{\"Name\": \"a\"}]"));
        assert_eq!(addresses(read_network(text)), [(7, Some("172.20.0.7".to_owned()))]);
    }

    #[test]
    fn names_and_addresses_may_stand_in_a_console() {
        let text = "$ docker inspect -f '{{.Name}} {{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}' $(docker ps -q)\n/shop-api-1 172.21.0.6\n/shop-web-1 172.21.0.3\n$ date\n";
        assert!(fits_inspected(text) && !fits_inspected("/a 172.21.0.6\n/b 172.21.0.3\n"));
        let known = [(2, Some("172.21.0.6".to_owned())), (3, Some("172.21.0.3".to_owned()))];
        assert_eq!(addresses(read_inspected(text)), known);
        let network = "$ docker network inspect shop --format '{{range .Containers}}{{.Name}} {{.IPv4Address}}{{println}}{{end}}'\nshop-api-1 172.20.0.9/16\nshop-web-1 172.20.0.2/16\n";
        assert!(fits_inspected(network));
        let known = [(2, Some("172.20.0.9".to_owned())), (3, Some("172.20.0.2".to_owned()))];
        assert_eq!(addresses(read_inspected(network)), known);
    }

    #[test]
    fn pods_have_their_addresses_behind_what_varies() {
        let text = "NAME    READY   STATUS    RESTARTS      AGE   IP           NODE    NOMINATED NODE   READINESS GATES\napi-1   1/1     Running   2 (3m ago)    5d    10.244.2.17  node2   <none>           <none>\napi-2   0/1     Pending   0             5d    <none>       node2   <none>           <none>\n";
        assert!(fits_pods(text) && !fits_pods("NAME    READY   STATUS    RESTARTS   AGE\n"));
        assert_eq!(addresses(read_pods(text)), [(2, Some("10.244.2.17".to_owned()))]);
    }
}
