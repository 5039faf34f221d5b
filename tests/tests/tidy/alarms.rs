//! Alarms: each watches what is written, rings for what is done, stands on the dashboard, and has its place in the runbook.

use std::collections::BTreeSet;

use serde_yaml_ng::Value;

use super::{calls::Store, iam::named, logical_id, read, rust_files, template, template_functions};

/// Every alarm: its name, and its part of the template.
fn alarms() -> Vec<(String, Value)> {
    let template = template();
    let resources = template["Resources"].as_mapping().unwrap().iter();
    let alarms = resources.filter(|(_, resource)| resource["Type"] == "AWS::CloudWatch::Alarm");
    alarms.map(|(name, alarm)| (name.as_str().unwrap().to_owned(), alarm["Properties"].clone())).collect()
}

/// What an alarm watches: one metric, or those that its expression is made of.
fn watched(alarm: &Value) -> Vec<&Value> {
    let several = alarm["Metrics"].as_sequence();
    let metrics = several.into_iter().flatten().map(|metric| &metric["MetricStat"]["Metric"]);
    let metrics: Vec<&Value> = metrics.filter(|metric| !metric.is_null()).collect();
    if metrics.is_empty() { vec![alarm] } else { metrics }
}

fn dimension<'v>(metric: &'v Value, name: &str) -> &'v Value {
    let dimensions = metric["Dimensions"].as_sequence().unwrap();
    &dimensions.iter().find(|dimension| dimension["Name"] == name).unwrap()["Value"]
}

/// Whether an alarm watches this metric of Lambda's for a function.
fn watches(alarm: &Value, metric: &str, function: &str) -> bool {
    watched(alarm).into_iter().any(|one| {
        one["MetricName"] == metric
            && one["Namespace"] == "AWS/Lambda"
            && named(dimension(one, "FunctionName")) == logical_id(function)
    })
}

#[test]
fn every_alarm_has_a_section_of_the_runbook_and_a_place_on_the_dashboard() {
    let (runbook, dashboard) = (read("infra/RUNBOOK.md"), read("infra/template.yaml"));
    let headings = runbook.lines().filter_map(|line| line.strip_prefix("### "));
    let named: Vec<&str> = headings.flat_map(|heading| heading.split(", ")).collect();
    let alarms: BTreeSet<String> = alarms().into_iter().map(|(name, _)| name).collect();
    assert_eq!(named.iter().map(|name| (*name).to_owned()).collect::<BTreeSet<_>>(), alarms);
    assert_eq!(named.len(), alarms.len(), "none has two sections");
    let unseen: Vec<_> = alarms.iter().filter(|name| !dashboard.contains(&format!("\"${{{name}.Arn}}\""))).collect();
    assert!(unseen.is_empty(), "{unseen:?}");
}

#[test]
fn the_runbook_looks_for_traces_in_the_logs_of_every_function() {
    let runbook = read("infra/RUNBOOK.md");
    let named = runbook.split("FUNCTIONS=\"").nth(1).unwrap().split('"').next().unwrap();
    let named: BTreeSet<String> = named.split(' ').map(|name| format!("{name}Function")).collect();
    assert_eq!(named, template_functions().iter().map(|(function, _)| logical_id(function)).collect());
    assert_eq!(runbook.matches("for f in $FUNCTIONS; do").count(), 2, "by correlation id, and by key");
}

#[test]
fn every_function_has_an_alarm_for_its_errors_and_one_for_its_silence_if_a_clock_or_a_stream_calls_it() {
    let alarms = alarms();
    for (function, resource) in template_functions() {
        assert!(alarms.iter().any(|(_, alarm)| watches(alarm, "Errors", &function)), "{function}");
        let is_silent = |alarm: &Value| {
            // A sweep tells that it came to its end; that says more than that it was begun.
            let told = function == "sweeper" && alarm["MetricName"] == "sweep_ms";
            told || watches(alarm, "Invocations", &function)
        };
        let silent = alarms.iter().find(|(name, alarm)| name.ends_with("SilentAlarm") && is_silent(alarm));
        let is_scheduled = !resource["Properties"]["Events"].is_null();
        assert_eq!(silent.is_some(), is_scheduled || function == "rollup", "{function}");
        // Who is called by what happens is silent as long as nothing does.
        let missing = silent.map(|(_, alarm)| alarm["TreatMissingData"] == "breaching");
        assert_eq!(missing.unwrap_or(false), is_scheduled, "{function}");
    }
}

#[test]
fn everything_that_the_store_does_with_a_table_is_watched_for_throttling_once_and_nothing_else_is() {
    let alarms = alarms();
    let metrics = alarms.iter().flat_map(|(_, alarm)| watched(alarm));
    let throttled: Vec<(String, String)> = metrics
        .filter(|metric| metric["MetricName"] == "ThrottledRequests")
        .map(|metric| {
            let operation = dimension(metric, "Operation").as_str().unwrap().to_owned();
            (operation, named(dimension(metric, "TableName")))
        })
        .collect();
    assert_eq!(throttled.iter().cloned().collect::<BTreeSet<_>>(), Store::operations());
    assert_eq!(throttled.len(), Store::operations().len(), "none is watched twice");
}

#[test]
fn the_dashboard_shows_every_metric_and_alarms_watch_none_that_is_not_written() {
    let dashboard = read("infra/template.yaml");
    let known: BTreeSet<&str> = lambda::metrics::ALL.iter().map(|(name, ..)| *name).collect();
    for name in &known {
        assert!(dashboard.contains(&format!("[\"${{AWS::StackName}}\", \"{name}\"")), "{name} is not shown");
    }
    let alarms = alarms();
    let own =
        alarms.iter().flat_map(|(_, alarm)| watched(alarm)).filter(|metric| metric["Namespace"].as_str().is_none());
    for metric in own {
        assert!(known.contains(metric["MetricName"].as_str().unwrap()), "nobody writes {metric:?}");
    }
}

#[test]
fn what_is_counted_is_on_the_list_of_metrics_and_what_is_on_it_is_counted() {
    let counting = rust_files().into_iter().filter(|(name, _)| {
        let is_code = ["functions/", "shared/"].iter().any(|folder| name.starts_with(folder));
        is_code && !name.contains("/tests") && name != "shared/lambda/src/metrics.rs"
    });
    let code: String = counting.map(|(_, text)| text).collect();
    for (name, ..) in lambda::metrics::ALL {
        assert!(code.contains(&format!("\"{name}\"")), "nobody counts {name}");
    }
    for call in ["counter!(\"", "histogram!(\""] {
        for name in code.split(call).skip(1).map(|rest| rest.split('"').next().unwrap()) {
            assert!(lambda::metrics::ALL.iter().any(|(known, ..)| *known == name), "{name} is not on the list");
        }
    }
}
