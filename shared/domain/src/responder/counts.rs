//! What a step of an enrolment adds to the numbers of its responder.

use super::{Enrolment, EnrolmentState, Fate, SkippedFor, StoppedFor};

/// One more of something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Count {
    /// A lead has joined.
    Joined,
    /// A lead is through.
    Finished,
    /// A lead was stopped.
    Stopped(StoppedFor),
    /// A step, by its place from 0, was sent.
    Sent(usize),
    /// It failed.
    Failed(usize),
    /// Nobody knows.
    Unknown(usize),
    /// It was passed over.
    Skipped(usize, SkippedFor),
}

/// What becomes one more as an enrolment is written; none before: it is new.
pub fn counts(before: Option<&Enrolment>, after: &Enrolment) -> Vec<Count> {
    let known = before.map_or(0, Enrolment::steps_done);
    let steps = after.done.iter().enumerate().skip(known).map(|(at, done)| match done.fate {
        Fate::Sent => Count::Sent(at),
        Fate::Failed { .. } => Count::Failed(at),
        Fate::Unknown { .. } => Count::Unknown(at),
        Fate::Skipped { reason } => Count::Skipped(at, reason),
    });
    let was_active = before.is_none_or(Enrolment::is_active);
    let end = match after.state {
        EnrolmentState::Waiting { .. } | EnrolmentState::Sending { .. } => None,
        EnrolmentState::Finished { .. } => Some(Count::Finished),
        EnrolmentState::Stopped { reason, .. } => Some(Count::Stopped(reason)),
    };
    let joined = before.is_none().then_some(Count::Joined);
    joined.into_iter().chain(steps).chain(end.filter(|_| was_active)).collect()
}

impl Count {
    /// Its short name, as it is kept: `j`, `0s`, `3k:no_consent`.
    pub fn key(self) -> String {
        match self {
            Self::Joined => "j".to_owned(),
            Self::Finished => "f".to_owned(),
            Self::Stopped(reason) => format!("x:{}", reason.word()),
            Self::Sent(step) => format!("{step}s"),
            Self::Failed(step) => format!("{step}f"),
            Self::Unknown(step) => format!("{step}u"),
            Self::Skipped(step, reason) => format!("{step}k:{}", reason.word()),
        }
    }

    /// What a short name says.
    pub fn of_key(key: &str) -> Option<Self> {
        match key {
            "j" => return Some(Self::Joined),
            "f" => return Some(Self::Finished),
            _ => {}
        }
        if let Some(word) = key.strip_prefix("x:") {
            return StoppedFor::ALL.into_iter().find(|reason| reason.word() == word).map(Self::Stopped);
        }
        let digits = key.find(|sign: char| !sign.is_ascii_digit())?;
        let (step, what) = key.split_at(digits);
        let step = step.parse().ok()?;
        match what {
            "s" => Some(Self::Sent(step)),
            "f" => Some(Self::Failed(step)),
            "u" => Some(Self::Unknown(step)),
            _ => {
                let word = what.strip_prefix("k:")?;
                let reason = SkippedFor::ALL.into_iter().find(|reason| reason.word() == word)?;
                Some(Self::Skipped(step, reason))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_is_known_again_by_its_short_name_and_nothing_else_is() {
        let all = [Count::Joined, Count::Finished]
            .into_iter()
            .chain(StoppedFor::ALL.map(Count::Stopped))
            .chain((0..20).flat_map(|step| [Count::Sent(step), Count::Failed(step), Count::Unknown(step)]))
            .chain(SkippedFor::ALL.map(|reason| Count::Skipped(19, reason)));
        for count in all {
            assert_eq!(Count::of_key(&count.key()), Some(count));
        }
        for key in ["", "pk", "sk", "s", "1", "1x", "1k:", "x:", "x:odd", "1k:odd"] {
            assert_eq!(Count::of_key(key), None, "{key}");
        }
    }
}
