//! Several leads in one request: each is taken or refused for itself, with its own receipt.

use std::sync::Mutex;

use futures::{StreamExt, future::join_all, stream};
use lambda::problem::Problem;
use store::Once;

use crate::{
    App,
    answered::{About, Taken, answered_before},
    form::ReadLead,
    post_leads::unreadable,
    receipt::LeadReceipt,
    take_in::{Judged, Sender, judge, write},
};

/// Leads of one request that are written at the same time.
const CONCURRENCY: usize = 16;

/// Takes leads in; the answers are in their order.
///
/// # Errors
/// When the idempotency key belongs to another request, which nothing is written for; and when no lead got past a failure
/// on our side.
pub(crate) async fn take_all_in(
    app: &App,
    sender: &Sender,
    forms: Vec<ReadLead>,
    once: Option<&Once>,
) -> Result<Vec<Taken>, Problem> {
    let pending = Mutex::default();
    let judging = forms.into_iter().map(|form| async {
        match form {
            Ok(form) => judge(app, sender, form, &pending).await,
            Err(errors) => Err(unreadable(errors)),
        }
    });
    let mut judged = join_all(judging).await;
    let Some(once) = once else { return receipts(write_all(app, sender, judged, 0, None).await) };
    let Some((at, first)) = bind(app, sender, &judged, once).await? else {
        // Nothing of it is kept, neither before nor now, so there is no answer of before to look for.
        return receipts(write_all(app, sender, judged, 0, None).await);
    };
    if at >= judged.len() {
        return Err(Problem::internal());
    }
    let after = judged.split_off(at + 1);
    judged.truncate(at);
    let mut results = write_all(app, sender, judged, 0, Some(once)).await;
    results.push(Ok(first));
    results.extend(write_all(app, sender, after, at + 1, Some(once)).await);
    receipts(results)
}

/// Binds the key to this body, by the first lead that is kept, unless it is bound already. Only then may other leads be
/// written, or two bodies under one key would both be taken in part. Returns which lead the key answers, and its answer:
/// it may be another than would be the first today. None if the key is free and no lead is kept.
async fn bind(
    app: &App,
    sender: &Sender,
    judged: &[Result<Judged, Problem>],
    once: &Once,
) -> Result<Option<(usize, Taken)>, Problem> {
    let kept = judged.iter().enumerate().find_map(|(at, judged)| match judged {
        Ok(kept @ Judged::Kept { .. }) => Some((at, kept.clone())),
        Ok(Judged::Refused(_)) | Err(_) => None,
    });
    match kept {
        Some((at, kept)) => {
            let first = write(app, kept, Some(&gate_of(once, at)), sender.now).await?;
            Ok(Some((place_of(&first).unwrap_or(at), first)))
        }
        None => {
            let before = answered_before(app, &gate_of(once, 0), sender.now).await?;
            Ok(before.and_then(|first| Some((place_of(&first)?, first))))
        }
    }
}

/// The place of the lead that an earlier request was answered about.
fn place_of(first: &Taken) -> Option<usize> {
    match first.about {
        About::Earlier { place } => place,
        About::New { .. } | About::NotKept { .. } => None,
    }
}

/// Writes leads, of which the first stands at `start` in its batch.
async fn write_all(
    app: &App,
    sender: &Sender,
    judged: Vec<Result<Judged, Problem>>,
    start: usize,
    once: Option<&Once>,
) -> Vec<Result<Taken, Problem>> {
    let writing = judged.into_iter().zip(start..).map(|(judged, at)| {
        let once = once.map(|once| part_of(once, at));
        async move { write(app, judged?, once.as_ref(), sender.now).await }
    });
    stream::iter(writing).buffered(CONCURRENCY).collect().await
}

/// What has gone wrong with one lead is said in its receipt, so that the others keep theirs.
fn receipts(results: Vec<Result<Taken, Problem>>) -> Result<Vec<Taken>, Problem> {
    let is_failure =
        |result: &Result<Taken, Problem>| matches!(result, Err(problem) if problem.status.is_server_error());
    let none_got_through = results.iter().all(is_failure);
    let one = |result: Result<Taken, Problem>| match result {
        Err(problem) if !none_got_through => Taken::not_kept(&LeadReceipt::of_problem(&problem)),
        Ok(_) | Err(_) => result,
    };
    results.into_iter().map(one).collect()
}

/// The key of the batch as the lead at this place binds it.
pub(crate) fn gate_of(once: &Once, at: usize) -> Once {
    Once { place: Some(at), ..once.clone() }
}

/// A batch may die between its leads, so each of them has a key of its own.
fn part_of(once: &Once, at: usize) -> Once {
    Once { key: format!("{}\n{at}", once.key), ..once.clone() }
}
