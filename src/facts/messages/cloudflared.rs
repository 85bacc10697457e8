//! What cloudflared, the near end of a Cloudflare Tunnel, says of its tunnel and of the application behind it.

use super::signature::{Signature, signatures};

pub(super) const CLOUDFLARED: &[Signature] = signatures! { Cloudflared, "cloudflare/cloudflared proxy/proxy.go (proxyHTTPRequest), connection/quic_connection.go, connection/http2.go, connection/observer.go, supervisor/tunnel.go, supervisor/supervisor.go, edgediscovery/allregions/discovery.go; lines of 2021 to 2026; Go net, net/http, also on Windows (connectex)";
    "cloudflared-origin-unreachable": "the tunnel's end cannot reach the application" {
        "Unable to reach the origin service" => "ERR  error=\"Unable to reach the origin service. The service may be down or it may not be responding to traffic from cloudflared: http: ContentLength=5 with Body length 0\" connIndex=0 event=1 ingressRule=0 originService=http://127.0.0.1:8080",
    }
    "cloudflared-origin-refused": "the application refuses the connection of the tunnel's end" {
        "Unable to reach the origin service{}connection refused" => "ERR  error=\"Unable to reach the origin service. The service may be down or it may not be responding to traffic from cloudflared: dial tcp 127.0.0.1:8080: connect: connection refused\" connIndex=0 event=1 ingressRule=0 originService=http://127.0.0.1:8080",
        "Unable to reach the origin service{}no route to host" => "ERR  error=\"Unable to reach the origin service. The service may be down or it may not be responding to traffic from cloudflared: dial tcp 10.0.0.5:8080: connect: no route to host\" connIndex=0 event=1 ingressRule=0 originService=http://127.0.0.1:8080",
        "Unable to reach the origin service{}network is unreachable" => "ERR  error=\"Unable to reach the origin service. The service may be down or it may not be responding to traffic from cloudflared: dial tcp 10.0.0.5:8080: connect: network is unreachable\" connIndex=0 event=1 ingressRule=0 originService=http://127.0.0.1:8080",
        "Unable to reach the origin service{}connect: no such file or directory" => "ERR  error=\"Unable to reach the origin service. The service may be down or it may not be responding to traffic from cloudflared: dial unix /run/app.sock: connect: no such file or directory\" connIndex=0 event=1 ingressRule=0 originService=http://127.0.0.1:8080",
        "Unable to reach the origin service{}connectex: No connection could be made because the target machine actively refused it" => "ERR  error=\"Unable to reach the origin service. The service may be down or it may not be responding to traffic from cloudflared: dial tcp [::1]:8080: connectex: No connection could be made because the target machine actively refused it.\" connIndex=0 event=1 ingressRule=0 originService=http://127.0.0.1:8080",
    }
    "cloudflared-origin-unresolved": "the name of the application has no address for the tunnel's end" {
        "Unable to reach the origin service{}no such host" => "ERR  error=\"Unable to reach the origin service. The service may be down or it may not be responding to traffic from cloudflared: dial tcp: lookup app on 127.0.0.11:53: no such host\" connIndex=0 event=1 ingressRule=0 originService=http://127.0.0.1:8080",
        "Unable to reach the origin service{}: server misbehaving" => "ERR  error=\"Unable to reach the origin service. The service may be down or it may not be responding to traffic from cloudflared: dial tcp: lookup app on 127.0.0.11:53: server misbehaving\" connIndex=0 event=1 ingressRule=0 originService=http://127.0.0.1:8080",
        "Unable to reach the origin service{}dial tcp: lookup {}: i/o timeout" => "ERR  error=\"Unable to reach the origin service. The service may be down or it may not be responding to traffic from cloudflared: dial tcp: lookup app on 10.0.0.2:53: read udp 172.18.0.2:41022->10.0.0.2:53: i/o timeout\" connIndex=0 event=1 ingressRule=0 originService=http://127.0.0.1:8080",
        "Unable to reach the origin service{}dial tcp: lookup {}: connection refused" => "ERR  error=\"Unable to reach the origin service. The service may be down or it may not be responding to traffic from cloudflared: dial tcp: lookup app on 10.0.0.2:53: read udp 172.18.0.2:41022->10.0.0.2:53: read: connection refused\" connIndex=0 event=1 ingressRule=0 originService=http://127.0.0.1:8080",
    }
    "cloudflared-origin-timed-out": "the application does not answer the tunnel's end in time" {
        "Unable to reach the origin service{}i/o timeout" => "ERR  error=\"Unable to reach the origin service. The service may be down or it may not be responding to traffic from cloudflared: dial tcp 10.0.0.5:8080: i/o timeout\" connIndex=0 event=1 ingressRule=0 originService=http://127.0.0.1:8080",
        "Unable to reach the origin service{}context deadline exceeded" => "ERR  error=\"Unable to reach the origin service. The service may be down or it may not be responding to traffic from cloudflared: context deadline exceeded\" connIndex=0 event=1 ingressRule=0 originService=http://127.0.0.1:8080",
        "Unable to reach the origin service{}net/http: TLS handshake timeout" => "ERR  error=\"Unable to reach the origin service. The service may be down or it may not be responding to traffic from cloudflared: net/http: TLS handshake timeout\" connIndex=0 event=1 ingressRule=0 originService=http://127.0.0.1:8080",
    }
    "cloudflared-origin-closed": "the application closes the connection of the tunnel's end without an answer" {
        "Unable to reach the origin service{}: EOF" => "ERR  error=\"Unable to reach the origin service. The service may be down or it may not be responding to traffic from cloudflared: EOF\" connIndex=0 event=1 ingressRule=0 originService=http://127.0.0.1:8080",
        "Unable to reach the origin service{}connection reset by peer" => "ERR  error=\"Unable to reach the origin service. The service may be down or it may not be responding to traffic from cloudflared: read tcp 127.0.0.1:41022->127.0.0.1:8080: read: connection reset by peer\" connIndex=0 event=1 ingressRule=0 originService=http://127.0.0.1:8080",
        "Unable to reach the origin service{}server closed idle connection" => "ERR  error=\"Unable to reach the origin service. The service may be down or it may not be responding to traffic from cloudflared: http: server closed idle connection\" connIndex=0 event=1 ingressRule=0 originService=http://127.0.0.1:8080",
        "Unable to reach the origin service{}unexpected EOF" => "ERR  error=\"Unable to reach the origin service. The service may be down or it may not be responding to traffic from cloudflared: unexpected EOF\" connIndex=0 event=1 ingressRule=0 originService=http://127.0.0.1:8080",
        "Unable to reach the origin service{}forcibly closed by the remote host" => "ERR  error=\"Unable to reach the origin service. The service may be down or it may not be responding to traffic from cloudflared: read tcp 127.0.0.1:41022->127.0.0.1:8080: wsarecv: An existing connection was forcibly closed by the remote host.\" connIndex=0 event=1 ingressRule=0 originService=http://127.0.0.1:8080",
    }
    "cloudflared-inner-tls-failed": "TLS between the tunnel's end and the application failed" {
        "Unable to reach the origin service{}x509: " => "ERR  error=\"Unable to reach the origin service. The service may be down or it may not be responding to traffic from cloudflared: tls: failed to verify certificate: x509: certificate signed by unknown authority\" connIndex=0 event=1 ingressRule=0 originService=https://127.0.0.1:8443",
        "Unable to reach the origin service{}remote error: tls: " => "ERR  error=\"Unable to reach the origin service. The service may be down or it may not be responding to traffic from cloudflared: remote error: tls: handshake failure\" connIndex=0 event=1 ingressRule=0 originService=https://127.0.0.1:8443",
        "Unable to reach the origin service{}tls: first record does not look like a TLS handshake" => "ERR  error=\"Unable to reach the origin service. The service may be down or it may not be responding to traffic from cloudflared: tls: first record does not look like a TLS handshake\" connIndex=0 event=1 ingressRule=0 originService=https://127.0.0.1:8443",
        "Unable to reach the origin service{}server gave HTTP response to HTTPS client" => "ERR  error=\"Unable to reach the origin service. The service may be down or it may not be responding to traffic from cloudflared: http: server gave HTTP response to HTTPS client\" connIndex=0 event=1 ingressRule=0 originService=https://127.0.0.1:8443",
    }
    "cloudflared-request-given-up": "the visitor or the edge gave up while the tunnel's end waited for the application" {
        "Incoming request ended abruptly: context canceled" => "ERR  error=\"Incoming request ended abruptly: context canceled\" connIndex=0 event=1 ingressRule=0 originService=http://127.0.0.1:8080",
        "error=\"context canceled\"{}originService=" => "ERR  error=\"context canceled\" cfRay=9c1f00aa12bc34de-FRA event=1 ingressRule=0 originService=http://127.0.0.1:8080",
        "Request failed error=\"context canceled\"" => "ERR Request failed error=\"context canceled\" connIndex=1 dest=https://shop.example/cart event=0 ip=198.41.192.77 type=http",
        "error=\"stream {figure} canceled by remote with error code 0" => "ERR  error=\"stream 1301 canceled by remote with error code 0\" connIndex=3 event=1 ingressRule=0 originService=http://127.0.0.1:8080",
    }
    "cloudflared-no-tunnel-left": "no connection of the tunnel with the edge is left" {
        "no more connections active and exiting" => "ERR no more connections active and exiting",
        "Initiating graceful shutdown due to signal {} ..." => "INF Initiating graceful shutdown due to signal terminated ...",
        "Tunnel server stopped" => "INF Tunnel server stopped",
        "Initiating shutdown error=" => "ERR Initiating shutdown error=\"cloudflared has been updated to version 2026.9.0\"",
    }
    "cloudflared-no-ingress-rule": "the tunnel's end has no rule for any request and answers 503" {
        "No ingress rules were defined in provided config" => "WRN No ingress rules were defined in provided config (if any) nor from the cli, cloudflared will return 503 for all incoming HTTP requests",
    }
    "cloudflared-edge-lookup-failed": "the tunnel's end cannot find the edge by DNS" {
        "edge discovery: error looking up Cloudflare edge IPs" => "ERR edge discovery: error looking up Cloudflare edge IPs: the DNS query failed error=\"lookup _v2-origintunneld._tcp.argotunnel.com on 172.19.64.1:53: no such host\" event=0",
        "Initiating shutdown error=\"Could not lookup srv records on" => "ERR Initiating shutdown error=\"Could not lookup srv records on _v2-origintunneld._tcp.argotunnel.com: lookup _v2-origintunneld._tcp.argotunnel.com on 172.19.64.1:53: no such host\"",
        "Initiating shutdown error=\"Couldn't resolve SRV record" => "ERR Initiating shutdown error=\"Couldn't resolve SRV record &{region1.v2.argotunnel.com. 7844 1 1}: lookup region1.v2.argotunnel.com. on 10.0.0.2:53: server misbehaving\"",
    }
    "cloudflared-disconnected": "the tunnel lost its connection with the edge" {
        "Serve tunnel error" => "ERR Serve tunnel error error=\"control stream encountered a failure while serving\" connIndex=0 event=0 ip=198.41.192.77",
        "Unable to establish connection with Cloudflare edge" => "ERR Unable to establish connection with Cloudflare edge error=\"DialContext error: dial tcp 198.41.200.33:7844: i/o timeout\" connIndex=0 event=0 ip=198.41.200.33",
        "Lost connection with the edge" => "INF Lost connection with the edge connIndex=0",
        "Failed to dial a quic connection" => "WRN Failed to dial a quic connection error=\"failed to dial to edge with quic: timeout: no recent network activity\" connIndex=0 event=0 ip=198.41.200.193",
        "Failed to create new quic connection" => "ERR Failed to create new quic connection error=\"failed to dial to edge with quic: timeout: no recent network activity\" connIndex=0 event=0 ip=198.41.192.57",
        "Register tunnel error from server side" => "ERR Register tunnel error from server side error=\"Unauthorized: Tunnel not found\" connIndex=0 event=0 ip=198.41.200.53",
        "Connection terminated connIndex=" => "ERR Connection terminated connIndex=0",
        "Connection terminated error=" => "WRN Connection terminated error=\"failed to dial to edge with quic: timeout: no recent network activity\" connIndex=1",
        "failed to accept QUIC stream: " => "ERR failed to accept incoming stream requests error=\"failed to accept QUIC stream: timeout: no recent network activity\" connIndex=1 event=0 ip=198.41.192.37",
        "failed to serve tunnel connection" => "WRN failed to serve tunnel connection error=\"accept stream listener encountered a failure while serving\" connIndex=0 event=0 ip=198.41.192.227",
        "Failed to serve quic connection" => "WRN Failed to serve quic connection error=\"timeout: no recent network activity\" connIndex=0 event=0 ip=198.41.192.57",
        "failed to run the datagram handler" => "ERR failed to run the datagram handler error=\"timeout: no recent network activity\" connIndex=1 event=0 ip=198.41.192.37",
        "Unregistered tunnel connection" => "INF Unregistered tunnel connection connIndex=0 event=0 ip=198.41.200.53",
    }
    "cloudflared-connected": "the tunnel is connected again" {
        "Connection {} registered connIndex=" => "INF Connection c0a8d328-a652-461d-bfc8-535d9c91e56d registered connIndex=0 location=FRA",
        "Registered tunnel connection" => "INF Registered tunnel connection connIndex=0 connection=c6527550-3a95-407c-9f79-d2e03e490873 event=0 ip=198.41.200.53 location=fra03 protocol=quic",
    }
};
