//! Messages of platforms that run applications: Heroku's dynos, Fly's proxy, the clouds' firewalls.

use super::signature::{Signature, signatures};

pub(super) const HEROKU: &[Signature] = signatures! { Application, "devcenter.heroku.com/articles/error-codes, articles/dyno-states, articles/limits";
    "heroku-memory-vastly-exceeded": "a dyno uses far more memory than it may and is killed" {
        "Error R15 (Memory quota vastly exceeded)" => "Error R15 (Memory quota vastly exceeded)",
    }
    "heroku-memory-exceeded": "a dyno uses more memory than it may, and swaps" {
        "Error R14 (Memory quota exceeded)" => "Error R14 (Memory quota exceeded)",
    }
    "heroku-dyno-boot-timed-out": "a dyno did not take its port in time and is killed" {
        "Error R10 (Boot timeout)" => "Error R10 (Boot timeout) -> Web process failed to bind to $PORT within 60 seconds of launch",
    }
    "heroku-dyno-crashed": "a dyno ended by itself" {
        "State changed from up to crashed" => "State changed from up to crashed",
        "State changed from starting to crashed" => "State changed from starting to crashed",
    }
    "heroku-restarted": "a dyno was stopped or started" {
        "State changed from up to starting" => "State changed from up to starting",
        "State changed from up to down" => "State changed from up to down",
        "State changed from starting to up" => "State changed from starting to up",
        "Stopping all processes with SIGTERM" => "Stopping all processes with SIGTERM",
    }
};

pub(super) const FLY: &[Signature] = signatures! { Application, "fly.io/docs/reference/fly-proxy; community.fly.io, error codes of the proxy";
    "fly-instance-refused": "the application refuses the proxy's connection" {
        "[PC01] " => "[PC01] instance refused connection. is your app listening on 0.0.0.0:8080? make sure it is not only listening on 127.0.0.1 (hint: look at your startup logs, servers often print the address they are listening on)",
    }
    "fly-connect-timed-out": "the application does not take the proxy's connection in time" {
        "[PC05] " => "[PC05] timed out while connecting to your instance. this indicates a problem with your app (hint: look at your logs and metrics)",
    }
    "fly-instance-closed-early": "the application closed before its answer was complete" {
        "could not complete HTTP request to instance: connection closed before message completed" => "[PU02] could not complete HTTP request to instance: connection closed before message completed",
    }
    "fly-no-instance": "the proxy found no instance that takes the request" {
        "could not find a good candidate within {figure} attempts at load balancing" => "[PR03] could not find a good candidate within 21 attempts at load balancing. last error: [PM01] machines API returned an error",
    }
};

pub(super) const CLOUD_FIREWALLS: &[Signature] = signatures! { Application, "docs.aws.amazon.com/waf, Log fields; learn.microsoft.com/azure/web-application-firewall, resource logs; in the words of logs::format::cloud_firewall";
    "cloud-firewall-denied": "a cloud's firewall of web applications refuses the request" {
        "AWS WAF blocks the request by rule " => "AWS WAF blocks the request by rule STMTest_SQLi_XSS",
        "Azure WAF blocks the request by rule " => "Azure WAF blocks the request by rule 942100",
    }
    "cloud-firewall-limited": "a cloud's firewall of web applications refuses a client that asks too often" {
        "AWS WAF blocks the request by rate rule " => "AWS WAF blocks the request by rate rule per-client",
        "Azure WAF blocks the request by rate rule " => "Azure WAF blocks the request by rate rule per-client",
    }
};
