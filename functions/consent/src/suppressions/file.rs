//! Lists as CSV files, as programs write them: in any encoding and with any separator that is known, columns in any order.

use domain::{
    lead::Channel,
    setup::Invalid,
    suppression::{SuppressionEntry, SuppressionStatus},
};
use jiff::{Timestamp, civil::Date, tz::TimeZone};
use lambda::Problem;
use spreadsheet::{Cells, Dialect, Kind, NotATable, Position, Row, Rows, sniff};

use super::post_suppressions::Entry;

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Column {
    Email,
    Phone,
    /// Either, told apart by what it looks like.
    Contact,
    Channel,
    Country,
    Status,
    At,
    Told,
}

/// What programs and people call the columns, without case, blanks and dashes.
const NAMES: [(Column, &[&str]); 8] = [
    (Column::Email, &["email", "emailaddress", "mail"]),
    (Column::Phone, &["phone", "phonenumber", "phone1", "mobile", "msisdn", "number", "sms"]),
    (Column::Contact, &["contact", "address"]),
    (Column::Channel, &["channel"]),
    (Column::Country, &["country", "countrycode"]),
    (Column::Status, &["status", "consent"]),
    (Column::At, &["at", "since", "date", "time", "timestamp", "unsubscribedat"]),
    (Column::Told, &["told", "note", "reason"]),
];

/// The entries of a file, one for each of its rows.
///
/// # Errors
/// 422: it is no table that is read here, or its first row does not say who is meant.
pub(super) fn entries(bytes: &[u8]) -> Result<Vec<Entry>, Problem> {
    let dialect = match sniff(bytes, true) {
        Ok(Kind::Csv(dialect)) => dialect,
        Ok(Kind::Xlsx) => return Err(not_read("xlsx", "the file is a workbook; save it as CSV and send that")),
        Err(error) => return Err(not_a_table(error)),
    };
    let mut rows = rows(bytes, &dialect);
    let head = rows.next_row().ok_or_else(|| not_a_table(NotATable::Empty))?;
    let columns: Vec<Option<Column>> = head.cells.iter().map(column).collect();
    if !columns.iter().flatten().any(|column| matches!(column, Column::Email | Column::Phone | Column::Contact)) {
        return Err(not_read("no_contact_column", "the first row has to name a column email, phone or contact"));
    }
    Ok(std::iter::from_fn(|| rows.next_row()).map(|row| (Some(row.number), entry(&columns, &row))).collect())
}

fn rows(bytes: &[u8], dialect: &Dialect) -> Rows {
    let mut rows = Rows::new(dialect, Position::default());
    rows.push(bytes);
    rows.finish();
    rows
}

fn not_a_table(error: NotATable) -> Problem {
    not_read(error.code(), &error.to_string())
}

fn not_read(code: &'static str, says: &str) -> Problem {
    let mut letters = says.chars();
    let first = letters.next().map(|first| first.to_ascii_uppercase());
    Problem::unprocessable(code, first.into_iter().chain(letters).chain(['.']).collect::<String>())
}

fn column(name: &str) -> Option<Column> {
    let name: String = name.chars().filter(|sign| sign.is_alphanumeric()).flat_map(char::to_lowercase).collect();
    NAMES.iter().find(|(_, names)| names.contains(&name.as_str())).map(|(column, _)| *column)
}

fn entry(columns: &[Option<Column>], row: &Row) -> Result<SuppressionEntry, Invalid> {
    if let Some(fault) = row.fault {
        return Err(Invalid::new("", "broken_row", fault.to_string()));
    }
    let cell = |column| cell(columns, &row.cells, column);
    let channel = cell(Column::Channel).map(|text| read_channel(&text)).transpose()?;
    let (mut email, mut phone) = (cell(Column::Email), cell(Column::Phone));
    if let Some(contact) = cell(Column::Contact) {
        let place = if contact.contains('@') { &mut email } else { &mut phone };
        place.get_or_insert(contact);
    }
    Ok(SuppressionEntry {
        channel,
        email,
        phone,
        country: cell(Column::Country),
        status: cell(Column::Status).map(|text| read_status(&text)).transpose()?.unwrap_or_default(),
        at: cell(Column::At).map(|text| read_time(&text)).transpose()?,
        told: cell(Column::Told),
    })
}

/// The first cell of a column that is not empty. What stands before a cell so that no spreadsheet runs it is none of it.
fn cell(columns: &[Option<Column>], cells: &Cells, column: Column) -> Option<String> {
    let mut texts =
        columns.iter().zip(cells.iter()).filter(|(is, _)| **is == Some(column)).map(|(_, text)| text.trim());
    let text = texts.find(|text| !text.is_empty())?;
    Some(text.strip_prefix('\'').unwrap_or(text).to_owned())
}

fn read_channel(text: &str) -> Result<Channel, Invalid> {
    match text.to_lowercase().as_str() {
        "email" | "e-mail" | "mail" => Ok(Channel::Email),
        "sms" | "text" | "phone" => Ok(Channel::Sms),
        _ => Err(Invalid::new("channel", "unknown_word", "Use one of email, sms.")),
    }
}

fn read_status(text: &str) -> Result<SuppressionStatus, Invalid> {
    match text.to_lowercase().as_str() {
        "no" | "unsubscribed" | "opted out" | "opt-out" => Ok(SuppressionStatus::No),
        "yes" | "subscribed" | "opted in" | "opt-in" => Ok(SuppressionStatus::Yes),
        _ => Err(Invalid::new("status", "unknown_word", "Use one of yes, no.")),
    }
}

/// A time with its zone, or a day, which begins as it does in Greenwich.
fn read_time(text: &str) -> Result<Timestamp, Invalid> {
    let day = || text.parse::<Date>().ok()?.to_zoned(TimeZone::UTC).ok().map(|day| day.timestamp());
    text.parse().ok().or_else(day).ok_or_else(|| {
        Invalid::new(
            "at",
            "invalid_time",
            "Use a time with its zone, as 2026-11-05T10:20:30Z, or a day, as 2026-11-05.",
        )
    })
}
