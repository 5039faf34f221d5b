//! Tables whose leads leave no stream of changes. With one, the emulator looks through all changes there have been for each that comes, and
//! nothing else would be measured.

use aws_sdk_dynamodb::types::StreamSpecification;
use store::test_tables::TestTables;

/// New ones.
pub(crate) async fn unstreamed() -> TestTables {
    let tables = TestTables::start().await;
    let none = StreamSpecification::builder().stream_enabled(false).build().unwrap();
    let update = tables.client().update_table().table_name(tables.tables().leads);
    update.stream_specification(none).send().await.unwrap();
    tables
}
