//! The store on an in-process DynamoDB.
