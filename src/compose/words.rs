//! The words that the catalogue and the report share, from the one's types to the other's.

use crate::causes::{Layer, Target, Who};
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

// Who has to act is the verdict.
impl From<Who> for model::VerdictKind {
    fn from(who: Who) -> model::VerdictKind {
        match who {
            Who::Origin => model::VerdictKind::Origin,
            Who::Path => model::VerdictKind::Path,
            Who::Edge => model::VerdictKind::Edge,
            Who::Client => model::VerdictKind::Client,
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
