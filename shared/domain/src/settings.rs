//! The account's settings: whose installation this is, and in which zone its days begin and end.

use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    access::Principal,
    buyer::check_reasons,
    money::Currency,
    notice::Ways,
    setup::{Invalid, check_name},
    zone::{UnknownZone, Zone},
};

/// The account that runs this installation. One deployment serves one agency.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The agency's name, as shown to people.
    pub name: String,
    /// IANA time zone in which days are counted and times are shown, such as `Europe/London`.
    pub time_zone: String,
    /// ISO 4217 code that new campaigns start with.
    pub currency: Currency,
    /// The codes that a return may give as its reason, where its buyer's own terms name none: at most 20.
    #[serde(default = "usual_reasons")]
    pub return_reasons: Vec<String>,
    /// Where the seller is told of what it should know; none: it is only listed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notify: Option<Ways>,
}

/// What people of this trade return leads for.
fn usual_reasons() -> Vec<String> {
    let usual =
        ["DNCC", "DUPE", "INVALID_PHONE", "INVALID_EMAIL", "WRONG_PERSON", "NOT_INTERESTED", "OUT_OF_AREA", "OTHER"];
    usual.map(str::to_owned).to_vec()
}

/// What holds before anybody has chosen.
impl Default for Settings {
    fn default() -> Self {
        Self {
            name: "Volley".to_owned(),
            time_zone: "UTC".to_owned(),
            currency: Currency::GBP,
            return_reasons: usual_reasons(),
            notify: None,
        }
    }
}

impl Settings {
    /// Says what is wrong with these settings, field by field.
    pub fn check(&self) -> Vec<Invalid> {
        let mut found = Vec::new();
        check_name(&self.name, &mut found);
        if let Err(unknown) = self.zone() {
            found.push(Invalid::new("time_zone", unknown.code(), unknown.to_string()));
        }
        check_reasons("return_reasons", &self.return_reasons, &mut found);
        if let Some(ways) = &self.notify {
            ways.check(&Principal::Seller, &mut found);
        }
        found
    }

    /// The zone's rules.
    ///
    /// # Errors
    /// The database has no zone of that name.
    pub fn zone(&self) -> Result<TimeZone, UnknownZone> {
        self.time_zone.parse::<Zone>().map(|zone| zone.timezone().clone())
    }
}
