//! `POST /v1/lead-imports`: a place and a form for a file of leads.

use std::{collections::BTreeMap, time::Duration};

use axum::{Json, extract::State, http::StatusCode};
use domain::{
    access::Principal,
    campaign::Campaign,
    id::{CampaignRef, LeadImportId, SupplierRef},
    intake::may_post,
    lead_import::{DEFAULT_PER_MINUTE, ImportMapping, MAX_PER_MINUTE, mapping_problems},
    setup::Invalid,
    supplier::Supplier,
    time::rfc3339,
    words::one_line,
};
use lambda::{Problem, auth::Caller, body::ApiJson, problem::FieldError};
use serde::{Deserialize, Serialize};
use store::{ImportOrder, ImportWay, LeadImport, MAX_LEAD_IMPORT_BYTES, PresignedPost};
use utoipa::ToSchema;

use crate::{App, sees_imports_of};

/// Within which an upload has to begin.
const EXPIRES_IN: Duration = Duration::from_secs(15 * 60);
/// Most characters of a name.
const MAX_NAME: usize = 80;

/// A file of leads that is to be uploaded.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = LeadImportForm)]
pub(crate) struct ImportForm {
    /// The campaign that its leads are for.
    campid: CampaignRef,
    /// Whose leads they are, where the seller uploads them; a supplier's own without it.
    sid: Option<SupplierRef>,
    /// What the file is called, up to 80 characters on one line, such as `june.csv`.
    name: String,
    /// Which column is which field, by what its header says: `{"Handy": "phone1"}`. Columns that are not named here are fields by their
    /// names, or by names that are customary for them; up to 100.
    #[serde(default)]
    #[schema(value_type = BTreeMap<String, String>)]
    mapping: ImportMapping,
    /// Whether its leads are kept as tests: judged like all others, they go to nobody and earn nothing.
    #[serde(default)]
    test: bool,
    /// Whether its rows are only judged, and nothing is kept. Duplicates and caps are not looked for then.
    #[serde(default)]
    dry_run: bool,
    /// How many leads it may come to in a minute, from 1 to 6,000, so that buyers are not flooded; 600 without it.
    per_minute: Option<u32>,
}

/// How to upload a file of leads.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LeadImportUpload)]
pub(crate) struct UploadView {
    /// What the file is called from now on; `GET /v1/lead-imports/{id}` says how far it is.
    #[schema(value_type = String, example = "limp_01JCXV5A8M3Q4R5S6T7V8W9XYZ")]
    lead_import_id: LeadImportId,
    /// Where to `POST` the form to.
    url: String,
    /// The fields of the form, before its last one: `file`, with the bytes.
    fields: BTreeMap<String, String>,
    /// Within which the upload has to begin.
    expires_at: String,
    /// Most bytes that the file may have.
    max_bytes: u64,
}

/// Upload a file of leads
///
/// Answers with a form for the upload: `POST` its `fields`, and the file as the last field `file`, as `multipart/form-data` to `url`. Each
/// row below the header becomes a lead as by `POST /v1/leads`, with the method `import`, and is sold like any other; nobody waits for
/// that, also where the campaign sells live. CSV may have 512 MB and 2,000,000 lines, an XLSX workbook 10 MB. The same content once more
/// for the same campaign and mapping is `repeated`, unless the first was rejected, or one of the two is a test. What is sent again makes
/// another form; a file that never comes stays `awaiting`.
#[utoipa::path(
    post,
    path = "/v1/lead-imports",
    tag = "leads",
    request_body = ImportForm,
    responses((status = 201, body = UploadView), Problem),
    security(("key" = []))
)]
pub(crate) async fn post_import(
    State(app): State<App>,
    caller: Caller,
    ApiJson(form): ApiJson<ImportForm>,
) -> Result<(StatusCode, Json<UploadView>), Problem> {
    let sid = sid_of(&form, &caller.principal)?;
    let name = one_line("name", &form.name, MAX_NAME).map_err(|finding| Problem::invalid([finding]))?;
    let (campaign, supplier) = tokio::try_join!(
        app.store.cached::<Campaign>(form.campid.as_str()),
        app.store.cached::<Supplier>(sid.as_str()),
    )?;
    let campaign = match (campaign, supplier) {
        (Some(campaign), Some(supplier)) if may_post(&campaign, &supplier) => campaign,
        (_, _) => return Err(unknown_campaign(&form.campid, &sid)),
    };
    let (way, per_minute) = (way_of(&form)?, per_minute_of(&form)?);
    let problems = mapping_problems(&form.mapping, &campaign);
    if !problems.is_empty() {
        return Err(Problem::invalid(problems));
    }

    let (id, now) = (LeadImportId::from_ulid(lambda::new_draw()), lambda::now());
    let (campid, by, mapping) = (form.campid, caller.principal, form.mapping);
    let file = LeadImport::announced(id, ImportOrder { sid, campid, by, name, mapping, way, per_minute }, now);
    app.store.announce_lead_import(&file).await?;
    let max_bytes = MAX_LEAD_IMPORT_BYTES;
    let PresignedPost { url, fields, expires_at } =
        app.import_bucket.presign_upload(&file.path, max_bytes, now, EXPIRES_IN).await?;
    let view = UploadView { lead_import_id: id, url, fields, expires_at: rfc3339(expires_at), max_bytes };
    Ok((StatusCode::CREATED, Json(view)))
}

fn sid_of(form: &ImportForm, caller: &Principal) -> Result<SupplierRef, Problem> {
    match (sees_imports_of(caller)?, &form.sid) {
        (Some(own), None) => Ok(own.clone()),
        (Some(own), Some(named)) if own == named => Ok(own.clone()),
        (Some(_), Some(_)) => {
            Err(Problem::forbidden("other_supplier", "A supplier sends leads as itself; leave sid out."))
        }
        (None, Some(named)) => Ok(named.clone()),
        (None, None) => {
            Err(Problem::invalid([FieldError::new("sid", "required", "Name the supplier that the leads are from.")]))
        }
    }
}

fn way_of(form: &ImportForm) -> Result<ImportWay, Problem> {
    match (form.test, form.dry_run) {
        (false, false) => Ok(ImportWay::Real),
        (true, false) => Ok(ImportWay::Test),
        (false, true) => Ok(ImportWay::DryRun),
        (true, true) => {
            let detail = "A test keeps its leads, and a dry run keeps nothing; ask for one of them.";
            Err(Problem::invalid([Invalid::new("dry_run", "both", detail)]))
        }
    }
}

fn per_minute_of(form: &ImportForm) -> Result<u32, Problem> {
    let per_minute = form.per_minute.unwrap_or(DEFAULT_PER_MINUTE);
    if (1..=MAX_PER_MINUTE).contains(&per_minute) {
        return Ok(per_minute);
    }
    let detail = format!("Use a number from 1 to {MAX_PER_MINUTE}.");
    Err(Problem::invalid([Invalid::new("per_minute", "out_of_range", detail)]))
}

/// A campaign that is not there is answered like one that the supplier may not post into, so that nobody finds out which there are.
fn unknown_campaign(campid: &CampaignRef, sid: &SupplierRef) -> Problem {
    let detail = format!("There is no campaign {campid} that supplier {sid} may post into.");
    let finding = FieldError::new("campid", "unknown_campaign", detail.clone());
    Problem::unprocessable("unknown_reference", detail).with_errors([finding])
}
