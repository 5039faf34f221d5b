//! A file that is looked at for the first time: how it is read is settled, and kept, before any row is judged.

use std::collections::BTreeSet;

use domain::{
    buyer::Buyer,
    campaign::Campaign,
    contact::Country,
    delivery::Delivery,
    id::{BuyerRef, ReturnFileId},
    time::later,
};
use store::{Checkpoint, Error, ReturnFile, ReturnFileState};

use crate::{
    App, HOLD,
    end::{end, reject},
    inspect::{Inspected, inspect},
    turn::Turn,
    work::Work,
};

/// Deliveries that are looked at, at once and in all, for the countries of a buyer's leads; its record may name one.
const PAGE: u16 = 200;
const MAX_PAGES: usize = 10;
/// What becomes of a file at first.
pub(crate) enum Begun<'a> {
    /// Its rows can be judged.
    Work(Box<Work<'a>>),
    /// None of them is; none: somebody else has it by now.
    Ended(Option<Box<ReturnFile>>),
}

impl Begun<'_> {
    fn ended(file: Option<ReturnFile>) -> Self {
        Self::Ended(file.map(Box::new))
    }
}

/// Looks at a file for the first time.
pub(crate) async fn begin<'a>(app: &'a App, file: ReturnFile, buyer: &Buyer, turn: &Turn) -> Result<Begun<'a>, Error> {
    let (settings, countries) = tokio::try_join!(app.store.cached_settings(), countries(app, &file.bid))?;
    let own = buyer.returns.iter().flat_map(|terms| terms.reasons.iter().cloned());
    let reasons: Vec<String> = settings.return_reasons.iter().cloned().chain(own).collect();
    let mapping = buyer.return_file.clone();
    let Inspected { plan, content, start, bytes } = match inspect(app, &file, mapping, reasons, countries).await? {
        Ok(inspected) => inspected,
        Err(rejected) => return reject(app, file, rejected, turn).await.map(Begun::ended),
    };
    // What is only tried may be tried again: terms and leads change.
    let of = if file.dry_run { file.id } else { first_with(app, &file, &content).await? };
    if of != file.id {
        let state = ReturnFileState::Repeated { of };
        return end(app, file, state, turn).await.map(Begun::ended);
    }
    let plan = serde_json::to_value(&plan).map_err(Error::item)?;
    let at = Checkpoint::new(plan, start.byte, start.row);
    let mut work = Work::new(app, *turn, ReturnFile { bytes, ..file }, at);
    if !work.file.dry_run && !work.save(Some(later(turn.now(), HOLD))).await? {
        return Ok(Begun::Ended(None));
    }
    Ok(Begun::Work(Box::new(work)))
}

/// The first file with this content of which rows were read, or are: this one, if there is no other.
async fn first_with(app: &App, file: &ReturnFile, content: &str) -> Result<ReturnFileId, Error> {
    let of = app.store.claim_content(&file.bid, content, file.id).await?;
    if of == file.id {
        return Ok(of);
    }
    let was_read = app
        .store
        .return_file(of)
        .await?
        .is_some_and(|first| !matches!(first.state, ReturnFileState::Awaiting | ReturnFileState::Rejected { .. }));
    if was_read {
        return Ok(of);
    }
    app.store.drop_content(&file.bid, content, of).await?;
    app.store.claim_content(&file.bid, content, file.id).await
}

/// The countries of the campaigns that the buyer is sold leads of: phones without a calling code are numbers of one of them.
async fn countries(app: &App, bid: &BuyerRef) -> Result<Vec<Country>, Error> {
    let (mut campaigns, mut last) = (BTreeSet::new(), None);
    for _ in 0..MAX_PAGES {
        let page = app.store.records::<Delivery>(PAGE, last.as_deref()).await?;
        let own = page.items.into_iter().map(|delivery| delivery.record).filter(|own| own.bid.as_ref() == Some(bid));
        campaigns.extend(own.map(|delivery| delivery.campid));
        last = page.last;
        if last.is_none() {
            break;
        }
    }
    let mut countries = BTreeSet::new();
    for campid in campaigns {
        countries.extend(app.store.cached::<Campaign>(campid.as_str()).await?.map(|campaign| campaign.country));
    }
    Ok(countries.into_iter().collect())
}
