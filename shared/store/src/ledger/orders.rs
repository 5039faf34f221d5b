//! Orders to do something with many leads: what is to become of each part of an order, and what has.

use aws_sdk_dynamodb::types::AttributeValue;
use domain::access::Principal;
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::{
    Error, RequestHash, Store,
    conditional::{Conditional, Written},
    item::{Item, from_item, key_attributes},
    keys,
};

/// What an order is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OrderKind {
    /// Edits of prices and payouts.
    Edits,
    /// Returns of sales.
    Returns,
}

impl OrderKind {
    /// The word for it: `edits`.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Edits => "edits",
            Self::Returns => "returns",
        }
    }
}

/// An order, with an outcome for each of its parts. It is kept for good, like the entries that name it: an order that comes again
/// must change nothing, however late it does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order<O> {
    /// The same whenever the order arrives; it must name no person.
    #[serde(rename = "i")]
    pub id: String,
    /// Hash of what is ordered, to tell a repeat from an id used again.
    #[serde(rename = "h")]
    pub says: RequestHash,
    /// What is to become of each part, in their order, if that is decided beforehand; and once the order is carried out, what has.
    #[serde(rename = "o")]
    pub outcomes: Vec<O>,
    /// Whether it is carried out: then nothing of it ever changes.
    #[serde(rename = "d", default, skip_serializing_if = "std::ops::Not::not")]
    pub is_done: bool,
}

/// What becomes of an edit. Its lead stands in the order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum EditOutcome {
    /// It changes the lead.
    #[serde(rename = "c")]
    Changed,
    /// The amounts were so already.
    #[serde(rename = "u")]
    Unchanged,
    /// There is no such lead.
    #[serde(rename = "n")]
    NotFound,
    /// The lead does not allow it.
    #[serde(rename = "r")]
    Refused {
        /// Why, for programs.
        #[serde(rename = "c")]
        code: String,
        /// Why, and what to do.
        #[serde(rename = "w")]
        detail: String,
    },
}

#[derive(Serialize, Deserialize)]
struct Row<O> {
    pk: String,
    sk: String,
    #[serde(flatten)]
    order: Order<O>,
}

impl Store {
    /// The order of this kind that came with this id.
    ///
    /// # Errors
    /// The table's.
    pub async fn order<O: DeserializeOwned>(
        &self,
        kind: OrderKind,
        caller: &Principal,
        id: &str,
    ) -> Result<Option<Order<O>>, Error> {
        let got = self
            .db
            .get_item()
            .table_name(&self.tables.ledger)
            .set_key(Some(key_attributes(keys::order(kind.word(), caller, id))))
            .consistent_read(true)
            .send()
            .await
            .map_err(Error::service("GetItem"))?;
        got.item.map(read).transpose()
    }

    /// Keeps an order before anything of it is carried out, and tells which one is kept under its id: this, or the one that
    /// came first.
    ///
    /// # Errors
    /// The table's; the same order may be given again.
    pub async fn begin_order<O: Serialize + DeserializeOwned>(
        &self,
        kind: OrderKind,
        caller: &Principal,
        order: Order<O>,
    ) -> Result<Order<O>, Error> {
        let keys::Key { pk, sk } = keys::order(kind.word(), caller, &order.id);
        let row = Row { pk, sk, order };
        match self.put_unknown(&row).await? {
            None => Ok(row.order),
            Some(known) => read(known),
        }
    }

    /// Keeps what became of an order's parts, unless that is known already, and tells what is kept.
    ///
    /// # Errors
    /// The table's; the same may be given again.
    pub async fn end_order<O: Serialize + DeserializeOwned>(
        &self,
        kind: OrderKind,
        caller: &Principal,
        order: Order<O>,
    ) -> Result<Order<O>, Error> {
        let outcomes = serde_dynamo::to_attribute_value(&order.outcomes).map_err(Error::item)?;
        let update = self
            .db
            .update_item()
            .table_name(&self.tables.ledger)
            .set_key(Some(key_attributes(keys::order(kind.word(), caller, &order.id))))
            .condition_expression("attribute_exists(pk) AND attribute_not_exists(d)")
            .update_expression("SET o = :outcomes, d = :done")
            .expression_attribute_values(":outcomes", outcomes)
            .expression_attribute_values(":done", AttributeValue::Bool(true));
        match update.written().await? {
            Written::Done(_) => Ok(Order { is_done: true, ..order }),
            Written::Refused(kept) => read(kept.unwrap_or_default()),
        }
    }
}

fn read<O: DeserializeOwned>(item: Item) -> Result<Order<O>, Error> {
    from_item(item).map(|Row { order, .. }| order)
}
