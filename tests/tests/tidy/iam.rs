//! The template lets each function do what its code does, and nothing else.

use std::collections::BTreeSet;

use domain::{access::Principal, setup::Kind};
use serde_yaml_ng::Value;
use store::keys;

use super::{
    calls::{Permission, SENDERS, Store, code_of, reads_a_secret},
    logical_id, template, template_functions, variables,
};

/// What Lambda does for a function that a queue calls.
const OF_A_CONSUMER: [&str; 3] = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"];
/// What Lambda does for a function that a stream calls.
const OF_A_READER: [&str; 4] =
    ["dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator", "dynamodb:ListStreams"];

#[test]
fn functions_are_allowed_exact_actions_on_exact_resources() {
    for (function, resource) in template_functions() {
        let policies = serde_yaml_ng::to_string(&resource["Properties"]["Policies"]).unwrap();
        assert!(!policies.contains("Scan"), "{function} may scan");
        for line in policies.lines().map(str::trim) {
            let is_wild = line.ends_with(":*") || line == "- '*'" || line == "Resource: '*'" || line == "Action: '*'";
            assert!(!is_wild, "{function}: {line}");
        }
    }
}

#[test]
fn functions_are_allowed_what_their_code_does_and_nothing_else() {
    let store = Store::read();
    let mut wrong = Vec::new();
    for (function, resource) in template_functions() {
        let mut done = store.permissions(&function);
        done.extend(secrets(&function, &resource));
        done.extend(consumed_by(&function));
        let allowed = allowed(&resource);
        assert!(!done.is_empty(), "{function} does something");
        wrong.extend(done.difference(&allowed).map(|missing| format!("{function} does what it may not: {missing:?}")));
        wrong.extend(allowed.difference(&done).map(|idle| format!("{function} may what it does not: {idle:?}")));
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn functions_are_told_the_tables_that_their_code_touches() {
    let store = Store::read();
    for (function, resource) in template_functions() {
        let told = variables(&resource["Properties"]);
        let touched = store.permissions(&function);
        for (table, variable) in [("LeadsTable", "LEADS_TABLE"), ("LedgerTable", "LEDGER_TABLE")] {
            let touches = touched.iter().any(|(_, what)| what.split('/').next() == Some(table));
            assert_eq!(told.contains(variable), touches, "{function} and {table}");
        }
    }
}

#[test]
fn functions_may_read_the_records_that_their_code_names() {
    for (function, resource) in template_functions() {
        let code = code_of(&function);
        for kind in [Kind::Campaign, Kind::Supplier, Kind::Buyer, Kind::Delivery, Kind::Responder] {
            let (first, rest) = kind.word().split_at(1);
            let of_kind = format!("::<{}{rest}", first.to_uppercase());
            if !['>', ','].iter().any(|end| code.contains(&format!("{of_kind}{end}"))) {
                continue;
            }
            let of_set_up =
                |one: &Value| list(&one["Resource"]).iter().any(|of| named(of) == "SetupTable").then(|| barred(one));
            for barred in statements(&resource).filter(|one| reads(one)).filter_map(of_set_up) {
                assert!(!barred.contains(kind.word()), "{function} reads records of the kind {}", kind.word());
            }
        }
    }
}

/// Whether a statement allows to read.
fn reads(statement: &Value) -> bool {
    let actions = list(&statement["Action"]);
    actions.iter().any(|action| ["Get", "Query"].iter().any(|read| action.as_str().unwrap().contains(read)))
}

/// The partitions that a statement leaves out.
fn barred(statement: &Value) -> BTreeSet<String> {
    let barred = &statement["Condition"]["ForAllValues:StringNotEquals"]["dynamodb:LeadingKeys"];
    barred.as_sequence().into_iter().flatten().map(|key| key.as_str().unwrap().to_owned()).collect()
}

#[test]
fn nobody_but_set_up_may_write_keys_or_records_and_who_asks_no_caller_may_not_read_keys() {
    let request = keys::key_request(&"someone".parse().unwrap(), "hash");
    let of_keys = [keys::KEYS.to_owned(), keys::key_ring(&Principal::Seller).pk, request.pk];
    let records = [Kind::Campaign, Kind::Supplier, Kind::Buyer, Kind::Delivery, Kind::Responder]
        .map(|kind| kind.word().to_owned());
    let apart = [keys::settings().pk, keys::WEBHOOK_SECRETS.to_owned()];
    let set_up: Vec<String> = of_keys.iter().chain(&records).cloned().chain(apart).collect();
    for (function, resource) in template_functions().into_iter().filter(|(function, _)| function != "setup") {
        let asks_who_calls = ["Caller", "Seller"].iter().any(|who| code_of(&function).contains(who));
        let signs = ["notify", "feedback", "feedback-worker"].contains(&function.as_str());
        for statement in
            statements(&resource).filter(|one| list(&one["Resource"]).iter().any(|of| named(of) == "SetupTable"))
        {
            let keeps_off = |keys: &[String]| keys.iter().all(|key| keeps_off(statement, key));
            for action in list(&statement["Action"]).into_iter().map(|action| action.as_str().unwrap()) {
                let writes = ["Put", "Update", "Delete", "Write"].iter().any(|write| action.contains(write));
                assert!(!writes || keeps_off(&set_up), "{function}: {action}");
                assert!(writes || asks_who_calls || keeps_off(&of_keys), "{function}: {action}");
                assert!(signs || keeps_off(&[keys::WEBHOOK_SECRETS.to_owned()]), "{function}: {action}");
            }
        }
    }
}

/// Whether a statement leaves a partition out: by its name, or as it is about others alone.
fn keeps_off(statement: &Value, key: &str) -> bool {
    let only = &statement["Condition"]["ForAllValues:StringLike"]["dynamodb:LeadingKeys"];
    let is_like = |pattern: &str| match pattern.strip_suffix('*') {
        Some(start) => key.starts_with(start),
        None => key == pattern,
    };
    match only.as_sequence() {
        Some(only) => !only.iter().any(|pattern| is_like(pattern.as_str().unwrap())),
        None => barred(statement).contains(key),
    }
}

#[test]
fn a_change_of_a_lead_that_cannot_be_booked_is_told_apart_tried_again_for_a_while_and_put_aside() {
    let mapping = &template()["Resources"]["LeadChanges"]["Properties"];
    assert_eq!(mapping["BisectBatchOnFunctionError"], true);
    assert_eq!(mapping["FunctionResponseTypes"][0], "ReportBatchItemFailures");
    assert!((1..=20).contains(&mapping["MaximumRetryAttempts"].as_i64().unwrap()));
    assert_eq!(mapping["MaximumRecordAgeInSeconds"], 86_400, "as long as a stream keeps what is in it");
    assert_eq!(named(&mapping["DestinationConfig"]["OnFailure"]["Destination"]), "RollupFailures");
    assert_eq!(mapping["BatchSize"], 200, "what tests/tests/budgets/booking.rs goes by");
}

/// The policies of a function, one action and resource at a time.
fn allowed(function: &Value) -> BTreeSet<Permission> {
    let mut allowed = BTreeSet::new();
    for statement in statements(function) {
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

fn statements(function: &Value) -> impl Iterator<Item = &Value> {
    let policies = function["Properties"]["Policies"].as_sequence().unwrap();
    policies.iter().flat_map(|policy| policy["Statement"].as_sequence().unwrap())
}

/// The secrets that a function is told of, if it reads any.
fn secrets(function: &str, resource: &Value) -> Vec<Permission> {
    let variables = resource["Properties"]["Environment"]["Variables"].as_mapping().unwrap();
    let secrets = variables.iter().filter(|(name, _)| name.as_str().unwrap().ends_with("_SECRET_ARN"));
    let reads = reads_a_secret(function);
    let read = |(_, value): (&Value, &Value)| ("secretsmanager:GetSecretValue".to_owned(), named(value));
    secrets.filter(|_| reads).map(read).collect()
}

/// What Lambda does for a function, with the queues and streams that call it.
fn consumed_by(function: &str) -> Vec<Permission> {
    let template = template();
    let resources = template["Resources"].as_mapping().unwrap();
    let mappings = resources.values().filter(|resource| resource["Type"] == "AWS::Lambda::EventSourceMapping");
    let own = mappings
        .map(|mapping| &mapping["Properties"])
        .filter(|mapping| named(&mapping["FunctionName"]) == logical_id(function));
    let permissions = own.flat_map(|mapping| {
        let source = named(&mapping["EventSourceArn"]);
        let on = |actions: &[&str], what: &str| -> Vec<Permission> {
            actions.iter().map(|action| ((*action).to_owned(), what.to_owned())).collect()
        };
        match source.strip_suffix(".StreamArn") {
            Some(table) => {
                let failures = named(&mapping["DestinationConfig"]["OnFailure"]["Destination"]);
                let read = on(&OF_A_READER, &format!("{table}/stream/*"));
                read.into_iter().chain(on(&["sqs:SendMessage"], &failures)).collect()
            }
            None => on(&OF_A_CONSUMER, &source),
        }
    });
    permissions.collect()
}

fn list(value: &Value) -> Vec<&Value> {
    if let Value::Sequence(list) = value { list.iter().collect() } else { vec![value] }
}

/// The resource that a value of the template stands for: `!GetAtt X.Arn` and `!Ref X` are `X`, `!Sub "${X.Arn}/y"` is `X/y`.
pub(super) fn named(value: &Value) -> String {
    let Value::Tagged(tagged) = value else { panic!("{value:?} names no resource of the template") };
    // A text with values of its own comes with them in a list.
    let text = tagged.value.as_str().unwrap_or_else(|| tagged.value[0].as_str().unwrap());
    if text.contains(":ses:") {
        return SENDERS.to_owned();
    }
    text.replace("${", "").replace(".Arn}", "").trim_end_matches(".Arn").to_owned()
}
