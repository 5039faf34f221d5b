//! What people call the columns of a file of leads, beside the names of the fields.

use crate::{campaign::Campaign, field::CUSTOMARY_FIELDS, return_file::header::fold};

use super::SSID;

/// What a field is called, folded. The first field of a name that has none of that name itself.
const SYNONYMS: [(&str, &str); 18] = [
    ("title", "salutation honorific nameprefix"),
    ("firstname", "first givenname forename fname christianname customerfirstname"),
    ("lastname", "last surname familyname lname secondname customerlastname"),
    ("email", "emailaddress mail mailaddress emailid email1 customeremail contactemail leademail"),
    (
        "phone1",
        "phone phonenumber phoneno telephone telephonenumber telephoneno telephone1 tel tel1 telno telnumber mobile mobilephone \
         mobilenumber mobileno cell cellphone cellnumber contactnumber contactphone primaryphone customerphone leadphone",
    ),
    ("phone2", "telephone2 tel2 phonenumber2 secondphone secondaryphone alternativephone altphone homephone landline"),
    ("phone3", "telephone3 tel3 phonenumber3 workphone"),
    ("street1", "street address address1 addressline1 streetaddress addr1"),
    ("street2", "address2 addressline2 addr2"),
    ("towncity", "town city townorcity posttown"),
    ("county", "state province region"),
    ("postcode", "postalcode zip zipcode postzip"),
    ("country", "countrycode"),
    ("dob", "dateofbirth birthdate birthday"),
    ("gender", "sex"),
    ("ipaddress", "ip ipaddr"),
    ("source", "leadsource subid"),
    (SSID, "subsupplier subsupplierid"),
];

/// How close a header is to the name of a field: the smaller, the closer.
pub(super) type Closeness = u8;

/// The field that a header means in a campaign, and how close its name is.
pub(super) fn named(header: &str, campaign: &Campaign) -> Option<(String, Closeness)> {
    let plain = header.trim().to_lowercase();
    if let Some(field) = fields(campaign).find(|field| *field == plain) {
        return Some((field.to_owned(), 0));
    }
    let folded = fold(header);
    if folded.is_empty() {
        return None;
    }
    if let Some(field) = fields(campaign).find(|field| fold(field) == folded) {
        return Some((field.to_owned(), 1));
    }
    // Of several names of one field, those that come first say more.
    SYNONYMS.iter().find_map(|(field, names)| {
        let rank = names.split_whitespace().position(|name| name == folded)?;
        Some(((*field).to_owned(), u8::try_from(rank + 2).unwrap_or(u8::MAX)))
    })
}

/// All that a column can be: the campaign's own fields before the customary ones.
pub(super) fn fields(campaign: &Campaign) -> impl Iterator<Item = &str> {
    let own = campaign.fields.iter().map(|rule| rule.name.as_str());
    own.chain(CUSTOMARY_FIELDS.iter().copied()).chain([SSID])
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_synonym_is_folded_means_one_field_and_is_no_field_itself() {
        let names: Vec<&str> = SYNONYMS.iter().flat_map(|(_, names)| names.split_whitespace()).collect();
        for name in &names {
            assert_eq!(fold(name), **name);
            assert!(!CUSTOMARY_FIELDS.contains(name), "{name}");
        }
        assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), names.len());
    }

    #[test]
    fn every_field_with_synonyms_is_customary_or_the_sub_supplier() {
        for (field, _) in SYNONYMS {
            assert!(CUSTOMARY_FIELDS.contains(&field) || field == SSID, "{field}");
        }
    }
}
