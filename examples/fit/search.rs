//! Fits parameters: each in turn is moved a little, and stays where the loss is lower. A quadratic pull holds them to the values set by hand:
//! a few hundred incidents are no reason to leave these far.

use std::error::Error;

use rayscope::diagnose::Parameters;
use toml::{Table as Values, Value};

use super::objective::{Trial, loss, trials};
use super::record::Table;

/// What it costs to move one number by 1 (in log-odds, or in the logarithm of a factor), in mean log loss of an incident.
const PULL: f64 = 0.01;
const FIRST_STEP: f64 = 0.5;
const LAST_STEP: f64 = 0.06;
const MOST_ROUNDS: usize = 9;

/// A number of the file: its section and name, the value set by hand, and how far it was moved.
struct Number {
    section: String,
    name: String,
    by_hand: f64,
    moved: f64,
    step: f64,
}

/// The file of parameters that fits a table, from one set by hand.
pub fn fitted(table: &Table, by_hand: &str) -> Result<String, Box<dyn Error>> {
    let trials = trials(table);
    let mut numbers = numbers(&by_hand.parse()?)?;
    let at_first = cost(&trials, &numbers).ok_or("the parameters to begin with are not valid")?;
    let mut least = at_first;
    for _ in 0..MOST_ROUNDS {
        for index in 0..numbers.len() {
            least = moved(&trials, &mut numbers, index, least);
        }
        if numbers.iter().all(|number| number.step < LAST_STEP) {
            break;
        }
    }
    let title = format!(
        "# Fitted to {} drawn incidents with failures by `tests/lab/fit train`: mean log loss {at_first:.3} with the numbers set by hand,\n\
         # {least:.3} with these (the pull toward those by hand included). docs/weights.md says what each number is.\n",
        trials.len(),
    );
    Ok(title + &text(&numbers))
}

/// Tries one number a step up and a step down. Gives the least cost so far.
fn moved(trials: &[Trial], numbers: &mut [Number], index: usize, least: f64) -> f64 {
    let before = numbers[index].moved;
    let step = numbers[index].step;
    if step.abs() < LAST_STEP {
        return least;
    }
    for direction in [step, -step] {
        numbers[index].moved = before + direction;
        if let Some(cost) = cost(trials, numbers).filter(|cost| *cost < least - 1e-6) {
            // The same way first, the next time.
            numbers[index].step = direction * 1.2;
            return cost;
        }
    }
    numbers[index].moved = before;
    numbers[index].step = step * 0.5;
    least
}

fn numbers(by_hand: &Values) -> Result<Vec<Number>, Box<dyn Error>> {
    let mut numbers = Vec::new();
    for (section, values) in by_hand {
        for (name, value) in values.as_table().ok_or("a section holds numbers")? {
            let by_hand = value.as_float().ok_or_else(|| format!("{section}.{name} is no number"))?;
            let (section, name) = (section.clone(), name.clone());
            numbers.push(Number { section, name, by_hand, moved: 0.0, step: FIRST_STEP });
        }
    }
    Ok(numbers)
}

impl Number {
    /// Shares move in log-odds, log-odds as they are, and what multiplies in its logarithm.
    fn value(&self) -> f64 {
        match self.section.as_str() {
            "with_cause" | "otherwise" | "chance" => {
                let odds = self.by_hand / (1.0 - self.by_hand) * libm::exp(self.moved);
                odds / (1.0 + odds)
            }
            "prior" => self.by_hand + self.moved,
            _ => self.by_hand * libm::exp(self.moved),
        }
    }
}

/// The file: three digits are as many as a few hundred incidents can tell.
fn text(numbers: &[Number]) -> String {
    let mut text = String::new();
    let mut section = "";
    for number in numbers {
        if number.section != section {
            section = &number.section;
            text += &format!("\n[{section}]\n");
        }
        text += &format!("{} = {}\n", number.name, written(number.value()));
    }
    text
}

/// Three significant digits, as TOML writes a float.
fn written(value: f64) -> String {
    let digits = if value == 0.0 { 0 } else { 2 - libm::floor(libm::log10(value.abs())) as i32 };
    let rounded = format!("{:.*}", digits.max(1) as usize, value);
    let trimmed = rounded.trim_end_matches('0');
    if trimmed.ends_with('.') { format!("{trimmed}0") } else { trimmed.to_owned() }
}

/// The loss with the pull; `None` where a higher level would stand for a smaller share.
fn cost(trials: &[Trial], numbers: &[Number]) -> Option<f64> {
    let mut file = Values::new();
    for number in numbers {
        let section = file.entry(&number.section).or_insert_with(|| Value::Table(Values::new()));
        section.as_table_mut()?.insert(number.name.clone(), Value::Float(number.value()));
    }
    let parameters: Parameters = file.try_into().ok()?;
    let pull: f64 = numbers.iter().map(|number| number.moved * number.moved).sum();
    parameters.levels_rise().then(|| loss(trials, &parameters) + PULL * pull)
}
