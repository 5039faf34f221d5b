//! The template lets each function do what its code does, and nothing else; and its alarms watch what is done.

use std::collections::BTreeSet;

use serde_yaml_ng::Value;

use super::{
    calls::{Permission, Store, reads_a_secret},
    template, template_functions,
};

/// What Lambda does for a function that a queue calls.
const OF_A_CONSUMER: [&str; 3] = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"];

#[test]
fn functions_are_allowed_exact_actions_on_exact_resources() {
    for (package, resource) in template_functions() {
        let policies = serde_yaml_ng::to_string(&resource["Properties"]["Policies"]).unwrap();
        assert!(!policies.contains("Scan"), "{package} may scan");
        for line in policies.lines().map(str::trim) {
            let is_wild = line.ends_with(":*") || line == "- '*'" || line == "Resource: '*'" || line == "Action: '*'";
            assert!(!is_wild, "{package}: {line}");
        }
    }
}

#[test]
fn functions_are_allowed_what_their_code_does_and_nothing_else() {
    let store = Store::read();
    for (package, resource) in template_functions() {
        let mut done = store.permissions(&package);
        done.extend(secrets(&package, &resource));
        done.extend(consumed_by(&package));
        let allowed = allowed(&resource);
        let missing: Vec<_> = done.difference(&allowed).collect();
        let superfluous: Vec<_> = allowed.difference(&done).collect();
        assert!(
            missing.is_empty() && superfluous.is_empty(),
            "{package}: does what it may not {missing:?}, may what it does not {superfluous:?}"
        );
        assert!(!done.is_empty(), "{package} does something");
    }
}

#[test]
fn every_write_of_the_store_has_an_alarm_for_its_throttling_and_every_such_alarm_a_write() {
    let template = template();
    let resources = template["Resources"].as_mapping().unwrap();
    let alarms = resources.values().filter(|resource| resource["Properties"]["MetricName"] == "ThrottledRequests");
    let watched: Vec<(String, String)> = alarms
        .map(|alarm| {
            let dimensions = alarm["Properties"]["Dimensions"].as_sequence().unwrap();
            let value = |name: &str| &dimensions.iter().find(|dimension| dimension["Name"] == name).unwrap()["Value"];
            (value("Operation").as_str().unwrap().to_owned(), named(value("TableName")))
        })
        .collect();
    assert_eq!(watched.iter().cloned().collect::<BTreeSet<_>>(), Store::writes());
    assert_eq!(watched.len(), Store::writes().len(), "none is watched twice");
}

/// The policies of a function, one action and resource at a time.
fn allowed(function: &Value) -> BTreeSet<Permission> {
    let policies = function["Properties"]["Policies"].as_sequence().unwrap();
    let statements = policies.iter().flat_map(|policy| policy["Statement"].as_sequence().unwrap());
    let mut allowed = BTreeSet::new();
    for statement in statements {
        assert_eq!(statement["Effect"], "Allow");
        for action in list(&statement["Action"]) {
            for resource in list(&statement["Resource"]) {
                let permission = (action.as_str().unwrap().to_owned(), named(resource));
                assert!(allowed.insert(permission.clone()), "{permission:?} is allowed twice");
            }
        }
    }
    allowed
}

/// The secrets that a function is told of, if it reads any.
fn secrets(package: &str, function: &Value) -> Vec<Permission> {
    let variables = function["Properties"]["Environment"]["Variables"].as_mapping().unwrap();
    let secrets = variables.iter().filter(|(name, _)| name.as_str().unwrap().ends_with("_SECRET_ARN"));
    let reads = reads_a_secret(package);
    let read = |(_, value): (&Value, &Value)| ("secretsmanager:GetSecretValue".to_owned(), named(value));
    secrets.filter(|_| reads).map(read).collect()
}

/// What Lambda reads for a function, from the queues that call it.
fn consumed_by(package: &str) -> Vec<Permission> {
    let template = template();
    let resources = template["Resources"].as_mapping().unwrap();
    let mappings = resources.values().filter(|resource| resource["Type"] == "AWS::Lambda::EventSourceMapping");
    let own = mappings
        .map(|mapping| &mapping["Properties"])
        .filter(|mapping| named(&mapping["FunctionName"]).trim_end_matches("Function").to_lowercase() == package);
    let permissions = own.flat_map(|mapping| {
        let queue = named(&mapping["EventSourceArn"]);
        OF_A_CONSUMER.map(|action| (action.to_owned(), queue.clone()))
    });
    permissions.collect()
}

fn list(value: &Value) -> Vec<&Value> {
    value.as_sequence().map_or_else(|| vec![value], |list| list.iter().collect())
}

/// The resource that a value of the template stands for: `!GetAtt X.Arn` and `!Ref X` are `X`, `!Sub "${X.Arn}/y"` is `X/y`.
fn named(value: &Value) -> String {
    let Value::Tagged(tagged) = value else { panic!("{value:?} names no resource of the template") };
    tagged.value.as_str().unwrap().replace("${", "").replace(".Arn}", "").trim_end_matches(".Arn").to_owned()
}
