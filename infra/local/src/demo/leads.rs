//! The leads of the demonstration, and how they are posted.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use url::form_urlencoded;

use super::api::Api;
use super::records::CAMPAIGN;
use crate::StackError;

/// One lead that a supplier posts.
#[derive(Debug)]
pub(super) struct DemoLead {
    /// Names the request, so that it brings in one lead however often it is sent.
    pub(super) once: &'static str,
    /// Who posts it.
    pub(super) sid: &'static str,
    encoding: Encoding,
    person: Person,
}

#[derive(Clone, Copy, Debug)]
enum Encoding {
    Json,
    Form,
}

/// The fields. E-mail addresses are of example.com (RFC 2606), phones of Ofcom's numbers for drama use (landlines,
/// as the numbering plan does not know the mobile ones): nobody has them.
#[derive(Debug, Serialize)]
struct Person {
    firstname: &'static str,
    lastname: &'static str,
    email: &'static str,
    phone1: &'static str,
    postcode: &'static str,
    homeowner: &'static str,
    roof_type: &'static str,
    monthly_bill: u32,
}

const ADA: Person = Person {
    firstname: "Ada",
    lastname: "Marsh",
    email: "ada.marsh@example.com",
    phone1: "0161 496 0101",
    postcode: "M1 1AE",
    homeowner: "yes",
    roof_type: "tiled",
    monthly_bill: 120,
};
const BEN: Person = Person {
    firstname: "Ben",
    lastname: "Okoro",
    email: "ben.okoro@example.com",
    phone1: "0117 496 0102",
    postcode: "BS1 4DJ",
    ..ADA
};
const CLEO: Person = Person {
    firstname: "Cleo",
    lastname: "Hart",
    email: "cleo.hart@example.com",
    phone1: "0131 496 0103",
    postcode: "EH1 1YZ",
    roof_type: "slate",
    ..ADA
};
const DEV: Person = Person {
    firstname: "Dev",
    lastname: "Anand",
    email: "dev.anand@example.com",
    phone1: "020 7946 0104",
    postcode: "EC1A 1BB",
    homeowner: "no",
    ..ADA
};
const ELIN: Person = Person {
    firstname: "Elin",
    lastname: "Price",
    email: "elin.price@example.com",
    phone1: "029 2018 0105",
    postcode: "CF10 1EP",
    roof_type: "flat",
    ..ADA
};
const FINN: Person = Person {
    firstname: "Finn",
    lastname: "Reid",
    email: "finn.reid@example.com",
    phone1: "0161 496",
    postcode: "M2 5DB",
    ..ADA
};

/// All of them, in the order in which they are posted.
pub(super) const LEADS: [DemoLead; 7] = [
    DemoLead { once: "demo-ada", sid: "sunleads", encoding: Encoding::Json, person: ADA },
    DemoLead { once: "demo-ben", sid: "sunleads", encoding: Encoding::Json, person: BEN },
    DemoLead { once: "demo-cleo", sid: "sunleads", encoding: Encoding::Json, person: CLEO },
    DemoLead { once: "demo-dev", sid: "rooftop", encoding: Encoding::Form, person: DEV },
    DemoLead { once: "demo-elin", sid: "rooftop", encoding: Encoding::Json, person: ELIN },
    DemoLead { once: "demo-ada-again", sid: "rooftop", encoding: Encoding::Json, person: ADA },
    DemoLead { once: "demo-finn", sid: "rooftop", encoding: Encoding::Json, person: FINN },
];

/// What the supplier was told.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Receipt {
    pub(super) lead_id: String,
    /// What is wrong with the fields.
    #[serde(default)]
    pub(super) errors: Vec<FieldFinding>,
}

/// One field that is wrong, and how.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct FieldFinding {
    pub(super) field: String,
    pub(super) detail: String,
}

impl DemoLead {
    /// Posts it as its supplier. A rejected lead has a receipt as well.
    pub(super) async fn post(&self, supplier: &Api) -> Result<Receipt, StackError> {
        let (content_type, body) = self.body();
        supplier.post_once("/v1/leads", self.once, content_type, body).await?.expect(&[201, 422])
    }

    fn body(&self) -> (&'static str, String) {
        let mut lead = json!(self.person);
        lead["campid"] = CAMPAIGN.into();
        lead["source"] = "demo".into();
        match self.encoding {
            Encoding::Json => ("application/json", lead.to_string()),
            Encoding::Form => ("application/x-www-form-urlencoded", form(&lead)),
        }
    }
}

fn form(lead: &Value) -> String {
    let mut form = form_urlencoded::Serializer::new(String::new());
    for (name, value) in lead.as_object().into_iter().flatten() {
        form.append_pair(name, value.as_str().map_or_else(|| value.to_string(), str::to_owned).as_str());
    }
    form.finish()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a failed step fails the test")]
mod tests {
    use std::collections::BTreeMap;

    use domain::campaign::Campaign;
    use domain::field::{FieldContext, check_fields};

    use super::*;
    use crate::demo::records::campaign;

    #[test]
    fn all_leads_but_the_one_with_half_a_phone_fit_the_campaign() {
        let campaign: Campaign = serde_json::from_value(campaign(&[])).unwrap();
        let ctx = FieldContext { country: campaign.country, today: "2026-01-01".parse().unwrap() };
        let problems = LEADS.map(|lead| {
            let person = serde_json::to_value(&lead.person).unwrap();
            let fields: BTreeMap<String, String> =
                form_urlencoded::parse(form(&person).as_bytes()).into_owned().collect();
            let found = check_fields(&campaign.fields, &fields, &ctx).err().unwrap_or_default();
            found.iter().map(|problem| format!("{} {}", problem.field, problem.code)).collect::<Vec<_>>().join(", ")
        });
        assert_eq!(problems, ["", "", "", "", "", "", "phone1 phone_too_short"]);
    }
}
