//! How the invocation of a Worker ended, in the words that `logs::format::workers` makes of its outcome and exceptions.

use super::signature::{Signature, signatures};

pub(super) const WORKER: &[Signature] = signatures! { Worker, "Cloudflare docs: workers/runtime-apis/handlers/tail, workers/observability/errors, logs workers_trace_events";
    "worker-exception": "the Worker threw an exception that nothing caught" {
        "Worker {}: outcome exception" => "Worker shop: outcome exception: TypeError: x is not a function",
    }
    "worker-exceeded-cpu": "the Worker used more CPU time than it may" {
        "Worker {}: outcome exceededCpu" => "Worker shop: outcome exceededCpu: Error: Worker exceeded CPU time limit.",
    }
    "worker-exceeded-memory": "the Worker used more memory than it may" {
        "Worker {}: outcome exceededMemory" => "Worker shop: outcome exceededMemory: Error: Worker exceeded memory limit.",
    }
    "worker-not-found": "the Worker that the route names is not there" {
        "Worker {}: outcome scriptNotFound" => "Worker shop: outcome scriptNotFound",
    }
};
