//! What the OpenAPI document says of the kinds. Derived, it would put the tag beside an object that allows nothing else.

use utoipa::{
    PartialSchema, ToSchema,
    openapi::{
        ObjectBuilder, OneOfBuilder, RefOr, Schema,
        schema::{SchemaType, Type},
    },
};

use super::{Channel, EmailChannel, FileChannel, HttpChannel, L2lChannel, StoreChannel, TransferChannel};

impl PartialSchema for Channel {
    fn schema() -> RefOr<Schema> {
        OneOfBuilder::new()
            .description(Some("How a delivery hands a lead over."))
            .item(tagged::<HttpChannel>("http"))
            .item(tagged::<StoreChannel>("store"))
            .item(tagged::<EmailChannel>("email"))
            .item(tagged::<FileChannel>("file"))
            .item(tagged::<TransferChannel>("transfer"))
            .item(tagged::<L2lChannel>("l2l"))
            .into()
    }
}

impl ToSchema for Channel {
    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        HttpChannel::schemas(schemas);
        StoreChannel::schemas(schemas);
        EmailChannel::schemas(schemas);
        FileChannel::schemas(schemas);
        TransferChannel::schemas(schemas);
        L2lChannel::schemas(schemas);
    }
}

/// The object of a kind, with its tag among its members.
fn tagged<T: ToSchema>(kind: &str) -> RefOr<Schema> {
    let schema = T::schema();
    let RefOr::T(Schema::Object(mut object)) = schema else { return schema };
    let tag = ObjectBuilder::new().schema_type(SchemaType::Type(Type::String)).enum_values(Some([kind])).build();
    object.properties.insert("kind".to_owned(), RefOr::T(Schema::Object(tag)));
    object.required.push("kind".to_owned());
    RefOr::T(Schema::Object(object))
}
