//! Fisher's exact test: whether a share among the failing differs from that among the healthy by more than chance.

/// How likely it is by chance alone that at least `marked.0` of `all.0` failing requests bear a mark, where `marked.1` of `all.1` healthy
/// ones do (one-sided; Fisher, 1935). 1 where nothing can be told.
pub fn chance_of_more((failing, of_failing): (u64, u64), (healthy, of_healthy): (u64, u64)) -> f64 {
    let (marked, all) = (failing + healthy, of_failing + of_healthy);
    if of_failing == 0 || of_healthy == 0 {
        return 1.0;
    }
    let most = marked.min(of_failing);
    let whole = log_choose(all, of_failing);
    let of = |count: u64| {
        let rest = of_failing - count;
        if rest > all - marked {
            0.0
        } else {
            libm::exp(log_choose(marked, count) + log_choose(all - marked, rest) - whole)
        }
    };
    (failing..=most).map(of).sum::<f64>().min(1.0)
}

/// In how many ways `k` of `n` can be chosen: so many questions are asked at once by who looks for the `k` that stand out.
pub fn ways_to_choose(n: u64, k: u64) -> f64 {
    libm::exp(log_choose(n, k))
}

/// The logarithm of the number of ways to choose `k` of `n`.
fn log_choose(n: u64, k: u64) -> f64 {
    let log_factorial = |n: u64| libm::lgamma(n as f64 + 1.0);
    log_factorial(n) - log_factorial(k) - log_factorial(n - k)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_that_is_alike_is_chance_and_one_that_is_not_is_none() {
        // A lady tasting tea: four of four by chance once in seventy.
        assert!((chance_of_more((4, 4), (0, 4)) - 1.0 / 70.0).abs() < 1e-12);
        assert!(chance_of_more((19, 20), (380, 400)) > 0.5);
        assert!(chance_of_more((20, 20), (100, 400)) < 1e-9);
        assert_eq!(chance_of_more((3, 0), (1, 1)), 1.0);
    }
}
