//! What holds of every report that says how sure it is.

use rayscope::report::model::{Cause, Report, Share, Sign, SignState};

/// Where a report breaks one of the laws of certainty; empty where it keeps them all.
pub fn broken_laws(report: &Report) -> Vec<String> {
    let of_causes = report.causes.iter().flat_map(of_cause);
    let rest = &report.unexplained;
    let stands = rest.rank.is_some_and(|rank| (1..=report.causes.len() + 1).contains(&(rank as usize)));
    let laws = [
        ("what is unexplained has a rank beside the causes", stands == (rest.failures > 0)),
        ("what is certain of the unexplained is told", rest.certainty.is_empty() == (rest.failures == 0)),
        (
            "what may have been it is no more than certain",
            sum(rest.candidates.iter().map(|c| c.confidence)) <= 1000,
        ),
        (
            "no cause is likelier than all else together",
            rest.candidates.iter().all(|candidate| candidate.confidence.thousandths() <= 500),
        ),
    ];
    let of_rest = laws.into_iter().filter(|(_, kept)| !kept).map(|(law, _)| format!("unexplained: {law}"));
    of_causes.chain(of_rest).collect()
}

fn of_cause(cause: &Cause) -> Vec<String> {
    let steps: Vec<u32> = cause.certainty.iter().map(|step| thousandths(step.confidence)).collect();
    let last = cause.certainty.last();
    let whole = thousandths(cause.confidence);
    let seen = |place: (&str, Option<u64>, Option<u64>, Option<u64>)| {
        cause.signs.iter().filter(|sign| sign.state != SignState::NotVisible).any(|sign| {
            let here = sign.place.as_ref();
            here.is_some_and(|here| (here.input.as_str(), here.frame, here.line, here.entry) == place)
        })
    };
    let strongest = cause.confidence_terms.first();
    let laws = [
        ("certainty falls from step to step", steps.is_sorted_by(|a, b| a >= b)),
        ("the way begins with what happened", cause.certainty.len() >= 2),
        ("the last step is the cause", last.is_some_and(|last| last.node == cause.slug)),
        ("with its confidence", last.is_some_and(|last| last.confidence == cause.confidence)),
        ("candidates stay within the cause", sum(cause.candidates.iter().map(|c| c.confidence)) <= whole),
        ("rivals stay beside it", sum(cause.otherwise.iter().map(|c| c.confidence)) <= 1000 - whole),
        ("signs are what they say", cause.signs.iter().all(is_consistent)),
        (
            "what speaks for it is among its signs",
            strongest.is_none_or(|term| {
                cause.signs.iter().any(|sign| (&sign.text, sign.weight) == (&term.text, term.weight))
            }),
        ),
        (
            "the clearest case's evidence is what its signs show",
            cause.evidence.first().is_none_or(|piece| {
                strongest.is_none_or(|term| term.text != piece.text)
                    || seen((piece.input.as_str(), piece.frame, piece.line, piece.entry))
            }),
        ),
        (
            "a check says what to expect",
            !cause.check_expect.confirms.is_empty() && !cause.check_expect.refutes.is_empty(),
        ),
    ];
    laws.into_iter().filter(|(_, kept)| !kept).map(|(law, _)| format!("{}: {law}", cause.slug)).collect()
}

fn is_consistent(sign: &Sign) -> bool {
    let worth = match sign.state {
        SignState::Seen => sign.if_seen,
        SignState::NotSeen => sign.if_not_seen,
        SignState::NotVisible => 0,
    };
    let unseen = sign.state == SignState::NotVisible;
    sign.weight == worth && unseen == sign.why.is_some() && !(unseen && sign.place.is_some())
}

fn thousandths(share: Share) -> u32 {
    u32::from(share.thousandths())
}

fn sum(shares: impl Iterator<Item = Share>) -> u32 {
    shares.map(thousandths).sum()
}
