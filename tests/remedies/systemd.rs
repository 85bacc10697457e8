//! systemd's files: units by `systemd-analyze verify`, those of the network daemon by their sections.

use std::collections::BTreeSet;
use std::process::Command;

use rayscope::causes::Language;

use crate::surroundings::Surroundings;
use crate::{documents, none_is_refused, program, written_in};

/// Where units lie.
pub const UNITS: &str = "/etc/systemd/system/";

/// A file that a snippet writes.
pub struct File {
    /// Where it lies.
    pub path: String,
    /// What it holds.
    pub text: String,
}

/// What systemd thinks of units and of drop-ins; the unit that a drop-in is for is made up.
pub fn verify(files: &[File]) -> Result<(), String> {
    let surroundings = Surroundings::new();
    let mut units = BTreeSet::new();
    for file in files {
        let name = file.path.strip_prefix(UNITS).ok_or("a unit lies elsewhere")?;
        surroundings.write(name, &file.text);
        if let Some((unit, _)) = name.split_once(".d/") {
            surroundings.write(unit, "[Service]\nExecStart=/bin/true\n");
            units.insert(unit);
        } else {
            units.insert(name);
        }
    }
    let mut analyze = Command::new("systemd-analyze");
    analyze.args(["verify", "--man=no"]).args(units.iter().map(|unit| surroundings.path().join(unit)));
    let (_, said) = program::run(&mut analyze);
    // It tells of the machine's own units, too. A setting that it does not know is no failure to it.
    let folder = surroundings.path().display().to_string();
    let is_ours = |line: &&str| line.contains(&folder) || units.iter().any(|unit| line.contains(unit));
    let ours: Vec<&str> = said.lines().filter(is_ours).collect();
    if ours.is_empty() { Ok(()) } else { Err(ours.join("\n")) }
}

#[test]
fn a_network_file_of_a_remedy_has_sections_that_systemd_knows() {
    // systemd.network(5)
    const SECTIONS: [&str; 7] = ["Match", "Link", "Network", "Address", "Route", "DHCPv4", "IPv6AcceptRA"];
    none_is_refused(&written_in(Language::Systemd), |text| {
        let sections = documents::sections(text)?;
        let stranger = sections.iter().find(|section| !SECTIONS.contains(&section.as_str()));
        stranger.map_or(Ok(()), |section| Err(format!("no section of systemd.network: {section}")))
    });
}
