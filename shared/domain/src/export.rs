//! Leads as rows of a file: what stands in which column, and what of it whoever is given the file sees.

use std::collections::BTreeSet;

use jiff::tz::TimeZone;

use crate::{
    access::{Part, Principal},
    campaign::Campaign,
    csv_row::line,
    field::{CUSTOMARY_FIELDS, FieldName},
    lead::Lead,
    money::{Money, MoneyError},
    time::rfc3339,
};

#[cfg(test)]
mod tests;

/// Fields of campaigns' own that have a column each; what is beyond them stands in the last one.
const MAX_OWN_FIELDS: usize = 200;
/// The last column.
const OTHER_FIELDS: &str = "other_fields";
/// Stands before the name of a field that is called like a column.
const FIELD: &str = "field.";
/// The customary field that no lead has: intake makes it the lead's source.
const SOURCE: &str = "source";
/// Between several values of a cell.
const AND: &str = "; ";

/// What is told of a lead beside its fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Column {
    LeadId,
    Received,
    ReceivedUtc,
    Method,
    Campid,
    Sid,
    Ssid,
    Source,
    Country,
    Test,
    Approval,
    SoldStatus,
    DeliveryStatus,
    Buyers,
    Revenue,
    Payout,
    Profit,
    Currency,
}

/// A file of leads: its columns, for whom it is, and whose days and hours it names.
#[derive(Clone, Debug)]
pub struct Sheet<'a> {
    viewer: &'a Principal,
    zone: &'a TimeZone,
    columns: Vec<Column>,
    fields: Vec<FieldName>,
    has_column: BTreeSet<FieldName>,
}

/// The fields that campaigns have rules for and that are not customary, each once, in the order of the campaigns and of their rules.
pub fn own_fields<'a>(campaigns: impl IntoIterator<Item = &'a Campaign>) -> Vec<FieldName> {
    let mut known = BTreeSet::new();
    let names = campaigns.into_iter().flat_map(|campaign| &campaign.fields).map(|rule| &rule.name);
    names.filter(|name| !name.is_customary() && known.insert(*name)).take(MAX_OWN_FIELDS).cloned().collect()
}

impl<'a> Sheet<'a> {
    /// For `viewer`, with a column for each customary field and for each of these.
    pub fn new(viewer: &'a Principal, zone: &'a TimeZone, own_fields: &[FieldName]) -> Self {
        let customary = CUSTOMARY_FIELDS.iter().filter(|name| **name != SOURCE).filter_map(|name| name.parse().ok());
        let fields: Vec<FieldName> = customary.chain(own_fields.iter().cloned()).collect();
        let columns = Column::ALL.into_iter().filter(|column| column.is_seen_by(viewer)).collect();
        Self { viewer, zone, columns, has_column: fields.iter().cloned().collect(), fields }
    }

    /// The first line, with its end.
    pub fn header(&self) -> String {
        let columns = self.columns.iter().map(|column| column.word().to_owned());
        let fields = self.fields.iter().map(|name| {
            let is_taken = name.as_str() == OTHER_FIELDS || Column::ALL.iter().any(|one| one.word() == name.as_str());
            if is_taken { format!("{FIELD}{name}") } else { name.to_string() }
        });
        line(columns.chain(fields).chain([OTHER_FIELDS.to_owned()]))
    }

    /// A lead's line, with its end.
    ///
    /// # Errors
    /// When an amount cannot be held.
    pub fn row(&self, lead: &Lead) -> Result<String, MoneyError> {
        let told = self.viewer.told_of(lead);
        let own = self.columns.iter().map(|column| self.cell(*column, &told));
        let mut cells = own.collect::<Result<Vec<String>, _>>()?;
        cells.extend(self.fields.iter().map(|name| lead.fields.get(name).cloned().unwrap_or_default()));
        let others = lead.fields.iter().filter(|(name, _)| !self.has_column.contains(*name));
        let others: Vec<String> = others.map(|(name, value)| format!("{name}={value}")).collect();
        cells.push(others.join(AND));
        Ok(line(cells))
    }

    fn cell(&self, column: Column, lead: &Lead) -> Result<String, MoneyError> {
        let amount = |money: Option<Money>| money.map(Money::amount).unwrap_or_default();
        Ok(match column {
            Column::LeadId => lead.id.to_string(),
            Column::Received => self.zone.to_datetime(lead.received).strftime("%Y-%m-%d %H:%M:%S").to_string(),
            Column::ReceivedUtc => rfc3339(lead.received),
            Column::Method => lead.method.word().to_owned(),
            Column::Campid => lead.campid.to_string(),
            Column::Sid => lead.sid.to_string(),
            Column::Ssid => lead.ssid.clone().unwrap_or_default(),
            Column::Source => lead.source.clone().unwrap_or_default(),
            Column::Country => lead.country.to_string(),
            Column::Test => if lead.test { "yes" } else { "no" }.to_owned(),
            Column::Approval => lead.approval.word().to_owned(),
            Column::SoldStatus => lead.sold_status().word().to_owned(),
            Column::DeliveryStatus => lead.delivery_status().word().to_owned(),
            Column::Buyers => buyers(lead),
            Column::Revenue => amount(self.viewer.revenue_of(lead)?),
            Column::Payout => amount(lead.known_payout()?),
            Column::Profit => amount(Some(lead.revenue()?.sub(lead.earned_payout()?)?)),
            Column::Currency => lead.terms.currency.to_string(),
        })
    }
}

/// Who bought it, those too who have returned it since.
fn buyers(lead: &Lead) -> String {
    let bids: BTreeSet<&str> =
        lead.sales().filter_map(|(_, delivery, _)| Some(delivery.bid.as_ref()?.as_str())).collect();
    bids.into_iter().collect::<Vec<_>>().join(AND)
}

impl Column {
    /// In their order.
    const ALL: [Self; 18] = [
        Self::LeadId,
        Self::Received,
        Self::ReceivedUtc,
        Self::Method,
        Self::Campid,
        Self::Sid,
        Self::Ssid,
        Self::Source,
        Self::Country,
        Self::Test,
        Self::Approval,
        Self::SoldStatus,
        Self::DeliveryStatus,
        Self::Buyers,
        Self::Revenue,
        Self::Payout,
        Self::Profit,
        Self::Currency,
    ];

    fn word(self) -> &'static str {
        match self {
            Self::LeadId => "lead_id",
            Self::Received => "received",
            Self::ReceivedUtc => "received_utc",
            Self::Method => "method",
            Self::Campid => "campid",
            Self::Sid => "sid",
            Self::Ssid => "ssid",
            Self::Source => SOURCE,
            Self::Country => "country",
            Self::Test => "test",
            Self::Approval => "approval",
            Self::SoldStatus => "sold_status",
            Self::DeliveryStatus => "delivery_status",
            Self::Buyers => "buyers",
            Self::Revenue => "revenue",
            Self::Payout => "payout",
            Self::Profit => "profit",
            Self::Currency => "currency",
        }
    }

    fn is_seen_by(self, viewer: &Principal) -> bool {
        match self {
            Self::Sid | Self::Ssid | Self::Source => viewer.sees(Part::Source),
            Self::Buyers => viewer.sees(Part::Deliveries),
            Self::Revenue => viewer.sees(Part::Revenue),
            Self::Payout => viewer.sees(Part::Payout),
            Self::Profit => viewer.sees(Part::Profit),
            Self::Currency => viewer.sees(Part::Revenue) || viewer.sees(Part::Payout),
            Self::LeadId
            | Self::Received
            | Self::ReceivedUtc
            | Self::Method
            | Self::Campid
            | Self::Country
            | Self::Test
            | Self::Approval
            | Self::SoldStatus
            | Self::DeliveryStatus => true,
        }
    }
}
