//! Notices: what the seller is told.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use store::Notice;
use tests::World;

#[tokio::test]
async fn the_seller_reads_notices_newest_first_page_by_page_and_nobody_else_does() {
    let world = World::new().await;
    let did = world.reference("d1");
    let now = lambda::now();
    let ago = |minutes: i64| now - SignedDuration::from_mins(minutes);
    let pause = |begun: Timestamp| Notice::delivery_paused(&did.parse().unwrap(), begun, ago(-1), 10);
    for notice in [pause(ago(3)), pause(ago(5)), pause(ago(3)), pause(ago(4))] {
        world.deployment.store().put_notice(&notice).await.unwrap();
    }

    // Other tests may have things happen meanwhile.
    let (mut own, mut path): (Vec<Value>, _) = (Vec::new(), "/v1/notices?limit=2".to_owned());
    loop {
        let page = world.read_as(&world.deployment.first_key(), &path).await.expect(200).json;
        own.extend(page["items"].as_array().unwrap().iter().filter(|item| item["did"] == did.as_str()).cloned());
        let Some(cursor) = page["next_cursor"].as_str() else { break };
        path = format!("/v1/notices?limit=2&cursor={cursor}");
    }
    let times: Vec<&Value> = own.iter().map(|notice| &notice["at"]).collect();
    let expected = [3, 4, 5].map(|minutes| json!(domain::time::rfc3339(ago(minutes))));
    assert_eq!(times, expected.iter().collect::<Vec<_>>(), "{own:#?}");
    assert!(own.iter().all(|notice| notice["kind"] == "delivery_paused" && notice["lead_id"].is_null()));

    world.read_as(world.supplier_key(), "/v1/notices").await.expect(403);
    // `x#y`, which stands nowhere in the list.
    let refused = world.read_as(&world.deployment.first_key(), "/v1/notices?cursor=eCN5").await.expect(400);
    assert_eq!(refused.json["errors"][0]["code"], "invalid_cursor");
}
