//! The API with suppliers and buyers.

use domain::{buyer::Buyer, settings::Settings, supplier::Supplier};
use lambda::test_api::{Api, identity};
use reports::App;
use serde_json::json;
use store::{Saved, test_tables::TestTables};

/// Over new tables, called by the seller, with suppliers `s1` and `s2`, buyer `b1` who pays first, and `b2` who is sent
/// bills. The account's days are London's.
pub(crate) async fn start() -> Api {
    let tables = TestTables::start().await;
    let app = App { store: tables.store(), identity: identity() };
    let api = Api::with_callers(tables, app).await;
    let settings = Settings { name: "Agency".to_owned(), time_zone: "Europe/London".to_owned(), ..Settings::default() };
    assert!(matches!(api.store().save_settings(settings, None).await.unwrap(), Saved::Done(_)));
    for sid in ["s1", "s2"] {
        api.save::<Supplier>(json!({ "sid": sid, "name": "Acme Media" })).await;
    }
    let credit = json!({ "kind": "prepaid", "currency": "GBP" });
    api.save::<Buyer>(json!({ "bid": "b1", "name": "Bright Solar", "credit": credit })).await;
    api.save::<Buyer>(json!({ "bid": "b2", "name": "Warm Homes" })).await;
    api
}
