//! All returns of a file decided at once: approved, or undone. Which they are stands in the file's result.

use domain::{
    access::Principal,
    buyer::Buyer,
    id::ReturnFileId,
    lead::{Actor, Lead},
    return_file::return_made,
    returned::{ReturnDecision, ReturnId},
    time::later,
};
use futures::{StreamExt, stream};
use spreadsheet::{Dialect, Position, Rows};
use store::{
    Decided, Error, FileDecisionKind, FileDecisionState, LineUpError, ReturnFile, ReturnFileJob, ReturnFileWork,
    TakenDecision,
};

use crate::{
    App, HOLD,
    suppliers::{SupplierLine, SupplierSheets},
    turn::Turn,
};

/// Leads that are written at the same time.
const CONCURRENCY: usize = 32;
/// The same where all returns move one balance, or one share, and would get into each other's way.
const CONCURRENCY_IN_ONE_ROW: usize = 4;

/// Carries out the decision on a file, or goes on with it.
pub(crate) async fn decide(app: &App, id: ReturnFileId, turn: &Turn) -> Result<(), LineUpError> {
    let job = ReturnFileJob { file: id, work: ReturnFileWork::Decide };
    let mut file = match app.store.take_decision(id, turn.now(), HOLD).await? {
        TakenDecision::Mine(file) => *file,
        TakenDecision::Held(until) => return crate::look_again(app, job, until, turn).await,
        TakenDecision::Nothing => return Ok(()),
    };
    let (Some(decision), Some(result)) = (file.decision.clone(), file.result.clone()) else { return Ok(()) };
    let mut rows = Rows::new(&Dialect::default(), Position { byte: decision.byte, row: decision.row });
    let (mut next, mut is_over) = (decision.byte, false);
    loop {
        let mut step = Step::default();
        while step.returns.len() < turn.pace.batch_rows {
            match rows.next_row() {
                Some(row) => {
                    step.end = Some(row.end);
                    step.returns.extend(return_made(|at| row.cells.get(at)).map(|(_, id)| id));
                }
                None if is_over => break,
                None => {
                    let block = app.return_bucket.read_result(&result, next, turn.pace.block_bytes).await?;
                    let block = block.ok_or(Error::Contended { what: "the result of a file, which is gone" })?;
                    next += block.len() as u64;
                    rows.push(&block);
                    is_over = (block.len() as u64) < turn.pace.block_bytes;
                    if is_over {
                        rows.finish();
                    }
                }
            }
        }
        let is_last = is_over && step.returns.len() < turn.pace.batch_rows;
        let Some(saved) = carry_out(app, file, step, is_last, turn).await? else { return Ok(()) };
        file = saved;
        if is_last {
            return Ok(());
        }
        if turn.is_over() {
            return Ok(app.return_files_queue.send(&job).await?);
        }
    }
}

/// Some returns, and where the rows behind them begin.
#[derive(Default)]
struct Step {
    returns: Vec<ReturnId>,
    end: Option<Position>,
}

/// Decides these returns, and notes how far it is. One that is decided so already is found so, and counts. None: somebody else has
/// the file by now.
async fn carry_out(
    app: &App,
    file: ReturnFile,
    step: Step,
    is_last: bool,
    turn: &Turn,
) -> Result<Option<ReturnFile>, LineUpError> {
    let Some(mut decision) = file.decision.clone() else { return Ok(None) };
    let (name, why) = (file.id.to_string(), decision.reason.clone().unwrap_or_default());
    let by = Actor::with_file(Principal::Seller, file.id);
    let returning = app.returning(&by, &name);
    let what = match decision.kind {
        FileDecisionKind::Approve => ReturnDecision::Approve { reverse_payout: decision.reverse_payout },
        FileDecisionKind::Undo => ReturnDecision::Undo { why: &why },
    };
    let work = step.returns.iter().map(async |id| (id, returning.decide(id, what, turn.now()).await));
    // All that are under way come to their end, also where one fails.
    let decided: Vec<_> = stream::iter(work).buffer_unordered(at_once(app, &file).await?).collect().await;
    let mut sheets = SupplierSheets::default();
    for (id, one) in decided {
        match one? {
            Decided::Done(lead) => {
                decision.done += 1;
                sheets.extend(told(&lead, id).filter(|_| decision.kind == FileDecisionKind::Approve));
            }
            Decided::Refused(_) | Decided::NotFound => decision.left += 1,
        }
    }
    // Whoever carries the same step out again writes the same files.
    for file in sheets.files(file.id, &format!("approved-{}-", decision.row)) {
        app.return_bucket.put_supplier(&file.path, file.text.into_bytes()).await?;
    }
    if let Some(end) = step.end {
        (decision.byte, decision.row) = (end.byte, end.row);
    }
    if is_last {
        decision.state = FileDecisionState::Done;
        let (done, left) = (decision.done, decision.left);
        tracing::info!(file_id = %file.id, bid = %file.bid, kind = decision.kind.word(), done, left, "return file decided");
    }
    let lease_until = (!is_last && !turn.is_over()).then(|| later(turn.now(), HOLD));
    let after = ReturnFile { decision: Some(decision), lease_until, ..file.clone() };
    Ok(app.store.save_return_file(&file, after).await?)
}

async fn at_once(app: &App, file: &ReturnFile) -> Result<usize, Error> {
    let buyer = app.store.cached::<Buyer>(file.bid.as_str()).await?;
    let moves_one_row = buyer.is_some_and(|buyer| {
        buyer.credit.is_some() || buyer.returns.as_ref().is_some_and(|terms| terms.max_share_percent.is_some())
    });
    Ok(if moves_one_row { CONCURRENCY_IN_ONE_ROW } else { CONCURRENCY })
}

/// What its supplier reads of a return that has taken effect.
fn told(lead: &Lead, id: &ReturnId) -> Option<SupplierLine> {
    let back = lead.sale(&id.did).ok()?.returns().find(|back| back.number == id.number)?;
    Some(SupplierLine::new(lead, back, back.taken.as_ref()?))
}
