//! Rows that leads are found by: packed, a row for each list, batch and stretch of time, as most of what is found is found by time.

use std::collections::{BTreeMap, BTreeSet};

use domain::{
    finder::{Finder, FoundReturn, Returns},
    lead::ReturnState,
};
use futures::{StreamExt, TryStreamExt, stream};
use jiff::Timestamp;
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::{
    Error, Identity, Store,
    item::{Item, key_attributes, to_item},
    keys,
};

/// Leads in one row.
const MAX_LISTED: usize = 100;
/// Bytes of a list's hash: enough to tell lists apart that begin with the same lead.
const HASH_BYTES: usize = 8;
/// Rows that are put at the same time.
const CONCURRENCY: usize = 16;

#[derive(Serialize)]
struct Listed<'a> {
    pk: &'a str,
    sk: String,
    /// The newest first: when, and which lead.
    l: &'a [String],
}

#[derive(Serialize)]
struct Named {
    pk: String,
    sk: String,
}

impl Store {
    /// Writes down what leads can be found by, and says in how many rows. The same rows overwrite themselves.
    ///
    /// # Errors
    /// The table's; then the same are to be put again.
    pub async fn put_finders(&self, finders: &[Finder], identity: &Identity) -> Result<usize, Error> {
        let rows = rows(finders, identity)?;
        let count = rows.len();
        let puts = rows.into_iter().map(|row| self.put_finder(row));
        stream::iter(puts).buffer_unordered(CONCURRENCY).try_collect::<()>().await?;
        // Behind them, as one batch may hold both steps of a return.
        let left = finders.iter().filter_map(|finder| match finder {
            Finder::Left { state, back } => Some(self.drop_from(*state, back)),
            Finder::Listed { .. } | Finder::Reference { .. } | Finder::Returned { .. } => None,
        });
        stream::iter(left).buffer_unordered(CONCURRENCY).try_collect::<()>().await?;
        Ok(count)
    }

    /// So few are found that have moved on.
    async fn drop_from(&self, state: ReturnState, back: &FoundReturn) -> Result<(), Error> {
        let key = keys::found_return(&Returns::InState(state), back);
        let dropped = self.db.delete_item().table_name(&self.tables.ledger).set_key(Some(key_attributes(key)));
        dropped.send().await.map(|_| ()).map_err(Error::service("DeleteItem"))
    }

    async fn put_finder(&self, row: Item) -> Result<(), Error> {
        let put = self.db.put_item().table_name(&self.tables.ledger).set_item(Some(row)).send().await;
        put.map(|_| ()).map_err(Error::service("PutItem"))
    }
}

pub(super) fn rows(finders: &[Finder], identity: &Identity) -> Result<Vec<Item>, Error> {
    let mut lists = BTreeMap::<(String, Timestamp), BTreeSet<String>>::new();
    let mut names = BTreeSet::new();
    for finder in finders {
        match finder {
            Finder::Listed { list, at, lead } => {
                let packed = (keys::listing(list, *at), list.end_of_bucket(*at));
                lists.entry(packed).or_default().insert(keys::received(*lead, *at));
            }
            Finder::Returned { lists, back } => {
                names.extend(lists.iter().map(|list| keys::found_return(list, back)).map(|key| (key.pk, key.sk)));
            }
            Finder::Left { .. } => {}
            Finder::Reference { bid, reference, lead } => {
                let keys::Key { pk, sk } = keys::buyer_reference(bid, &identity.buyer_reference(bid, reference), *lead);
                names.insert((pk, sk));
            }
        }
    }
    let mut rows = Vec::new();
    for ((pk, _), lines) in &lists {
        let newest_first: Vec<String> = lines.iter().rev().cloned().collect();
        for l in newest_first.chunks(MAX_LISTED) {
            let newest = l.first().map_or("", String::as_str);
            rows.push(to_item(&Listed { pk, sk: format!("{newest}#{}", hash(l)), l })?);
        }
    }
    for (pk, sk) in names {
        rows.push(to_item(&Named { pk, sk })?);
    }
    Ok(rows)
}

fn hash(lines: &[String]) -> String {
    let hash = lines.iter().fold(Sha256::new(), |hash, line| hash.chain_update(line).chain_update("\n")).finalize();
    hex::encode(&hash[..HASH_BYTES])
}
