//! What a row seeks.

use super::{
    Column, Columns, ReturnFileMapping, Sought,
    clean::{Written, clean, emails, filled, lead_id, reference},
    days::{self, Order},
    header,
    phones::{self, Phones},
    reason::{self, reason},
};
use crate::{
    contact::{Country, Email, Phone},
    id::LeadId,
};

/// What the first cell of a row says that sums up others.
const SUMS: [&str; 16] = [
    "total",
    "totals",
    "grandtotal",
    "subtotal",
    "sum",
    "count",
    "rowcount",
    "totalrows",
    "totalcount",
    "totalleads",
    "totalreturns",
    "summe",
    "gesamt",
    "gesamtsumme",
    "anzahl",
    "totaal",
];

/// The longest number that stands beside one of these and is a count or an amount.
const MAX_COUNT: usize = 12;

/// What a row is read with.
#[derive(Clone, Copy, Debug)]
pub struct Reading<'a> {
    /// How the buyer's files are to be read.
    pub mapping: Option<&'a ReturnFileMapping>,
    /// The reason codes that there are: those of the account, and of the buyer's terms.
    pub reasons: &'a [String],
    /// Whose phones those without a calling code may be, and how days are written, where the mapping does not say.
    pub countries: &'a [Country],
}

/// What a row says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReadRow {
    /// Nothing: it is empty, sums up others, or is the header once more.
    Ignored,
    /// Nothing that a lead could be found by.
    Invalid {
        /// For people, with what to do. It never repeats a cell.
        detail: String,
    },
    /// Whom it means, and why that lead is returned.
    Sought(Box<Sought>),
}

impl Columns {
    /// Reads a row. `cell` gives what stands in a column, from 0, and none behind the last.
    pub fn read<'a>(&self, cell: impl Fn(usize) -> Option<&'a str>, about: &Reading<'_>) -> ReadRow {
        let Some(first) = (0..).map_while(&cell).map(clean).find(|text| !text.is_empty()) else {
            return ReadRow::Ignored;
        };
        let said = Said { columns: self, cell: &cell };
        let whom = said.whom(about);
        let is_sum = || is_sum(&first) && whom.is_counted_or_called(&first, || said.gives_reason(about));
        if !whom.is_a_person() && (self.is_header(&cell) || is_sum()) {
            return ReadRow::Ignored;
        }
        if whom.is_nobody() {
            return ReadRow::Invalid { detail: said.what_is_wrong(&whom, about) };
        }
        let (word, comment) = (said.first(Column::Reason), said.first(Column::Comment));
        let has_reasons = self.places.contains_key(&Column::Reason);
        let (reason, comment) = reason(has_reasons, word.as_deref(), comment.as_deref(), about);
        let Whom { lead, has_broken_id, emails, phones, reference, is_rounded: _ } = whom;
        let days: Vec<String> = said.all(Column::Date).collect();
        let dates = days.iter().flat_map(|text| days::read(text, order(about))).collect();
        let moments = days.iter().filter_map(|text| days::moment(text)).collect();
        let did = said.first(Column::Did).and_then(|did| did.parse().ok());
        ReadRow::Sought(Box::new(Sought {
            lead,
            has_broken_id,
            emails,
            phones,
            reference,
            dates,
            moments,
            did,
            reason,
            comment,
        }))
    }
}

/// Whom a row names.
#[derive(Default)]
struct Whom {
    lead: Option<LeadId>,
    has_broken_id: bool,
    emails: Vec<Email>,
    phones: Vec<Phone>,
    reference: Option<String>,
    /// There was something, and a spreadsheet has rounded it.
    is_rounded: bool,
}

impl Whom {
    fn is_nobody(&self) -> bool {
        !self.is_a_person() && self.reference.is_none()
    }

    /// Whether somebody is named by what nothing else looks like.
    fn is_a_person(&self) -> bool {
        self.lead.is_some() || !self.emails.is_empty() || !self.phones.is_empty()
    }

    /// Whether what stands as a reference is no more than these words, or how many or how much. What is returned for a reason is
    /// never counted: somebody may be called like a sum.
    fn is_counted_or_called(&self, words: &str, gives_reason: impl Fn() -> bool) -> bool {
        let is_sign = |byte: u8| byte.is_ascii_digit() || matches!(byte, b'.' | b',' | b' ');
        let is_small = |text: &str| text.len() <= MAX_COUNT && text.bytes().all(is_sign);
        self.reference.as_ref().is_none_or(|own| own == words || is_small(own) && !gives_reason())
    }
}

/// The cells of a row by what they say.
struct Said<'r, F> {
    columns: &'r Columns,
    cell: &'r F,
}

impl<'a, F: Fn(usize) -> Option<&'a str>> Said<'_, F> {
    /// What is said under a header, cleaned.
    fn all(&self, column: Column) -> impl Iterator<Item = String> {
        let places = self.columns.places.get(&column).map(Vec::as_slice).unwrap_or_default();
        places.iter().filter_map(|place| filled((self.cell)(*place)?))
    }

    fn first(&self, column: Column) -> Option<String> {
        self.all(column).next()
    }

    fn gives_reason(&self, about: &Reading<'_>) -> bool {
        let is_known = |word: String| reason::known(&word, about.mapping, about.reasons).is_some();
        self.first(Column::Reason).is_some_and(is_known)
    }

    /// A lead's id decides alone; what stands in its place and is none may be what the buyer calls the lead.
    fn whom(&self, about: &Reading<'_>) -> Whom {
        if let Some(lead) = self.all(Column::LeadId).find_map(|text| lead_id(&text)) {
            return Whom { lead: Some(lead), ..Whom::default() };
        }
        let mut whom = Whom { has_broken_id: self.first(Column::LeadId).is_some(), ..Whom::default() };
        for email in self.all(Column::Email).flat_map(|text| emails(&text)) {
            if !whom.emails.contains(&email) {
                whom.emails.push(email);
            }
        }
        let countries = countries(about);
        for Phones { found, is_rounded } in self.all(Column::Phone).map(|text| phones::candidates(&text, countries)) {
            whom.is_rounded |= is_rounded;
            let new: Vec<Phone> = found.into_iter().filter(|phone| !whom.phones.contains(phone)).collect();
            whom.phones.extend(new);
        }
        match self.first(Column::Reference).or_else(|| self.first(Column::LeadId)).map(|text| reference(&text)) {
            Some(Written::Exactly(text)) if !text.is_empty() => whom.reference = Some(text),
            Some(Written::Rounded) => whom.is_rounded = true,
            Some(Written::Exactly(_)) | None => {}
        }
        whom
    }

    fn what_is_wrong(&self, whom: &Whom, about: &Reading<'_>) -> String {
        if whom.is_rounded {
            return "A spreadsheet has rounded a long number, so nobody can tell whom it meant: format the column as text, \
                    fill the number in again, and save the file."
                .to_owned();
        }
        let mut wrong = Vec::new();
        if self.first(Column::Email).is_some() {
            wrong.push("What stands as e-mail address is not one; write it like name@example.com.".to_owned());
        }
        if self.first(Column::Phone).is_some() {
            let of = match countries(about) {
                [country] => format!(" of {country}"),
                _ => String::new(),
            };
            wrong.push(format!("What stands as phone is no phone number{of}; write it with + and the calling code."));
        }
        if wrong.is_empty() {
            wrong.push(
                "The row names no lead; give its id, the person's e-mail address or phone, or your reference."
                    .to_owned(),
            );
        }
        wrong.join(" ")
    }
}

fn countries<'a>(about: &Reading<'a>) -> &'a [Country] {
    let named = about.mapping.and_then(|mapping| mapping.country.as_ref());
    named.map_or(about.countries, std::slice::from_ref)
}

/// How days are written: as the buyer says, or as is usual where the leads are from.
fn order(about: &Reading<'_>) -> Order {
    let said = about.mapping.and_then(|mapping| mapping.date_order);
    said.map_or_else(|| Order::usual_in(about.countries), Order::Said)
}

/// `Total`, `Grand total:` and `Total: 120`.
fn is_sum(first: &str) -> bool {
    let folded = header::fold(first);
    SUMS.contains(&folded.trim_end_matches(|sign: char| sign.is_ascii_digit()))
}
