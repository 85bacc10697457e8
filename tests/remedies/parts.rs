//! A snippet for several places of a configuration: parted at its comment lines, each part tried where its comment says that it stands.

/// Lines of a snippet with the comment above them.
pub struct Part {
    /// The comment, its lines in one text.
    pub comment: String,
    /// What follows it.
    pub body: String,
}

/// The parts of a snippet. A comment with nothing below it is advice, and no part.
pub fn of(snippet: &str, comment_sign: char) -> Vec<Part> {
    let mut parts = vec![Part { comment: String::new(), body: String::new() }];
    for line in snippet.lines().map(|line| format!("{line}\n")) {
        let is_comment = line.starts_with(comment_sign);
        if is_comment && parts.last().is_some_and(|part| !part.body.trim().is_empty()) {
            parts.push(Part { comment: String::new(), body: String::new() });
        }
        if let Some(part) = parts.last_mut() {
            let text = if is_comment { &mut part.comment } else { &mut part.body };
            text.push_str(&line);
        }
    }
    parts.retain(|part| !part.body.trim().is_empty());
    parts
}

/// Where a part stands.
pub enum Stands<Context> {
    /// In each of these: its comment names them.
    InEach(Vec<Context>),
    /// In one of these: its comment does not tell.
    InOne(Vec<Context>),
}

/// The contexts that a comment names, else one of all.
pub fn told<Context: Copy>(comment: &str, words: &[(&str, Context)], all: &[Context]) -> Stands<Context> {
    let named = words.iter().filter(|(word, _)| comment.contains(word)).map(|(_, context)| *context);
    let named: Vec<Context> = named.collect();
    if named.is_empty() { Stands::InOne(all.to_vec()) } else { Stands::InEach(named) }
}

/// Fails where a text that is pasted in one go names another place in the middle of it.
pub fn go_into_one_place<Context: Copy>(
    text: &str,
    words: &[(&str, Context)],
    all: &[Context],
) -> Result<(), String> {
    let named = of(text, '#').into_iter().skip(1);
    let mut elsewhere = named.filter(|part| matches!(told(&part.comment, words, all), Stands::InEach(_)));
    elsewhere.next().map_or(Ok(()), |part| Err(format!("a second place: {}", part.comment)))
}

/// A part's lines in the context where they are tried.
pub type Placed<'a, Context> = [(Context, &'a str)];

/// The lines that stand in a context.
pub fn lines<Context: PartialEq>(placed: &Placed<Context>, context: Context) -> String {
    placed.iter().filter(|(at, _)| *at == context).map(|(_, lines)| *lines).collect()
}

/// Whether any of the lines begins with a word.
pub fn sets<Context>(placed: &Placed<Context>, word: &str) -> bool {
    let mut lines = placed.iter().flat_map(|(_, lines)| lines.lines());
    lines.any(|line| line.split([' ', ';']).find(|part| !part.is_empty()) == Some(word))
}

/// Tries all parts together, in all places where they are said to stand.
pub fn fit<Context: Copy>(
    parts: &[Part],
    stands: &impl Fn(&Part) -> Stands<Context>,
    attempt: &impl Fn(&Placed<Context>) -> Result<(), String>,
) -> Result<(), String> {
    fit_after(&mut Vec::new(), parts, stands, attempt)
}

fn fit_after<'a, Context: Copy>(
    placed: &mut Vec<(Context, &'a str)>,
    parts: &'a [Part],
    stands: &impl Fn(&Part) -> Stands<Context>,
    attempt: &impl Fn(&Placed<Context>) -> Result<(), String>,
) -> Result<(), String> {
    let Some((part, rest)) = parts.split_first() else { return attempt(placed) };
    let mut tried_in = |context: Context| {
        placed.push((context, part.body.as_str()));
        let result = fit_after(placed, rest, stands, attempt);
        placed.pop();
        result
    };
    match stands(part) {
        Stands::InEach(contexts) => contexts.into_iter().try_for_each(tried_in),
        Stands::InOne(contexts) => {
            let mut refusals = Vec::new();
            for context in contexts {
                match tried_in(context) {
                    Ok(()) => return Ok(()),
                    Err(said) => refusals.push(said),
                }
            }
            Err(refusals.concat())
        }
    }
}
