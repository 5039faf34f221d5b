//! What is still to be done about notices and groups, listed by when; and the message that asks for it.

use domain::{
    access::Principal,
    notice::{Notice, NoticeKind},
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    Error, Store,
    item::{key_attributes, text},
    keys,
};

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
    /// Up to `limit` things that are to be done by now, what has waited longest first. An entry that cannot be read is told, and
    /// left out.
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
            .limit(i32::from(limit))
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
        Ok(names.filter_map(read).collect())
    }

    /// Puts right where something stands on the list: by `due`, and not by when the job says. None: it is done.
    ///
    /// # Errors
    /// The table's; doing it again does no harm.
    pub async fn relist(&self, job: &NotifyJob, due: Option<Timestamp>) -> Result<(), Error> {
        if due == Some(job.due) {
            return Ok(());
        }
        if let Some(due) = due {
            let entry = key_attributes(keys::unsent(due, &job.work));
            let put = self.db.put_item().table_name(&self.tables.setup).set_item(Some(entry));
            put.send().await.map_err(Error::service("PutItem"))?;
        }
        self.delete_entry(keys::unsent(job.due, &job.work)).await
    }
}
