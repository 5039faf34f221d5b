//! Groups: what somebody is told of one kind within a minute, as one notice, however much it is.
//!
//! One row for each recipient and kind names the group that takes items. An item goes into it in one transaction: the item, a
//! marker by recipient and item, and a check that the group still takes items. So it stands in one group, whatever comes twice.
//! Closing a group drops that row, which makes every check of it fail: from then on its items are for good what they are, and
//! its notice, which is called like the group, can be made as often as it takes. The entry that calls for it goes with the notice.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::types::{ConditionCheck, Put, ReturnValuesOnConditionCheckFailure, TransactWriteItem};
use domain::{
    access::Principal,
    notice::{Notice, NoticeItem, NoticeKind, Told},
    time::later,
};
use futures::{StreamExt, stream};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use ulid::Ulid;

use super::{KEPT_FOR, Work};
use crate::{
    Error, Store,
    conditional::{Transacted, all_or_none},
    item::{Item, from_item, key_attributes, text, to_item},
    keys,
};

/// How long a group takes items.
const TAKES_FOR: SignedDuration = SignedDuration::from_secs(60);
/// Items of one transaction, which has room for a hundred writes.
const AT_ONCE: usize = 80;
/// Groups that are written to at the same time.
const CONCURRENCY: usize = 8;
/// How often items are put anew when some of them, or their group, turn out to be another's.
const TRIES: usize = 8;
/// The places of what can forbid items, among the writes that put them: the check, the items, and then their markers.
const CHECK: usize = 0;
const MARKERS: usize = 2;

/// The group that takes items.
#[derive(Serialize, Deserialize)]
struct Open {
    id: String,
}

/// Items that were put together.
#[derive(Serialize, Deserialize)]
pub(super) struct Packed {
    pub(super) i: Vec<NoticeItem>,
}

#[derive(Serialize)]
struct Row<T> {
    pk: String,
    sk: String,
    /// When the table may forget it, in seconds since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    x: Option<i64>,
    #[serde(flatten)]
    rest: T,
}

/// Whom a group is for, and of what it tells.
struct Group<'a> {
    to: &'a Principal,
    kind: NoticeKind,
}

/// Names that nothing else has.
struct Names(Ulid);

impl Names {
    fn next(&mut self) -> Ulid {
        self.0 = Ulid(self.0.0.wrapping_add(1));
        self.0
    }
}

impl Store {
    /// Puts items into the groups of those who are to be told, as far as they want to be. An item that was put before is not put
    /// again. `draw` is drawn anew for each call, and begins with the present time.
    ///
    /// # Errors
    /// The tables'; then some may be put. `Contended`: others kept us out; trying again helps.
    pub async fn tell(&self, told: Vec<Told>, draw: Ulid, now: Timestamp) -> Result<(), Error> {
        let mut groups: BTreeMap<(String, NoticeKind), (Principal, BTreeMap<keys::Key, NoticeItem>)> = BTreeMap::new();
        for Told { to, kind, item } in told {
            let (_, items) = groups.entry((to.tag(), kind)).or_insert_with(|| (to.clone(), BTreeMap::new()));
            items.insert(keys::told(&to, kind, &item), item);
        }
        // Each has some thousands of names to itself, which is more than it needs.
        let putting = groups.iter().zip(1_u128..).map(|(((_, kind), (to, items)), at)| {
            let names = Names(Ulid(draw.0.wrapping_add(at << 16)));
            self.put_into(Group { to, kind: *kind }, items, names, now)
        });
        let put: Vec<Result<(), Error>> = stream::iter(putting).buffer_unordered(CONCURRENCY).collect().await;
        put.into_iter().try_for_each(|put| match put {
            // It would be so again, and hold up all that is booked behind it.
            Err(error @ (Error::Unreadable(_) | Error::Item(_))) => {
                tracing::error!(error = &error as &dyn std::error::Error, "somebody is not told of returns");
                Ok(())
            }
            put => put,
        })
    }

    async fn put_into(
        &self,
        group: Group<'_>,
        items: &BTreeMap<keys::Key, NoticeItem>,
        mut names: Names,
        now: Timestamp,
    ) -> Result<(), Error> {
        let recipient = self.recipient(group.to).await?;
        if recipient.postback.as_ref().is_some_and(|postback| postback.tells_of(group.kind)) {
            self.put_postbacks(&group, items.values()).await?;
        }
        // The seller can list what it is told, also where it is told no other way.
        let is_listed = *group.to == Principal::Seller;
        if !is_listed && recipient.ways.is_none_or(|ways| ways.of(group.kind).is_empty()) {
            return Ok(());
        }
        let items: Vec<_> = items.iter().collect();
        for some in items.chunks(AT_ONCE) {
            self.put_items(&group, some.to_vec(), &mut names, now).await?;
        }
        Ok(())
    }

    /// Writes a notice for each of these items, unless it is there.
    async fn put_postbacks(&self, group: &Group<'_>, items: impl Iterator<Item = &NoticeItem>) -> Result<(), Error> {
        let putting = items.map(|item| async {
            let writes = self.new_notice(&Notice::postback(group.to, group.kind, item))?;
            all_or_none(self.db.transact_write_items(), writes, "a postback").await.map(drop)
        });
        let put: Vec<_> = stream::iter(putting).buffer_unordered(CONCURRENCY).collect().await;
        put.into_iter().collect()
    }

    async fn put_items(
        &self,
        group: &Group<'_>,
        mut items: Vec<(&keys::Key, &NoticeItem)>,
        names: &mut Names,
        now: Timestamp,
    ) -> Result<(), Error> {
        let what = "a group of notices";
        for _ in 0..TRIES {
            let id = self.taking(group, names, now).await?;
            let writes = self.item_writes(group, &id, &items, names.next(), now)?;
            let refused = match all_or_none(self.db.transact_write_items(), writes, what).await? {
                Transacted::Done => return Ok(()),
                Transacted::Refused(refused) => refused,
            };
            let was_put = |at: usize| refused.contains_key(&(at + MARKERS));
            items = items.into_iter().enumerate().filter(|(at, _)| !was_put(*at)).map(|(_, item)| item).collect();
            if items.is_empty() {
                return Ok(());
            }
            if refused.contains_key(&CHECK) {
                tracing::debug!(group = id, "the group has closed meanwhile");
            }
        }
        Err(Error::Contended { what })
    }

    /// The group that takes items now; if there is none, a new one.
    async fn taking(&self, group: &Group<'_>, names: &mut Names, now: Timestamp) -> Result<String, Error> {
        let key = keys::open_group(group.to, group.kind);
        if let Some(open) = self.setup_item(key.clone()).await? {
            return Ok(from_item::<Open>(open)?.id);
        }
        let id = format!("{}-{}-{}", group.kind.word(), group.to.tag().replace('#', "-"), names.next());
        let work = Work::Close { to: group.to.clone(), kind: group.kind, group: id.clone() };
        let put = Put::builder()
            .table_name(&self.tables.setup)
            .set_item(Some(row(key, None, Open { id: id.clone() })?))
            .condition_expression("attribute_not_exists(pk)")
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        let put = TransactWriteItem::builder().put(put.build().map_err(Error::item)?).build();
        let writes = vec![put, self.put_entry(keys::unsent(later(now, TAKES_FOR), &work))?];
        match all_or_none(self.db.transact_write_items(), writes, "a group of notices").await? {
            Transacted::Done => Ok(id),
            Transacted::Refused(refused) => {
                let there = refused.into_values().flatten().next().unwrap_or_default();
                Ok(from_item::<Open>(there)?.id)
            }
        }
    }

    fn item_writes(
        &self,
        group: &Group<'_>,
        id: &str,
        items: &[(&keys::Key, &NoticeItem)],
        name: Ulid,
        now: Timestamp,
    ) -> Result<Vec<TransactWriteItem>, Error> {
        let forgotten = Some(later(now, KEPT_FOR).as_second());
        let check = ConditionCheck::builder()
            .table_name(&self.tables.setup)
            .set_key(Some(key_attributes(keys::open_group(group.to, group.kind))))
            .condition_expression("id = :id")
            .expression_attribute_values(":id", text(id))
            .build()
            .map_err(Error::item)?;
        let packed = Packed { i: items.iter().map(|(_, item)| (*item).clone()).collect() };
        let mut rows = vec![row(keys::group_items(id, name), forgotten, packed)?];
        for (marker, _) in items {
            rows.push(row((*marker).clone(), forgotten, ())?);
        }
        let put = |item: Item| {
            let put = Put::builder().table_name(&self.tables.setup).set_item(Some(item));
            let put = put.condition_expression("attribute_not_exists(pk)").build().map_err(Error::item)?;
            Ok::<_, Error>(TransactWriteItem::builder().put(put).build())
        };
        let check = TransactWriteItem::builder().condition_check(check).build();
        std::iter::once(Ok(check)).chain(rows.into_iter().map(put)).collect()
    }
}

fn row<T: Serialize>(key: keys::Key, x: Option<i64>, rest: T) -> Result<Item, Error> {
    to_item(&Row { pk: key.pk, sk: key.sk, x, rest })
}
