//! The rounds of a job: units that are not finished are gone over, and a round of which all are becomes whole.

use std::collections::BTreeSet;
use std::path::Path;

use super::checkpoints::{CheckpointSpacing, UnitCheckpoint};
use super::folder::{JobFolder, read, read_chunk};
use super::part::RoundPart;
use super::plan::JobPlan;
use super::progress::{RoundState, Standing};
use crate::error::{Error, Result};
use crate::evidence::{Chunk, Coverage, Extracted, InputId, Partial, PlanId};
use crate::extract::{Extraction, Inputs, KnownSoFar, Passes, ReadProgress, Round, RoundWork, Unit};

/// A job, with its plan.
#[derive(Debug)]
pub struct Job {
    folder: JobFolder,
    plan: JobPlan,
    id: PlanId,
    spacing: CheckpointSpacing,
}

impl Job {
    /// Begins a job, or goes on with it where the folder has the same plan.
    ///
    /// # Errors
    /// Where the folder has another plan, or cannot be written.
    pub fn begin(path: &Path, plan: JobPlan) -> Result<Job> {
        let folder = JobFolder::at(path);
        if folder.plan().exists() {
            let job = Job::open(path)?;
            if job.id == plan.id() {
                return Ok(job);
            }
            return Err(Error::Usage {
                what: format!("{} holds another plan: other inputs or other options", path.display()),
                help: "give another folder with --out, or remove this one".to_owned(),
            });
        }
        folder.create(&plan.text())?;
        Ok(Job { folder, id: plan.id(), plan, spacing: CheckpointSpacing::default() })
    }

    /// Opens the job of a folder.
    ///
    /// # Errors
    /// Where there is none.
    pub fn open(path: &Path) -> Result<Job> {
        let folder = JobFolder::at(path);
        let text = String::from_utf8_lossy(&read(&folder.plan())?).into_owned();
        let plan = JobPlan::parse(&text, &folder.plan())?;
        Ok(Job { folder, id: plan.id(), plan, spacing: CheckpointSpacing::default() })
    }

    /// The same job, whose units keep how far they are read after so much each.
    pub fn with_spacing(self, spacing: CheckpointSpacing) -> Job {
        Job { spacing, ..self }
    }

    /// Its plan.
    pub fn plan(&self) -> &JobPlan {
        &self.plan
    }

    /// The first round that is not whole; `None` where all are.
    pub fn next_round(&self) -> Option<Round> {
        Round::ALL.into_iter().find(|round| !self.folder.whole(*round).exists())
    }

    /// What all rounds before this one found.
    ///
    /// # Errors
    /// Where one of them is not whole, or cannot be read.
    pub fn known_before(&self, round: Option<Round>, extraction: &Extraction) -> Result<KnownSoFar> {
        let mut known = KnownSoFar::default();
        for before in Round::ALL.into_iter().filter(|before| round.is_none_or(|round| *before < round)) {
            let chunk = self.whole(before)?.ok_or_else(|| unfinished(before))?;
            known.take(before, chunk.extracted, extraction);
        }
        Ok(known)
    }

    /// All evidence of a job that is finished.
    ///
    /// # Errors
    /// Where it is not, or cannot be read.
    pub fn total(&self) -> Result<Partial> {
        Ok(self.known_before(None, &self.plan.extraction()?)?.into_partial())
    }

    /// Goes over all that is not finished, and puts each round together: all rounds in one process, which reads nothing of the job twice.
    ///
    /// # Errors
    /// Where an input is not what was planned for, a chunk is there that does not belong, or one cannot be written.
    pub fn finish(&self, inputs: &Inputs, progress: ReadProgress<'_>) -> Result<()> {
        let extraction = self.plan.extraction()?;
        let (mut known, mut passes) = (KnownSoFar::default(), Passes::over(inputs, &extraction));
        for round in Round::ALL {
            let extracted = match self.whole(round)? {
                Some(chunk) => chunk.extracted,
                None => {
                    let work = passes.work(round, &known);
                    self.extract_units(inputs, round, RoundPart::ALL, &work, progress)?;
                    self.put_together(round, work, &mut passes)?
                }
            };
            self.folder.clear_units(round)?;
            known.take(round, extracted, &extraction);
        }
        Ok(())
    }

    /// Goes over those units of a part of a round that are not finished. Of a round that is whole none is left.
    ///
    /// # Errors
    /// Where a round before it is not whole, an input is not what was planned for, or a chunk cannot be written.
    pub fn extract(
        &self,
        inputs: &Inputs,
        round: Round,
        part: RoundPart,
        progress: ReadProgress<'_>,
    ) -> Result<()> {
        if self.folder.whole(round).exists() {
            return Ok(());
        }
        let extraction = self.plan.extraction()?;
        let known = self.known_before(Some(round), &extraction)?;
        let passes = Passes::over(inputs, &extraction);
        self.extract_units(inputs, round, part, &passes.work(round, &known), progress)
    }

    /// Puts the units of a round together, once all are there.
    ///
    /// # Errors
    /// Where one is missing, is there twice, belongs to another plan or cannot be read.
    pub fn merge(&self, inputs: &Inputs, round: Round) -> Result<()> {
        if !self.folder.whole(round).exists() {
            let extraction = self.plan.extraction()?;
            let known = self.known_before(Some(round), &extraction)?;
            let mut passes = Passes::over(inputs, &extraction);
            self.put_together(round, passes.work(round, &known), &mut passes)?;
        }
        self.folder.clear_units(round)
    }

    /// Makes a round whole, and gives what was found in it.
    fn put_together(&self, round: Round, work: RoundWork<'_>, passes: &mut Passes<'_>) -> Result<Extracted> {
        let missing = self.missing(round, &work)?;
        if let Some(first) = missing.first() {
            let name = self.name(*first);
            return Err(Error::Usage {
                what: format!(
                    "round {}: {} of its inputs are not extracted, {name} first",
                    round.number(),
                    missing.len()
                ),
                help: "`rayscope extract DIR` reads what is left; `rayscope check DIR` tells what that is"
                    .to_owned(),
            });
        }
        let expected: BTreeSet<InputId> = work.units().iter().flat_map(Unit::inputs).collect();
        drop(work);
        let (found, covered) = self.found(round, Some(&expected))?;
        let chunk = self.chunk(round, covered, true, passes.close(round, found));
        self.folder.write(&self.folder.whole(round), &chunk.encode())?;
        Ok(chunk.extracted)
    }

    /// Puts together the chunks of a round that are there, be they all or not, into a file outside of the folder: one chunk that stands for them in any folder of the job.
    /// Neither the inputs nor the rounds before are needed for it, and the folder stays as it is.
    ///
    /// # Errors
    /// Where there is none, two cover the same, or one belongs to another plan or cannot be read.
    pub fn gather(&self, round: Round, file: &Path) -> Result<()> {
        let (extracted, covered) = self.found(round, None)?;
        if covered.is_empty() {
            return Err(Error::Usage {
                what: format!("round {}: there is no chunk to put together", round.number()),
                help: "`rayscope extract DIR --round N` writes them".to_owned(),
            });
        }
        let beside = JobFolder::at(file.parent().unwrap_or(Path::new("")));
        beside.write(file, &self.chunk(round, covered, false, extracted).encode())
    }

    /// What the chunks of a round's units found, of which none covers what another does, or what is no part of the round as far as that is known.
    fn found(
        &self,
        round: Round,
        expected: Option<&BTreeSet<InputId>>,
    ) -> Result<(Extracted, BTreeSet<InputId>)> {
        let memory = self.plan.extraction()?.memory;
        let (mut whole, mut covered) = (Extracted::default(), BTreeSet::new());
        for path in self.folder.units(round)? {
            let Some(chunk) = read_chunk(&path)? else { continue };
            self.check_belongs(&chunk.coverage, round)?;
            let inputs = &chunk.coverage.inputs;
            let twice = inputs.intersection(&covered).next().map(|input| (input, "covered twice"));
            let unexpected = |expected| inputs.difference(expected).next();
            let beyond = || expected.and_then(unexpected).map(|input| (input, "no part of the round"));
            if let Some((input, why)) = twice.or_else(beyond) {
                return Err(Error::Usage {
                    what: format!("{}: {} is {why}", path.display(), self.name(*input)),
                    help: "remove this file: counted like that it would make every figure wrong".to_owned(),
                });
            }
            covered.extend(chunk.coverage.inputs);
            whole = round.gather(whole, chunk.extracted, memory);
        }
        Ok((whole, covered))
    }

    /// How far each round is. The inputs are opened where one is not whole: they say what is missing.
    ///
    /// # Errors
    /// Where the inputs cannot be opened, a chunk belongs to another plan, or cannot be read.
    pub fn standing(&self, open: impl FnOnce() -> Result<Inputs>) -> Result<Standing> {
        let extraction = self.plan.extraction()?;
        let mut standing = Standing::default();
        for round in Round::ALL {
            if let Some(chunk) = self.whole(round)? {
                standing.rounds.push((round, RoundState::Whole { inputs: chunk.coverage.inputs.len() }));
                continue;
            }
            let known = self.known_before(Some(round), &extraction)?;
            let inputs = open()?;
            let passes = Passes::over(&inputs, &extraction);
            let work = passes.work(round, &known);
            let missing = self.missing(round, &work)?;
            let (units, inputs) = (work.units(), work.units().iter().map(|unit| unit.inputs().len()).sum());
            let missing = missing.into_iter().map(|input| self.name(input).to_owned()).collect();
            standing.rounds.push((round, RoundState::Begun { units: units.len(), inputs, missing }));
            break;
        }
        Ok(standing)
    }

    fn extract_units(
        &self,
        inputs: &Inputs,
        round: Round,
        part: RoundPart,
        work: &RoundWork<'_>,
        progress: ReadProgress<'_>,
    ) -> Result<()> {
        let covered = self.covered(round)?;
        let mine = work.units().iter().enumerate().filter(|(index, _)| part.holds(*index));
        let units: Vec<&Unit<'_>> =
            mine.map(|(_, unit)| unit).filter(|unit| !unit.inputs().is_subset(&covered)).collect();
        let one = |unit: &Unit<'_>| {
            for input in unit.inputs() {
                let index = input.0 as usize;
                inputs.found(input).map_or(Ok(()), |file| self.plan.hold(index, file))?;
            }
            let (first, coverage) = (unit.first(), self.coverage(round, unit.inputs(), false));
            let store = UnitCheckpoint::of(&self.folder, (round, first), coverage.clone(), self.spacing);
            let extracted = work.extract_keeping(unit, progress, Some(&store));
            self.folder.write(&self.folder.unit(round, first), &Chunk { coverage, extracted }.encode())?;
            self.folder.remove(&self.folder.checkpoint(round, first))
        };
        work.over(&units, |unit| Finished(one(unit)), |one, other| Finished(one.0.and(other.0))).0
    }

    /// The inputs of a round that no chunk covers.
    fn missing(&self, round: Round, work: &RoundWork<'_>) -> Result<Vec<InputId>> {
        let covered = self.covered(round)?;
        let unfinished = work.units().iter().map(Unit::inputs).filter(|inputs| !inputs.is_subset(&covered));
        Ok(unfinished.flatten().collect::<BTreeSet<InputId>>().into_iter().collect())
    }

    /// The inputs that usable chunks of a round cover, one unit's each or several. What was damaged since is done again.
    fn covered(&self, round: Round) -> Result<BTreeSet<InputId>> {
        self.folder.covered(round, |coverage| self.check_belongs(coverage, round))
    }

    /// The chunk of a whole round; `None` where it is not whole.
    fn whole(&self, round: Round) -> Result<Option<Chunk>> {
        let chunk = read_chunk(&self.folder.whole(round))?;
        if let Some(chunk) = &chunk {
            self.check_belongs(&chunk.coverage, round)?;
        }
        Ok(chunk)
    }

    fn chunk(&self, round: Round, inputs: BTreeSet<InputId>, is_whole: bool, extracted: Extracted) -> Chunk {
        Chunk { coverage: self.coverage(round, inputs, is_whole), extracted }
    }

    fn coverage(&self, round: Round, inputs: BTreeSet<InputId>, is_whole: bool) -> Coverage {
        let (program, plan, round) = (env!("CARGO_PKG_VERSION").to_owned(), self.id, round.number());
        Coverage { program, plan, round, inputs, is_whole }
    }

    fn check_belongs(&self, coverage: &Coverage, round: Round) -> Result<()> {
        if coverage.plan == self.id && coverage.round == round.number() {
            return Ok(());
        }
        Err(Error::Usage {
            what: format!("round {}: a chunk belongs to another plan or another round", round.number()),
            help: "keep each job in a folder of its own; remove what came from elsewhere and extract again"
                .to_owned(),
        })
    }

    fn name(&self, input: InputId) -> &str {
        self.plan.inputs().get(input.0 as usize).map_or("an input", |input| input.name.as_str())
    }
}

/// How the units went: the first that did not tells why.
struct Finished(Result<()>);

impl Default for Finished {
    fn default() -> Finished {
        Finished(Ok(()))
    }
}

fn unfinished(round: Round) -> Error {
    Error::Usage {
        what: format!("round {} ({}) is not whole yet", round.number(), round.name()),
        help: "`rayscope extract DIR` goes on; where parts were extracted elsewhere, `rayscope merge DIR` puts them together".to_owned(),
    }
}
