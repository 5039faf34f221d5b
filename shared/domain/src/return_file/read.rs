//! What a row seeks.

use super::{
    Column, Columns, ReturnFileMapping, Sought,
    clean::{Written, clean, email, filled, lead_id, reference},
    days, header,
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

/// What a row is read with.
#[derive(Clone, Copy, Debug)]
pub struct Reading<'a> {
    /// How the buyer's files are to be read.
    pub mapping: Option<&'a ReturnFileMapping>,
    /// The reason codes that there are: those of the account, and of the buyer's terms.
    pub reasons: &'a [String],
    /// Whose phones those without a calling code may be, where the mapping does not say.
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
        let is_title = !whom.is_a_person() && said.is_header(about);
        let is_sum = is_sum(&first) && !whom.is_somebody_besides(&first);
        if is_title || is_sum {
            return ReadRow::Ignored;
        }
        if whom.is_nobody() {
            return ReadRow::Invalid { detail: said.what_is_wrong(&whom, about) };
        }
        let (reason, comment) =
            reason(said.first(Column::Reason).as_deref(), said.first(Column::Comment).as_deref(), about);
        let Whom { lead, email, phones, reference, is_rounded: _ } = whom;
        let order = about.mapping.and_then(|mapping| mapping.date_order);
        let dates = said.all(Column::Date).flat_map(|text| days::read(&text, order)).collect();
        let moments = said.all(Column::Date).filter_map(|text| days::moment(&text)).collect();
        let did = said.first(Column::Did).and_then(|did| did.parse().ok());
        ReadRow::Sought(Box::new(Sought { lead, email, phones, reference, dates, moments, did, reason, comment }))
    }
}

/// Whom a row names.
#[derive(Default)]
struct Whom {
    lead: Option<LeadId>,
    email: Option<Email>,
    phones: Vec<Phone>,
    reference: Option<String>,
    /// There was something, and a spreadsheet has rounded it.
    is_rounded: bool,
}

impl Whom {
    fn is_nobody(&self) -> bool {
        !self.is_somebody_besides("")
    }

    /// Whether somebody is named by what nothing else looks like.
    fn is_a_person(&self) -> bool {
        self.lead.is_some() || self.email.is_some() || !self.phones.is_empty()
    }

    /// Whether somebody is named otherwise than by a reference of these words.
    fn is_somebody_besides(&self, words: &str) -> bool {
        let by_reference = self.reference.as_ref().is_some_and(|reference| reference != words);
        self.is_a_person() || by_reference
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

    /// Whether it is the header once more, as in files that were put together of several.
    fn is_header(&self, about: &Reading<'_>) -> bool {
        let mapping = about.mapping;
        // What gives a reason is somebody's return, however its lead is named.
        let gives_reason = |word: String| reason::known(&word, mapping, about.reasons).is_some();
        if self.first(Column::Reason).is_some_and(gives_reason) {
            return false;
        }
        let names = |column: Column, text: &str| {
            let own = mapping.and_then(|mapping| header::mapped(text, mapping));
            own.or_else(|| header::named(text).map(|(column, _)| column)) == Some(column)
        };
        let mut cells = Column::ALL
            .into_iter()
            .filter(|column| column.identifies())
            .flat_map(|column| self.all(column).map(move |text| names(column, &text)))
            .peekable();
        cells.peek().is_some() && cells.all(|is_name| is_name)
    }

    /// A lead's id decides alone; what stands in its place and is none may be what the buyer calls the lead.
    fn whom(&self, about: &Reading<'_>) -> Whom {
        if let Some(lead) = self.all(Column::LeadId).find_map(|text| lead_id(&text)) {
            return Whom { lead: Some(lead), ..Whom::default() };
        }
        let mut whom = Whom { email: self.all(Column::Email).find_map(|text| email(&text)), ..Whom::default() };
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
            wrong.push("The e-mail address is none; write it like name@example.com.".to_owned());
        }
        if self.first(Column::Phone).is_some() {
            let of = match countries(about) {
                [country] => format!(" of {country}"),
                _ => String::new(),
            };
            wrong.push(format!("The phone is no number{of}; write it with + and the calling code."));
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

/// `Total`, `Grand total:` and `Total: 120`.
fn is_sum(first: &str) -> bool {
    let folded = header::fold(first);
    SUMS.contains(&folded.trim_end_matches(|sign: char| sign.is_ascii_digit()))
}
