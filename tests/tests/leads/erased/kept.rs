//! Everything that is kept on the deployed template, to be looked through.

use std::collections::BTreeSet;

use aws_sdk_s3::types::{DeleteMarkerEntry, ObjectVersion};
use tests::Deployment;

use super::known::Person;
use crate::tidy::template;

/// The folders in which files that people have sent, or asked for, stay when somebody of them is erased, with the days after which
/// `infra/template.yaml` ends them and what was put in their place.
pub(super) const ENDS_BY_ITSELF: [(&str, (u64, u64)); 4] =
    [("lead-exports", (7, 1)), ("lead-imports", (30, 21)), ("outgoing", (90, 1)), ("returns", (30, 21))];

/// All of it.
pub(super) struct Kept {
    /// All rows of all tables and of their indexes.
    pub(super) tables: String,
    /// All messages of all queues: those that wait, that somebody works on, and that are dead.
    pub(super) messages: String,
    /// All that functions have logged.
    logs: String,
    /// All versions of all objects of all buckets, by their keys.
    objects: Vec<(String, String)>,
}

impl Kept {
    pub(super) async fn now() -> Self {
        let deployment = Deployment::get().await;
        let mut objects = Vec::new();
        for bucket in deployment.s3().list_buckets().send().await.unwrap().buckets.unwrap_or_default() {
            objects.extend(versions(deployment, &bucket.name.unwrap()).await);
        }
        let (tables, messages) = (deployment.store().everything().await, deployment.messages().await);
        Self { tables, messages, logs: deployment.logs(), objects }
    }

    /// What nothing may be left in, whatever it is.
    pub(super) fn texts(&self) -> [(&'static str, &str); 3] {
        [("tables and indexes", &self.tables), ("queues", &self.messages), ("logs", &self.logs)]
    }

    /// The objects in which somebody is found, by their keys.
    pub(super) fn files_of(&self, person: &Person) -> BTreeSet<&str> {
        let own = self.objects.iter().filter(|(key, text)| person.found_in(key) + person.found_in(text) > 0);
        own.map(|(key, _)| key.as_str()).collect()
    }
}

async fn versions(deployment: &Deployment, bucket: &str) -> Vec<(String, String)> {
    let (s3, mut all) = (deployment.s3(), Vec::new());
    let (mut key_marker, mut version_marker) = (None, None);
    loop {
        let page = s3.list_object_versions().bucket(bucket);
        let page = page.set_key_marker(key_marker).set_version_id_marker(version_marker).send().await.unwrap();
        for ObjectVersion { key, version_id, .. } in page.versions.unwrap_or_default() {
            let key = key.unwrap();
            let got = s3.get_object().bucket(bucket).key(&key).set_version_id(version_id).send().await;
            // Another test may have removed it since.
            let Ok(got) = got else { continue };
            let bytes = got.body.collect().await.unwrap().into_bytes();
            all.push((key, String::from_utf8_lossy(&bytes).into_owned()));
        }
        let gone = page.delete_markers.unwrap_or_default().into_iter();
        all.extend(gone.filter_map(|DeleteMarkerEntry { key, .. }| Some((key?, String::new()))));
        if page.is_truncated != Some(true) {
            return all;
        }
        (key_marker, version_marker) = (page.next_key_marker, page.next_version_id_marker);
    }
}

#[test]
fn what_people_have_sent_or_asked_for_ends_when_it_is_said_to() {
    let rules = &template()["Resources"]["FilesBucket"]["Properties"]["LifecycleConfiguration"]["Rules"];
    for (folder, days) in ENDS_BY_ITSELF {
        let rule = rules.as_sequence().unwrap().iter().find(|rule| rule["Prefix"] == format!("{folder}/").as_str());
        let rule = rule.unwrap_or_else(|| panic!("no rule ends {folder}"));
        assert_eq!(rule["Status"], "Enabled");
        let later = &rule["NoncurrentVersionExpiration"]["NoncurrentDays"];
        assert_eq!((rule["ExpirationInDays"].as_u64().unwrap(), later.as_u64().unwrap()), days, "{folder}");
    }
}
