//! Counting and logging what becomes of notices. Names and meanings of the counts stand in `lambda::metrics`.

use domain::notice::{Notice, Way, WayState};

/// Where a notice stands on a way after a step.
pub(crate) fn stands(notice: &Notice, way: Way) {
    let Some(progress) = notice.sent.get(&way) else { return };
    let (id, kind, to, state) = (&notice.id, notice.kind.word(), notice.to.tag(), progress.state.word());
    let (attempts, reason, way) = (progress.attempts, progress.state.reason(), way.word());
    match &progress.state {
        WayState::Queued | WayState::Sending { .. } => {}
        WayState::Sent => {
            metrics::counter!("notice_sent").increment(1);
            tracing::info!(notice = id, kind, to, way, state, attempts, "notice");
        }
        WayState::Retry { .. } => {
            metrics::counter!("notice_retry").increment(1);
            tracing::info!(notice = id, kind, to, way, state, attempts, reason, "notice");
        }
        WayState::Failed { .. } => {
            metrics::counter!("notice_failed").increment(1);
            tracing::warn!(notice = id, kind, to, way, state, attempts, reason, "notice");
        }
        WayState::Unknown { .. } => {
            metrics::counter!("notice_unknown").increment(1);
            tracing::warn!(notice = id, kind, to, way, state, attempts, reason, "notice");
        }
    }
}
