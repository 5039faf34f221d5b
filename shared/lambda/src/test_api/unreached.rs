//! Clients of AWS that have all they sign with, and ask nobody.

use aws_sdk_s3::config::{BehaviorVersion, Credentials, Region, SharedCredentialsProvider};

const REGION: &str = "eu-west-2";

/// Credentials that are nobody's.
pub fn credentials() -> SharedCredentialsProvider {
    SharedCredentialsProvider::new(Credentials::new("test", "test", None, None, "tests"))
}

pub(super) fn region() -> Region {
    Region::new(REGION)
}

/// A client of buckets that nobody reaches: forms and links for them are signed all the same.
pub fn s3() -> aws_sdk_s3::Client {
    let config = aws_sdk_s3::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(region())
        .credentials_provider(credentials())
        .build();
    aws_sdk_s3::Client::from_conf(config)
}
