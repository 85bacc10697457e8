//! What a job goes over, and how it is read: written once, so that every process of it does the same.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use ipnet::IpNet;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::correlate::Filter;
use crate::error::{Error, Result};
use crate::evidence::PlanId;
use crate::extract::Extraction;
use crate::facts::limits::Profile;
use crate::facts::ranges::EdgeRanges;
use crate::logs::AccessFormat;
use crate::memory::MemoryBudget;
use crate::ray::{Ray, RayAtColo};
use crate::source::{FoundFile, PLAN_SCHEMA, discover_within};
use crate::text::base16::base16;
use crate::time::Time;

/// A plan, as `plan.json` has it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct JobPlan {
    /// The form of this file.
    schema: String,
    /// The version of the program that made it: another one would find other things.
    program: String,
    /// Where the evidence lies. It is no part of the plan's identity: machines may mount it elsewhere.
    paths: Vec<String>,
    options: JobOptions,
    inputs: Vec<PlannedInput>,
}

/// How the evidence is read, in the words of the command line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct JobOptions {
    /// Nothing before this instant (RFC 3339).
    pub since: Option<String>,
    /// Nothing after this instant (RFC 3339).
    pub until: Option<String>,
    /// Requests to this host only.
    pub host: Option<String>,
    /// These requests only, by their rays.
    pub rays: Vec<String>,
    /// Ranges from which the edge connects, beside the published ones.
    pub edge_ranges: Vec<IpNet>,
    /// Formats of access logs.
    pub log_formats: Vec<String>,
    /// The limits in force.
    pub limits: Profile,
    /// Bytes for what waits, in each process.
    pub memory: u64,
}

/// An input, as it was when the plan was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlannedInput {
    /// Its name in the report.
    pub name: String,
    /// Its size on the disk.
    pub bytes: u64,
    /// The SHA-256 of its size, its first and its last bytes ([`FoundFile::fingerprint`]), in hex digits; empty where it is not read.
    pub fingerprint: String,
}

impl JobPlan {
    /// Plans to go over what lies at these paths, which are absolute.
    ///
    /// # Errors
    /// Where an input cannot be read, or a path is not in UTF-8.
    pub fn of(paths: Vec<PathBuf>, options: JobOptions, found: &[FoundFile]) -> Result<JobPlan> {
        let planned = |file: &FoundFile| {
            let (name, bytes) = (file.name.clone(), file.bytes);
            Ok(PlannedInput { name, bytes, fingerprint: fingerprint(file)? })
        };
        let inputs = found.iter().map(planned).collect::<Result<_>>()?;
        let paths = paths.into_iter().map(|path| {
            path.into_os_string().into_string().map_err(|path| Error::Usage {
                what: format!("{}: a plan has only paths in UTF-8", Path::new(&path).display()),
                help: "give the folder another name, or a link to it".to_owned(),
            })
        });
        let paths = paths.collect::<Result<_>>()?;
        let program = env!("CARGO_PKG_VERSION").to_owned();
        Ok(JobPlan { schema: PLAN_SCHEMA.to_owned(), program, paths, options, inputs })
    }

    /// Reads `plan.json`.
    ///
    /// # Errors
    /// Where it is none, or was made by another version of the program.
    pub fn parse(text: &str, path: &Path) -> Result<JobPlan> {
        let refused = |why: String| Error::Usage {
            what: format!("{}: {why}", path.display()),
            help: "make a plan with this program: `rayscope plan PATH... --out DIR`".to_owned(),
        };
        let plan: JobPlan =
            serde_json::from_str(text).map_err(|error| refused(format!("no plan: {error}")))?;
        if plan.schema != PLAN_SCHEMA {
            return Err(refused(format!("{} is not read, only {PLAN_SCHEMA}", plan.schema)));
        }
        if plan.program != env!("CARGO_PKG_VERSION") {
            let this = env!("CARGO_PKG_VERSION");
            return Err(refused(format!("rayscope {} made it, and this is {this}", plan.program)));
        }
        Ok(plan)
    }

    /// The text of `plan.json`.
    pub fn text(&self) -> String {
        let text = serde_json::to_string_pretty(self);
        debug_assert!(text.is_ok(), "names and numbers can be written");
        text.unwrap_or_default() + "\n"
    }

    /// Its identity, which every chunk of it names.
    pub fn id(&self) -> PlanId {
        let anywhere = JobPlan { paths: Vec::new(), ..self.clone() };
        PlanId(Sha256::digest(anywhere.text()).into())
    }

    /// The inputs, by their numbers.
    pub fn inputs(&self) -> &[PlannedInput] {
        &self.inputs
    }

    /// Finds the inputs again.
    ///
    /// # Errors
    /// Where they are not those that were planned for.
    pub fn find(&self) -> Result<Vec<FoundFile>> {
        let paths: Vec<PathBuf> = self.paths.iter().map(PathBuf::from).collect();
        let found = discover_within(&paths, self.memory())?;
        let known = |file: &FoundFile| self.inputs.iter().any(|input| input.name == file.name);
        for (input, file) in self.inputs.iter().zip(&found) {
            if input.name != file.name {
                let (name, what) =
                    if known(file) { (&input.name, "is gone") } else { (&file.name, "is new") };
                return Err(changed(name, what));
            }
            if input.bytes != file.bytes {
                return Err(changed(&input.name, "has another size"));
            }
        }
        match (self.inputs.get(found.len()), found.get(self.inputs.len())) {
            (Some(input), _) => Err(changed(&input.name, "is gone")),
            (_, Some(file)) => Err(changed(&file.name, "is new")),
            (None, None) => Ok(found),
        }
    }

    /// Holds an input to what it was when the plan was made, as far as its size, its first and its last bytes tell.
    ///
    /// # Errors
    /// Where it is another one.
    pub fn hold(&self, index: usize, file: &FoundFile) -> Result<()> {
        match self.inputs.get(index) {
            Some(input) if input.fingerprint == fingerprint(file)? => Ok(()),
            _ => Err(changed(&file.name, "holds something else")),
        }
    }

    /// What extraction needs to know beside the files.
    ///
    /// # Errors
    /// Where an option cannot be read.
    pub fn extraction(&self) -> Result<Extraction> {
        let options = &self.options;
        let formats = options.log_formats.iter().map(|text| {
            AccessFormat::parse(text).map_err(|error| unreadable(&format!("log format '{text}': {error}")))
        });
        Ok(Extraction {
            ranges: EdgeRanges::with(&options.edge_ranges),
            profile: options.limits.clone(),
            host: options.host.clone(),
            rays: self.rays()?.into_iter().collect::<BTreeSet<Ray>>(),
            log_formats: formats.collect::<Result<_>>()?,
            memory: self.memory(),
        })
    }

    /// What of the evidence is reported.
    ///
    /// # Errors
    /// Where an option cannot be read.
    pub fn filter(&self) -> Result<Filter> {
        let time = |text: &Option<String>| {
            let parsed = |text: &String| Time::parse_rfc3339(text).ok_or_else(|| unreadable(text));
            text.as_ref().map(parsed).transpose()
        };
        let rays = self.rays()?;
        Ok(Filter {
            since: time(&self.options.since)?,
            until: time(&self.options.until)?,
            host: self.options.host.clone(),
            rays: rays.clone(),
            asked_for: rays,
        })
    }

    fn rays(&self) -> Result<Vec<Ray>> {
        let ray = |text: &String| RayAtColo::parse(text.as_bytes()).map(|ray| ray.ray);
        self.options.rays.iter().map(|text| ray(text).ok_or_else(|| unreadable(text))).collect()
    }

    fn memory(&self) -> MemoryBudget {
        MemoryBudget::of(self.options.memory).unwrap_or_default()
    }
}

fn fingerprint(file: &FoundFile) -> Result<String> {
    if file.refused.is_some() || file.same_as.is_some() {
        return Ok(String::new());
    }
    let digest = file.fingerprint().map_err(|source| Error::Machine {
        action: "read",
        path: PathBuf::from(&file.name),
        source,
        help: "check its permissions",
    })?;
    Ok(base16(&digest))
}

fn changed(name: &str, what: &str) -> Error {
    Error::Usage {
        what: format!("{name} {what} since the plan was made"),
        help:
            "put it back, or plan anew into another folder: what was extracted before does not fit any more"
                .to_owned(),
    }
}

fn unreadable(what: &str) -> Error {
    Error::Usage {
        what: format!("plan.json: {what} cannot be read"),
        help: "make a plan with this program: `rayscope plan PATH... --out DIR`".to_owned(),
    }
}
