//! Enums of the rooms below become the report's own enums of the same words: what report.json says stays the same when a room changes.

use crate::causes::{Layer, Target, Who};
use crate::correlate::{CountedIn, Hop, Join};
use crate::diagnose::VerdictKind;
use crate::evidence::InputKind;
use crate::evidence::tally::Direction;
use crate::report::model;

impl From<Layer> for model::Layer {
    fn from(layer: Layer) -> model::Layer {
        match layer {
            Layer::Tcp => model::Layer::Tcp,
            Layer::Tls => model::Layer::Tls,
            Layer::Http => model::Layer::Http,
            Layer::Application => model::Layer::Application,
            Layer::Edge => model::Layer::Edge,
            Layer::Client => model::Layer::Client,
        }
    }
}

impl From<CountedIn> for model::Population {
    fn from(unit: CountedIn) -> model::Population {
        match unit {
            CountedIn::Requests => model::Population::Requests,
            CountedIn::Connections => model::Population::Connections,
        }
    }
}

impl From<Who> for model::Who {
    fn from(who: Who) -> model::Who {
        match who {
            Who::Origin => model::Who::Origin,
            Who::Path => model::Who::Path,
            Who::Edge => model::Who::Edge,
            Who::Client => model::Who::Client,
        }
    }
}

impl From<VerdictKind> for model::VerdictKind {
    fn from(kind: VerdictKind) -> model::VerdictKind {
        match kind {
            VerdictKind::Act(Who::Origin) => model::VerdictKind::Origin,
            VerdictKind::Act(Who::Path) => model::VerdictKind::Path,
            VerdictKind::Act(Who::Edge) => model::VerdictKind::Edge,
            VerdictKind::Act(Who::Client) => model::VerdictKind::Client,
            VerdictKind::Healthy => model::VerdictKind::Healthy,
            VerdictKind::Inconclusive => model::VerdictKind::Inconclusive,
        }
    }
}

impl From<Hop> for model::Hop {
    fn from(hop: Hop) -> model::Hop {
        match hop {
            Hop::ClientEdge => model::Hop::ClientEdge,
            Hop::Edge => model::Hop::Edge,
            Hop::EdgeOrigin => model::Hop::EdgeOrigin,
            Hop::Origin => model::Hop::Origin,
            Hop::OriginUpstream => model::Hop::OriginUpstream,
            Hop::UpstreamUpstream => model::Hop::UpstreamUpstream,
        }
    }
}

impl From<Join> for model::Join {
    fn from(join: Join) -> model::Join {
        match join {
            Join::Ray => model::Join::Ray,
            Join::Addresses => model::Join::Addresses,
            Join::Time => model::Join::Time,
        }
    }
}

impl From<Direction> for model::Direction {
    fn from(direction: Direction) -> model::Direction {
        match direction {
            Direction::Request => model::Direction::Request,
            Direction::Response => model::Direction::Response,
        }
    }
}

impl From<InputKind> for model::InputKind {
    fn from(kind: InputKind) -> model::InputKind {
        match kind {
            InputKind::Capture => model::InputKind::Capture,
            InputKind::AccessLog => model::InputKind::AccessLog,
            InputKind::ErrorLog => model::InputKind::ErrorLog,
            InputKind::SystemLog => model::InputKind::SystemLog,
            InputKind::EdgeLog => model::InputKind::EdgeLog,
            InputKind::Har => model::InputKind::Har,
            InputKind::Config => model::InputKind::Config,
            InputKind::Events => model::InputKind::Events,
            InputKind::KeyLog => model::InputKind::Keylog,
            InputKind::Ignored => model::InputKind::Ignored,
        }
    }
}

impl From<Target> for model::Target {
    fn from(target: Target) -> model::Target {
        match target {
            Target::Nginx => model::Target::Nginx,
            Target::Apache => model::Target::Apache,
            Target::Haproxy => model::Target::Haproxy,
            Target::PhpFpm => model::Target::PhpFpm,
            Target::Linux => model::Target::Linux,
            Target::Systemd => model::Target::Systemd,
            Target::App => model::Target::App,
            Target::Cloudflare => model::Target::Cloudflare,
            Target::Aws => model::Target::Aws,
            Target::Terraform => model::Target::Terraform,
            Target::Ansible => model::Target::Ansible,
        }
    }
}
