//! What people call the columns of a file of returns.

use super::{Column, ReturnFileMapping, mapping::place_of};

/// What each column is called, folded. What stands in an earlier list says more, and takes the place of what is in a later one.
const NAMES: [(Column, &[&str]); 8] = [
    (
        Column::LeadId,
        &[
            "leadid leadidnumber volleyid volleyleadid",
            "leadnumber leadno leadnr leadref leadreference",
            "id lead recordid uid",
        ],
    ),
    (
        Column::Email,
        &[
            "email emailaddress mail mailaddress emailid email1 email2 customeremail leademail contactemail emailadresse courriel \
           adresseemail correo correoelectronico",
        ],
    ),
    (
        Column::Phone,
        &[
            "phone phonenumber phoneno phone1 phone2 phone3 telephone telephonenumber telephoneno telephone1 telephone2 tel telno \
           telnumber tel1 tel2 mobile mobilephone mobilenumber mobileno mobile1 mobile2 cell cellphone cellnumber landline \
           homephone workphone contactnumber contactphone customerphone leadphone msisdn ddi cli telefon telefonnummer handy \
           handynummer mobil mobiltelefon portable telefono movil celular telefoon",
        ],
    ),
    (
        Column::Reference,
        &[
            "ref reference yourref yourreference ourref ourreference myref myreference buyerref buyerreference buyersreference \
           buyerid buyerleadid referencenumber referenceno refno refnumber externalid externalref externalreference clientref \
           clientreference crmid crmref caseid caseref customerref customerreference referenz referenznummer referencia \
           riferimento referentie",
        ],
    ),
    (
        Column::Reason,
        &[
            "returnreason reasoncode returncode returnreasoncode reasonforreturn rejectionreason",
            "reason returnedfor why grund ruckgabegrund rueckgabegrund motif raison motivo",
            "code disposition outcome",
        ],
    ),
    (
        Column::Comment,
        &[
            "comment comments note notes remark remarks detail details returncomment returncomments returnnotes feedback kommentar \
           bemerkung bemerkungen notiz commentaire commentaires comentario comentarios nota notas",
        ],
    ),
    (
        Column::Date,
        &[
            "solddate datesold saledate dateofsale soldon soldat received receiveddate datereceived receivedat receivedon leaddate \
             dateoflead leadreceived purchasedate datepurchased delivereddate datedelivered deliverydate verkaufsdatum \
             eingangsdatum",
            "created createdat createddate datecreated timestamp datetime",
            "date datum fecha",
        ],
    ),
    (Column::Did, &["did deliveryid deliveryref deliveryreference"]),
];

/// The text by which names are compared: letters and digits alone, in lower case and without accents.
pub(crate) fn fold(text: &str) -> String {
    // Most cells are ASCII, and there are millions of them.
    if text.is_ascii() {
        let folded = text.bytes().filter(u8::is_ascii_alphanumeric).map(|sign| char::from(sign.to_ascii_lowercase()));
        return folded.collect();
    }
    folded(text).collect()
}

/// Whether a text is that folded one.
pub(super) fn folds_to(text: &str, other: &str) -> bool {
    folded(text).eq(other.chars())
}

fn folded(text: &str) -> impl Iterator<Item = char> {
    text.chars().flat_map(char::to_lowercase).map(plain).filter(|sign| sign.is_alphanumeric())
}

/// The letter without its accent, as far as European headers have them.
fn plain(letter: char) -> char {
    match letter {
        'à'..='å' => 'a',
        'ç' => 'c',
        'è'..='ë' => 'e',
        'ì'..='ï' => 'i',
        'ñ' => 'n',
        'ò'..='ö' | 'ø' => 'o',
        'ù'..='ü' => 'u',
        'ý' | 'ÿ' => 'y',
        // The combining accents of decomposed text are neither letters nor digits.
        other => other,
    }
}

/// What a header names by its usual names, and how much that says: 0 says most.
pub(super) fn named(header: &str) -> Option<(Column, usize)> {
    let header = fold(header);
    let rank = |names: &[&str]| names.iter().position(|rank| rank.split_whitespace().any(|name| name == header));
    NAMES.iter().find_map(|(column, names)| Some((*column, rank(names)?)))
}

/// What a header names in the buyer's own way.
pub(super) fn mapped(header: &str, mapping: &ReturnFileMapping) -> Option<Column> {
    let is_it = |name: &str| match fold(name) {
        // A name of nothing but signs is that very name.
        folded if folded.is_empty() => name.trim() == header.trim(),
        folded => place_of(name).is_none() && folded == fold(header),
    };
    mapping.columns.iter().find(|(_, name)| is_it(name)).map(|(column, _)| *column)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn headers_are_known_whatever_their_case_blanks_signs_and_accents() {
        for (header, column) in [
            ("LeadID", Column::LeadId),
            ("lead_id", Column::LeadId),
            ("Lead Id", Column::LeadId),
            ("id", Column::LeadId),
            ("E-Mail", Column::Email),
            ("email address", Column::Email),
            ("Téléphone", Column::Phone),
            ("Te\u{301}le\u{301}phone", Column::Phone),
            ("Phone #1", Column::Phone),
            ("MOBILE", Column::Phone),
            ("Your Ref.", Column::Reference),
            ("buyer-ref", Column::Reference),
            ("Return Reason", Column::Reason),
            ("code", Column::Reason),
            ("Notes:", Column::Comment),
            ("Sold date", Column::Date),
            ("Delivery ID", Column::Did),
        ] {
            assert_eq!(named(header).map(|(column, _)| column), Some(column), "{header}");
        }
        for header in [
            "",
            "Name",
            "Delivery",
            "Status",
            "Return date",
            "returned_at",
            "Amount",
            "lead_01JCXV5A8M3Q4R5S6T7V8W9XYZ",
        ] {
            assert_eq!(named(header), None, "{header}");
        }
    }

    #[test]
    fn every_name_is_folded_and_names_one_column() {
        let names: Vec<&str> =
            NAMES.iter().flat_map(|(_, ranks)| ranks.iter()).flat_map(|rank| rank.split_whitespace()).collect();
        for name in &names {
            assert_eq!(fold(name), **name);
        }
        assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), names.len());
    }
}
