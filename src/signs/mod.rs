//! The one list of signs: named observations on a failing request, its group or the incident, each seen, not seen, or not visible in what is
//! at hand. Signs know no causes, and causes do no searching: a cause's folder only says which signs it expects.

mod alpn;
mod answer;
mod backend;
mod behind;
mod certificate;
mod connecting;
mod cut_answer;
mod death;
mod edge;
mod error_page;
mod grammar;
mod guards;
mod handler;
mod handshake;
mod handshake_lines;
mod host;
mod http2;
mod keepalive;
mod kept_out;
mod line_table;
mod lines;
mod loss;
mod machine;
mod observe;
mod program_lines;
mod proxy_header;
mod rejected;
mod request_head;
mod restart;
mod ruled_out;
mod sign;
mod sign_set;
mod size;
mod spread;
mod state;
mod status;
mod upstream_lines;

use std::sync::LazyLock;

pub use death::Death;
pub use sign::{Exhibit, Frequency, Observation, Sign, Viewpoint};
pub use sign_set::SignSet;

/// Every sign. The place in this list is its number.
pub static ALL: LazyLock<Vec<&'static Sign>> = LazyLock::new(|| {
    let tables = [
        kept_out::SIGNS,
        guards::SIGNS,
        rejected::SIGNS,
        connecting::SIGNS,
        loss::SIGNS,
        host::SIGNS,
        handshake::SIGNS,
        certificate::SIGNS,
        alpn::SIGNS,
        keepalive::SIGNS,
        answer::SIGNS,
        cut_answer::SIGNS,
        grammar::SIGNS,
        http2::SIGNS,
        status::SIGNS,
        edge::SIGNS,
        error_page::SIGNS,
        backend::SIGNS,
        behind::SIGNS,
        line_table::SIGNS,
        upstream_lines::SIGNS,
        handshake_lines::SIGNS,
        program_lines::SIGNS,
        machine::SIGNS,
        death::SIGNS,
        handler::SIGNS,
        proxy_header::SIGNS,
        request_head::SIGNS,
        restart::SIGNS,
        state::SIGNS,
        spread::SIGNS,
        size::SIGNS,
    ];
    tables.into_iter().flatten().collect()
});

/// The number of the sign with this id.
pub fn number_of(id: &str) -> Option<usize> {
    ALL.iter().position(|sign| sign.id == id)
}

#[cfg(test)]
mod tests;
