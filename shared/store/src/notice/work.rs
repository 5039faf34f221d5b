//! What is still to be done about notices and groups, listed by when; and the message that asks for it.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::types::{Delete, TransactWriteItem};
use domain::{
    access::Principal,
    notice::{Notice, NoticeKind},
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    Error, Store,
    conditional::all_or_none,
    item::{key_attributes, text},
    keys,
};

/// Entries among which turns are given: nothing but keys, so they fit into one answer of the table.
const MAX_READ: i32 = 2_000;

/// Something that is to be done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case", deny_unknown_fields)]
pub enum Work {
    /// A group has taken items for long enough, and is to be told.
    Close {
        /// To whom.
        to: Principal,
        /// In which kind of notice.
        kind: NoticeKind,
        /// Which group.
        group: String,
    },
    /// A notice is to be sent, on one of its ways at least.
    Send {
        /// To whom.
        to: Principal,
        /// The notice's time.
        at: Timestamp,
        /// The notice.
        id: String,
    },
}

impl Work {
    /// Whom it is for.
    pub fn to(&self) -> &Principal {
        match self {
            Self::Close { to, .. } | Self::Send { to, .. } => to,
        }
    }
}

/// Asks for something to be done. It may come twice, late, or not at all.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NotifyJob {
    /// By when it stands on the list.
    pub due: Timestamp,
    /// What.
    pub work: Work,
}

/// Where a notice stands on the list.
pub(super) fn entry(notice: &Notice, due: Timestamp) -> keys::Key {
    keys::unsent(due, &Work::Send { to: notice.to.clone(), at: notice.at, id: notice.id.clone() })
}

impl Store {
    /// Up to `limit` things that are to be done by now, of the 2,000 that have waited longest: groups to be closed first, and then
    /// notices, of which each recipient has one in turn. An entry that cannot be read is told, and left out.
    ///
    /// # Errors
    /// The table's.
    pub async fn due_work(&self, now: Timestamp, limit: u16) -> Result<Vec<NotifyJob>, Error> {
        let got = self
            .db
            .query()
            .table_name(&self.tables.setup)
            .key_condition_expression("pk = :pk AND sk <= :until")
            .expression_attribute_values(":pk", text(keys::UNSENT))
            .expression_attribute_values(":until", text(keys::unsent_until(now)))
            .limit(MAX_READ)
            .send()
            .await
            .map_err(Error::service("Query"))?;
        let names = got.items.unwrap_or_default().into_iter().filter_map(|item| item.get("sk")?.as_s().ok().cloned());
        let read = |sk: String| {
            let work = keys::work_of(&sk);
            if work.is_none() {
                tracing::error!(sk, "an entry of the list of what is to be told cannot be read");
            }
            work.map(|(due, work)| NotifyJob { due, work })
        };
        Ok(in_turn(names.filter_map(read).collect(), limit.into()))
    }

    /// Puts right where something stands on the list: by `due`, and not by when the job says. None: it is done. What does not stand
    /// there any more was put right by somebody else, and stays where that is.
    ///
    /// # Errors
    /// The table's; doing it again does no harm.
    pub async fn relist(&self, job: &NotifyJob, due: Option<Timestamp>) -> Result<(), Error> {
        if due == Some(job.due) {
            return Ok(());
        }
        let listed = keys::unsent(job.due, &job.work);
        let Some(due) = due else { return self.delete_entry(listed).await };
        let writes = vec![self.put_entry(keys::unsent(due, &job.work))?, self.take_entry(listed)?];
        all_or_none(self.db.transact_write_items(), writes, "the list of what is to be told").await.map(drop)
    }

    /// Drops an entry that is still there; if it is not, nothing else of its transaction is done either.
    pub(super) fn take_entry(&self, entry: keys::Key) -> Result<TransactWriteItem, Error> {
        let delete = Delete::builder().table_name(&self.tables.setup).set_key(Some(key_attributes(entry)));
        let delete = delete.condition_expression("attribute_exists(pk)").build().map_err(Error::item)?;
        Ok(TransactWriteItem::builder().delete(delete).build())
    }
}

/// The first of what is to be done: what somebody is told much must not hold up everybody else. Closing comes first, as nobody is
/// told anything of a group before.
fn in_turn(jobs: Vec<NotifyJob>, limit: usize) -> Vec<NotifyJob> {
    let mut given: BTreeMap<String, usize> = BTreeMap::new();
    let turn_of = |job: NotifyJob| {
        let turn = match &job.work {
            Work::Close { .. } => 0,
            Work::Send { to, .. } => {
                let turn = given.entry(to.tag()).or_default();
                *turn += 1;
                *turn
            }
        };
        (turn, job)
    };
    let mut turns: Vec<(usize, NotifyJob)> = jobs.into_iter().map(turn_of).collect();
    // Within a turn, what has waited longest stays first.
    turns.sort_by_key(|(turn, _)| *turn);
    turns.into_iter().take(limit).map(|(_, job)| job).collect()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    fn to(sid: &str) -> Principal {
        Principal::Supplier { sid: sid.parse().unwrap() }
    }

    fn sends(sid: &str, seconds: std::ops::Range<i64>) -> Vec<NotifyJob> {
        let send = |second| {
            let due = Timestamp::from_second(second).unwrap();
            NotifyJob { due, work: Work::Send { to: to(sid), at: due, id: second.to_string() } }
        };
        seconds.map(send).collect()
    }

    #[test]
    fn who_is_told_much_does_not_hold_up_the_others() {
        let (many, few) = (sends("s1", 0..5), sends("s2", 10..12));
        let close = Work::Close { to: to("s1"), kind: NoticeKind::Returned, group: "g".to_owned() };
        let close = NotifyJob { due: Timestamp::from_second(20).unwrap(), work: close };
        let all: Vec<NotifyJob> = many.iter().chain(&few).chain([&close]).cloned().collect();
        let wanted = [&close, &many[0], &few[0], &many[1], &few[1], &many[2]];
        assert_eq!(in_turn(all.clone(), 6).iter().collect::<Vec<_>>(), wanted);
        assert_eq!(in_turn(all, 100).len(), 8, "what is left of the room is for whoever needs it");
    }
}
