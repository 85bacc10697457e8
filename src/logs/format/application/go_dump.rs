//! What Go's runtime writes as a program dies, on standard error and without an instant (golang/go src/runtime/panic.go, `fatalpanic`, `fatalthrow`; traceback.go):
//! `panic: boom` or `fatal error: all goroutines are asleep - deadlock!`, maybe `[signal SIGSEGV: segmentation violation code=0x1 …]`, then
//! `goroutine 1 [running]:` and its frames. What recovers from a panic may print the same words and a stack of its own, which
//! begins within `runtime/debug` (gofiber/fiber middleware/recover, `defaultStackTraceHandler`).

/// How far a dump has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GoDump {
    stage: Stage,
    /// Lines since it began that are none of a dump: what is thrown may have several.
    foreign: u8,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Stage {
    #[default]
    None,
    /// What happened was said.
    Said,
    /// A goroutine was named.
    Goroutine,
    /// It is certain that the program died.
    Dead,
}

/// What a line is to a dump.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DumpLine {
    /// It begins one.
    First,
    /// It makes certain that the program died.
    Telling,
    /// It goes on with one.
    Within,
    /// It is no line of one.
    Foreign,
}

/// So many lines of what was thrown are passed over.
const MOST_FOREIGN: u8 = 16;

impl GoDump {
    /// Takes the next line that tells no instant.
    pub fn takes(&mut self, line: &[u8]) -> DumpLine {
        let begins = |words: &[u8]| line.starts_with(words);
        if begins(b"panic: ") || begins(b"fatal error: ") {
            *self = GoDump { stage: Stage::Said, foreign: 0 };
            return DumpLine::First;
        }
        let is_within = begins(b"\t") || begins(b"created by ") || begins(b"exit status ") || is_call(line);
        match self.stage {
            Stage::None => DumpLine::Foreign,
            // Only a runtime that ends the program writes of its signal.
            Stage::Said if begins(b"[signal SIG") => self.dies(),
            Stage::Said | Stage::Dead if is_goroutine(line) || begins(b"runtime stack:") => {
                if self.stage == Stage::Said {
                    self.stage = Stage::Goroutine;
                }
                DumpLine::Within
            }
            Stage::Said | Stage::Dead if is_within || begins(b"[signal ") => DumpLine::Within,
            Stage::Goroutine if is_within && !begins(b"runtime/debug.") => self.dies(),
            Stage::Said if self.foreign < MOST_FOREIGN => {
                self.foreign += 1;
                DumpLine::Foreign
            }
            Stage::Said | Stage::Goroutine | Stage::Dead => {
                *self = GoDump::default();
                DumpLine::Foreign
            }
        }
    }

    fn dies(&mut self) -> DumpLine {
        self.stage = Stage::Dead;
        DumpLine::Telling
    }
}

/// `goroutine 34 [running]:`, `goroutine 1 [chan receive, 5 minutes]:`, `goroutine 0 gp=0x5 m=0 [idle]:`
fn is_goroutine(line: &[u8]) -> bool {
    let number = line.strip_prefix(b"goroutine ").and_then(|rest| rest.first());
    number.is_some_and(u8::is_ascii_digit) && line.trim_ascii_end().ends_with(b"]:")
}

/// A frame's function with its arguments: `main.(*Shop).cart(0xc000012345, {0x1, 0x2})`.
fn is_call(line: &[u8]) -> bool {
    let name = line.split(|byte| *byte == b'(').next().unwrap_or_default();
    let plain = |byte: &u8| byte.is_ascii_graphic();
    !name.is_empty() && name.iter().all(plain) && line.trim_ascii_end().ends_with(b")")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The number of the line that makes the death certain.
    fn death(lines: &[&str]) -> Option<usize> {
        let mut dump = GoDump::default();
        let told: Vec<DumpLine> = lines.iter().map(|line| dump.takes(line.as_bytes())).collect();
        let mut certain = (0..).zip(&told).filter(|(_, told)| **told == DumpLine::Telling).map(|(at, _)| at);
        let first = certain.next();
        assert_eq!(certain.next(), None, "one death: {told:?}");
        first
    }

    #[test]
    fn a_program_dies_by_a_panic_that_nobody_recovers_from() {
        assert_eq!(
            death(&["panic: boom", "goroutine 34 [running]:", "main.cart(...)", "\t/srv/a.go:3"]),
            Some(2)
        );
        let several = [
            "panic: first line",
            "of an error",
            "\tpanic: again",
            "goroutine 1 [running]:",
            "main.(*Shop).f(0xc1, {0x1, 0x2})",
        ];
        assert_eq!(death(&several), Some(4));
        let by_signal = [
            "panic: runtime error: invalid memory address or nil pointer dereference",
            "[signal SIGSEGV: segmentation violation code=0x1 addr=0x0 pc=0x47a2f1]",
            "goroutine 1 [running]:",
            "main.main()",
            "exit status 2",
        ];
        assert_eq!(death(&by_signal), Some(1));
        let fatal = ["fatal error: concurrent map writes", "goroutine 21 [running]:", "main.put(0x1)"];
        assert_eq!(death(&fatal), Some(2));
        let thrown =
            ["fatal error: sync: unlock of unlocked mutex", "runtime stack:", "runtime.throw({0x1, 0x2})"];
        assert_eq!(death(&thrown), Some(2));
    }

    #[test]
    fn whoever_recovers_and_prints_a_stack_lives_on() {
        let fiber = [
            "panic: boom",
            "goroutine 35 [running]:",
            "runtime/debug.Stack()",
            "\t/usr/local/go/src/runtime/debug/stack.go:24 +0x5e",
            "panic({0x6b5, 0x7f})",
        ];
        assert_eq!(death(&fiber), None);
        let chi = [
            " panic: runtime error: index out of range",
            " -> main.cart",
            "goroutine 35 [running]:",
            "main.cart()",
        ];
        assert_eq!(death(&chi), None);
        let served = [
            "goroutine 31 [running]:",
            "net/http.(*conn).serve.func1()",
            "panic({0x6b5, 0x7f})",
            "main.cart(0x1)",
        ];
        assert_eq!(death(&served), None);
        assert_eq!(death(&["panic: boom", "goroutine 34 [running]:", "and nothing of a stack"]), None);
    }
}
