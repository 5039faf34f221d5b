//! The real SAM template, changed only where this machine is not AWS: where the code lies, the API's id, and what alarms watch.

use std::path::Path;

use serde_yaml_ng::{Mapping, Value};

use crate::StackError;
use crate::workspace::FUNCTIONS;

/// The id that the HTTP API gets, so that its URL stays the same from start to start.
pub(crate) const API_ID: &str = "volley";

/// Reads the template, and returns it with each function's `CodeUri` as given by `code_uri(function)`.
pub(crate) fn localised(path: &Path, code_uri: impl Fn(&str) -> String) -> Result<String, StackError> {
    let text = std::fs::read_to_string(path).map_err(StackError::file(path))?;
    let mut template: Value = serde_yaml_ng::from_str(&text).map_err(invalid)?;
    for function in FUNCTIONS {
        let properties = properties(&mut template, &logical_id(function))?;
        properties.insert("CodeUri".into(), code_uri(function).into());
    }
    let tags = Mapping::from_iter([("ms-custom-id".into(), API_ID.into())]);
    properties(&mut template, "HttpApi")?.insert("Tags".into(), tags.into());
    let resources = template.get_mut("Resources").and_then(Value::as_mapping_mut);
    resources.into_iter().flat_map(Mapping::values_mut).for_each(watch_one_metric);
    serde_yaml_ng::to_string(&template).map_err(invalid)
}

/// The emulator computes no alarm, but refuses those over more than one metric: they are given the first of theirs.
fn watch_one_metric(resource: &mut Value) {
    let Some(properties) = resource.get_mut("Properties").and_then(Value::as_mapping_mut) else { return };
    let Some(Value::Sequence(metrics)) = properties.remove("Metrics") else { return };
    let Some(first) = metrics.iter().find_map(|metric| metric.get("MetricStat")) else { return };
    let named = first["Metric"].as_mapping().into_iter().flatten();
    properties.extend(named.map(|(name, value)| (name.clone(), value.clone())));
    properties.insert("Statistic".into(), first["Stat"].clone());
    properties.insert("Period".into(), first["Period"].clone());
}

/// `ingest` is `IngestFunction` in the template, and `delivery-api` is `DeliveryApiFunction`.
fn logical_id(function: &str) -> String {
    let capitalised = |word: &str| {
        let (first, rest) = word.split_at(1);
        first.to_uppercase() + rest
    };
    format!("{}Function", function.split('-').map(capitalised).collect::<String>())
}

fn properties<'t>(template: &'t mut Value, resource: &str) -> Result<&'t mut Mapping, StackError> {
    template
        .get_mut("Resources")
        .and_then(|resources| resources.get_mut(resource))
        .and_then(|resource| resource.get_mut("Properties"))
        .and_then(Value::as_mapping_mut)
        .ok_or_else(|| StackError::Template(format!("there is no resource {resource} with properties")))
}

fn invalid(error: serde_yaml_ng::Error) -> StackError {
    StackError::Template(error.to_string())
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a failed step fails the test")]
mod tests {
    use super::*;
    use crate::workspace::Workspace;

    fn real_template() -> Value {
        let path = Workspace::find().unwrap().template();
        serde_yaml_ng::from_str(&localised(&path, |name| format!("s3://bucket/{name}.zip")).unwrap()).unwrap()
    }

    #[test]
    fn every_function_of_the_template_gets_its_own_code() {
        let template = real_template();
        let functions = template["Resources"].as_mapping().unwrap().values();
        let mut uris: Vec<_> = functions
            .filter(|resource| resource["Type"] == "AWS::Serverless::Function")
            .map(|resource| resource["Properties"]["CodeUri"].as_str().unwrap().to_owned())
            .collect();
        uris.sort();
        let mut expected = FUNCTIONS.map(|name| format!("s3://bucket/{name}.zip"));
        expected.sort();
        assert_eq!(uris, expected);
    }

    #[test]
    fn every_alarm_watches_one_metric() {
        let template = real_template();
        let alarms = template["Resources"].as_mapping().unwrap().iter();
        for (name, alarm) in alarms.filter(|(_, resource)| resource["Type"] == "AWS::CloudWatch::Alarm") {
            let properties = &alarm["Properties"];
            assert!(properties["MetricName"].is_string() && properties["Metrics"].is_null(), "{name:?}");
            assert!(properties["Period"].is_number() && properties["Statistic"].is_string(), "{name:?}");
        }
    }

    #[test]
    fn intrinsic_functions_survive() {
        let template = real_template();
        let Value::Tagged(reference) = &template["Outputs"]["LeadsTableName"]["Value"] else {
            unreachable!("the output is not a reference any more");
        };
        assert_eq!((reference.tag.to_string(), &reference.value), ("!Ref".to_owned(), &Value::from("LeadsTable")));
    }
}
