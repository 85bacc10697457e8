//! One request, the lines that may be its own, and its rivals for them: the chance of each line, over all ways in which lines can be dealt
//! out so that each serves one request and each request has at most one.

/// The most lines of one contest, and the most rivals. The ways to deal out are told apart by the set of lines that are taken: 2^8.
pub const MOST_LINES: usize = 8;
/// The most rivals.
pub const MOST_RIVALS: usize = 12;

/// A request with its odds.
#[derive(Clone, Debug, PartialEq)]
pub struct Odds {
    /// For each line, how well it fits.
    pub lines: Vec<f64>,
    /// How likely it is that it left no line.
    pub alone: f64,
}

/// The chance that each line is that of `of`. `unclaimed`: for each line, how likely it is that it belongs to a request that is not known.
pub fn chances(of: &Odds, rivals: &[Odds], unclaimed: &[f64]) -> Vec<f64> {
    let lines = unclaimed.len().min(MOST_LINES);
    let sets = 1usize << lines;
    // The weight of all ways in which the rivals looked at so far can take exactly this set of lines.
    let mut taken = vec![0.0; sets];
    taken[0] = 1.0;
    for rival in rivals.iter().take(MOST_RIVALS) {
        for set in (0..sets).rev() {
            let with_line =
                rival.lines.iter().take(lines).enumerate().filter(|(line, _)| set & (1 << line) != 0);
            taken[set] = taken[set] * rival.alone
                + with_line.map(|(line, weight)| taken[set & !(1 << line)] * weight).sum::<f64>();
        }
    }
    let mut total = 0.0;
    let mut of_line = vec![0.0; lines];
    for (set, weight) in taken.iter().enumerate().filter(|(_, weight)| **weight > 0.0) {
        let left = |but: Option<usize>| -> f64 {
            (0..lines)
                .filter(|line| set & (1 << line) == 0 && Some(*line) != but)
                .map(|line| unclaimed[line])
                .product()
        };
        total += weight * of.alone * left(None);
        for (line, fit) in of.lines.iter().take(lines).enumerate().filter(|(line, _)| set & (1 << line) == 0)
        {
            let way = weight * fit * left(Some(line));
            of_line[line] += way;
            total += way;
        }
    }
    if total > 0.0 {
        of_line.iter_mut().for_each(|weight| *weight /= total);
    }
    of_line
}

#[cfg(test)]
mod tests {
    use super::*;

    fn odds(lines: &[f64], alone: f64) -> Odds {
        Odds { lines: lines.to_vec(), alone }
    }

    #[test]
    fn a_line_that_fits_one_request_alone_is_its_own() {
        assert!(chances(&odds(&[1.0], 0.5), &[], &[0.001])[0] > 0.99);
    }

    #[test]
    fn a_line_that_fits_two_equally_well_is_nobodys() {
        let chances = chances(&odds(&[1.0], 0.02), &[odds(&[1.0], 0.02)], &[0.001]);
        assert!((chances[0] - 0.5).abs() < 0.01, "{chances:?}");
    }

    #[test]
    fn what_never_reached_the_origin_does_not_take_a_healthy_requests_line() {
        let chances = chances(&odds(&[1.0], 0.5), &[odds(&[1.0], 0.02)], &[0.001]);
        assert!(chances[0] < 0.1, "{chances:?}");
    }

    #[test]
    fn two_requests_and_two_lines_fall_into_place_together() {
        // Each alone could take the first line; only the second request can take the second.
        let chances = chances(&odds(&[1.0, 0.0], 0.02), &[odds(&[1.0, 1.0], 0.02)], &[0.001, 0.001]);
        assert!(chances[0] > 0.97, "{chances:?}");
    }
}
