//! How far the start has come: a spinner on a terminal, plain lines elsewhere, nothing in tests.

use std::io::{IsTerminal, Write};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

/// Where progress is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Progress {
    /// Nowhere.
    #[default]
    Silent,
    /// One line when a step starts and one when it ends, and in between for one that takes long, on standard error.
    Lines,
    /// A spinner per step, on standard error.
    Spinner,
}

impl Progress {
    /// A spinner when standard error is a terminal, else lines.
    #[must_use]
    pub fn for_terminal() -> Self {
        if std::io::stderr().is_terminal() { Self::Spinner } else { Self::Lines }
    }

    pub(crate) fn step(self, title: &str) -> Step {
        let bar = (self == Self::Spinner).then(|| {
            let style = ProgressStyle::with_template("{spinner} {msg} {elapsed:.dim}");
            let bar = ProgressBar::new_spinner().with_message(title.to_owned());
            bar.enable_steady_tick(Duration::from_millis(100));
            style.map_or_else(|_| bar.clone(), |style| bar.clone().with_style(style))
        });
        let step = Step { progress: self, title: title.to_owned(), started: Instant::now(), bar };
        step.line(&format!("{title} …"));
        step
    }
}

/// A running step; it counts as failed when dropped before [`Step::done`].
pub(crate) struct Step {
    progress: Progress,
    title: String,
    started: Instant,
    bar: Option<ProgressBar>,
}

impl Step {
    /// What the step does at the moment; shown by the spinner only.
    pub(crate) fn now(&self, detail: &str) {
        if let Some(bar) = &self.bar {
            bar.set_message(format!("{}: {detail}", self.title));
        }
    }

    /// That the step is still at it, in a line, for who sees no spinner.
    pub(crate) fn still(&self, detail: &str) {
        self.line(&format!("{} ({:.0?}): {detail}", self.title, self.started.elapsed()));
    }

    pub(crate) fn done(mut self) {
        let took = format!("{} ({:.1?})", self.title, self.started.elapsed());
        match self.bar.take() {
            Some(bar) => {
                bar.finish_and_clear();
                bar.suspend(|| say(&format!("✓ {took}")));
            }
            None => self.line(&format!("{took}: done")),
        }
    }

    fn line(&self, text: &str) {
        if self.progress == Progress::Lines {
            say(text);
        }
    }
}

impl Drop for Step {
    fn drop(&mut self) {
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
            say(&format!("✗ {}", self.title));
        }
    }
}

fn say(text: &str) {
    // Nobody is left to tell when standard error is closed.
    let _ = writeln!(std::io::stderr().lock(), "{text}");
}
