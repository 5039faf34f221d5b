#![doc = include_str!("../README.md")]

mod get_import;
mod import_view;
mod list_imports;
mod post_import;
pub mod worker;

use axum::extract::FromRef;
use domain::{
    access::Principal,
    id::{LeadImportId, SupplierRef},
};
use lambda::{
    Problem, StartError,
    aws::{Aws, warm},
    env,
    http::Function,
};
use store::{Identity, ImportBucket, LeadImport, Store};
use utoipa_axum::{router::OpenApiRouter, routes};

/// What the function holds while it is warm.
#[derive(Clone, Debug)]
pub struct App {
    /// The tables.
    pub store: Store,
    /// The key of cursors.
    pub identity: Identity,
    /// Where files come in, and results go.
    pub import_bucket: ImportBucket,
}

impl FromRef<App> for Store {
    fn from_ref(app: &App) -> Self {
        app.store.clone()
    }
}

impl Function for App {
    async fn start() -> Result<Self, StartError> {
        let aws = Aws::load().await;
        let secret = env::required(env::IDENTITY_SECRET_ARN)?;
        let (store, import_bucket) = (aws.store()?, aws.import_bucket()?);
        let (secret, ()) = tokio::join!(aws.secret(&secret), warm(store.warm()));
        Ok(Self { store, identity: Identity::new(secret?), import_bucket })
    }

    fn routes() -> OpenApiRouter<Self> {
        OpenApiRouter::new()
            .routes(routes!(list_imports::list_imports, post_import::post_import))
            .routes(routes!(get_import::get_import))
    }
}

/// Whose files a caller sees; none: everybody's.
///
/// # Errors
/// 403 for a buyer: files of leads are between the seller and its suppliers.
fn sees_imports_of(caller: &Principal) -> Result<Option<&SupplierRef>, Problem> {
    match caller {
        Principal::Seller => Ok(None),
        Principal::Supplier { sid } => Ok(Some(sid)),
        Principal::Buyer { .. } => {
            let detail = "Buyers receive leads; only suppliers and the seller send files of them.";
            Err(Problem::forbidden("suppliers_only", detail))
        }
    }
}

/// The file, if there is one that the caller sees.
async fn import_of(store: &Store, caller: &Principal, id: LeadImportId) -> Result<LeadImport, Problem> {
    let own = sees_imports_of(caller)?;
    let file = store.lead_import(id).await?.filter(|file| own.is_none_or(|sid| file.sid == *sid));
    file.ok_or_else(|| Problem::not_found("lead import"))
}
