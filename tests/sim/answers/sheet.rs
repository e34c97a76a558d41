//! Questions with their answers, a line each, as `tests/answers/sim/` keeps them.

use std::fmt::Write;

/// What one side answered. The order is that of the questions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sheet(Vec<(String, String)>);

impl Sheet {
    /// Notes an answer.
    #[track_caller]
    pub fn note(&mut self, question: impl Into<String>, answer: impl Into<String>) {
        let question = question.into();
        assert!(self.answer(&question).is_none(), "'{question}' is asked twice");
        assert!(!question.contains(": "), "'{question}' could not be told from its answer");
        self.0.push((question, answer.into()));
    }

    /// Notes the answers to a question that is asked once for each number, equal neighbours together.
    #[track_caller]
    pub fn note_each(&mut self, question: impl Into<String>, answers: impl IntoIterator<Item = (u64, String)>) {
        let mut runs: Vec<(u64, u64, String)> = Vec::new();
        for (number, answer) in answers {
            match runs.last_mut() {
                Some((_, end, same)) if *same == answer && *end + 1 == number => *end = number,
                _ => runs.push((number, number, answer)),
            }
        }
        let mut text = String::new();
        for (begin, end, answer) in runs {
            let separator = if text.is_empty() { "" } else { " | " };
            let range = if begin == end { begin.to_string() } else { format!("{begin}..{end}") };
            write!(text, "{separator}{range} {answer}").expect("a string takes all");
        }
        self.note(question, text);
    }

    pub fn answer(&self, question: &str) -> Option<&str> {
        self.0.iter().find(|(asked, _)| asked == question).map(|(_, answer)| answer.as_str())
    }

    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(question, answer)| (question.as_str(), answer.as_str()))
    }

    pub fn text(&self) -> String {
        self.0.iter().map(|(question, answer)| format!("{question}: {answer}\n")).collect()
    }

    #[track_caller]
    pub fn parse(text: &str) -> Self {
        let line = |line: &str| {
            let (question, answer) = line.split_once(": ").expect("a line is `question: answer`");
            (question.to_owned(), answer.to_owned())
        };
        Self(text.lines().filter(|line| !line.starts_with('#')).map(line).collect())
    }
}
