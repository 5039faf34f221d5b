//! Layout and style, as far as they can be checked.

mod alarms;
mod calls;
mod iam;

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

use serde_yaml_ng::Value;

/// The longest a Rust file may be; good ones have half of it.
const MAX_LINES: usize = 400;
/// The longest a `main.rs` may be: it only builds what the library asks for.
const MAX_MAIN_LINES: usize = 15;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

fn read(path: impl AsRef<Path>) -> String {
    std::fs::read_to_string(root().join(path)).unwrap()
}

/// The names in a folder.
fn names(folder: &str) -> BTreeSet<String> {
    let entries = std::fs::read_dir(root().join(folder)).unwrap();
    entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect()
}

/// Every Rust file of the project, with its text.
fn rust_files() -> Vec<(String, String)> {
    let mut open: Vec<PathBuf> = ["functions", "shared", "infra", "tests"].map(|folder| root().join(folder)).into();
    let mut files = Vec::new();
    while let Some(path) = open.pop() {
        if path.is_dir() {
            open.extend(std::fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
        } else if path.extension().is_some_and(|end| end == "rs") {
            let name = path.strip_prefix(root()).unwrap().to_string_lossy().into_owned();
            files.push((name, std::fs::read_to_string(&path).unwrap()));
        }
    }
    assert!(files.len() > 50, "the walk finds the project's files");
    files
}

pub(crate) fn template() -> Value {
    serde_yaml_ng::from_str(&read("infra/template.yaml")).unwrap()
}

/// The template's functions: binary, and its part of the template.
fn template_functions() -> Vec<(String, Value)> {
    let template = template();
    let resources = template["Resources"].as_mapping().unwrap();
    let functions = resources.iter().filter(|(_, resource)| resource["Type"] == "AWS::Serverless::Function");
    let named = functions.map(|(name, resource)| {
        let binary = resource["Metadata"]["BuildProperties"]["Binary"].as_str().unwrap().to_owned();
        assert_eq!(name.as_str().unwrap(), logical_id(&binary));
        (binary, resource.clone())
    });
    named.collect()
}

/// `delivery-api` is `DeliveryApiFunction` in the template.
fn logical_id(function: &str) -> String {
    let capitalised = |word: &str| word[..1].to_uppercase() + &word[1..];
    function.split('-').map(capitalised).collect::<String>() + "Function"
}

/// The package of a function: the one of its name, or the one that has a binary of its name.
fn package_of(function: &str) -> String {
    let packages = names("functions");
    let has_it = |package: &&String| {
        let binary = root().join(format!("functions/{package}/src/bin/{function}.rs"));
        *package == function || binary.is_file()
    };
    packages.iter().find(has_it).unwrap_or_else(|| panic!("no package builds {function}")).clone()
}

/// The room of a package that a further function of it is made of, by the last word of its name: `api` of `delivery` for `delivery-api`,
/// `export` of `search` for `lead-export`, `worker` of `bulk` for `bulk-worker`, `reconcile` of `rollup`; none: the package is called like the function.
fn room_of<'a>(function: &'a str, package: &str) -> Option<&'a str> {
    if function == package { None } else { function.rsplit('-').next() }
}

/// Whether a file is part of a function: one with a room is made of that, and another of all but such rooms.
fn is_source_of(function: &str, file: &str) -> bool {
    let package = package_of(function);
    let Some(path) = file.strip_prefix(&format!("functions/{package}/src/")) else { return false };
    let top = path.split(['/', '.']).next().unwrap();
    match room_of(function, &package) {
        Some(room) => top == room || path == format!("bin/{function}.rs"),
        None => {
            let others = template_functions().into_iter().filter(|(other, _)| package_of(other) == package);
            top != "bin" && !others.into_iter().any(|(other, _)| room_of(&other, &package) == Some(top))
        }
    }
}

#[test]
fn the_top_level_holds_what_the_layout_names_and_nothing_else() {
    let named = ["Cargo.toml", "Cargo.lock", "functions", "shared", "infra", "events", "tests", "README.md", "target"];
    let others: Vec<_> = names("")
        .into_iter()
        .filter(|name| !named.contains(&name.as_str()) && !name.starts_with('.') && !name.starts_with("LICENSE"))
        .collect();
    assert!(others.is_empty(), "{others:?}");
}

#[test]
fn no_rust_file_is_longer_than_a_reader_can_bear() {
    let long: Vec<_> = rust_files()
        .into_iter()
        .map(|(name, text)| (text.lines().count(), name))
        .filter(|(lines, name)| {
            *lines > if name.ends_with("/main.rs") && !name.contains("tests/") { MAX_MAIN_LINES } else { MAX_LINES }
        })
        .collect();
    assert!(long.is_empty(), "{long:?}");
}

#[test]
fn every_module_says_what_lives_there() {
    let silent: Vec<_> = rust_files()
        .into_iter()
        .filter(|(_, text)| !text.starts_with("//!") && !text.starts_with("#![doc"))
        .map(|(name, _)| name)
        .collect();
    assert!(silent.is_empty(), "{silent:?}");
}

#[test]
fn nothing_is_left_unfinished_or_silenced() {
    // Put together here, so that this file does not find itself.
    let marks = [
        ["todo", "!("],
        ["unimplemented", "!("],
        ["#[ig", "nore"],
        ["#[should_", "panic"],
        ["#[al", "low("],
        ["FIX", "ME"],
    ];
    for (name, text) in rust_files() {
        for mark in marks.map(|parts| parts.concat()) {
            assert!(!text.contains(&mark), "{name} has {mark}");
        }
    }
}

#[test]
fn the_domain_knows_no_cloud_no_network_and_no_clock() {
    for (name, text) in rust_files().into_iter().filter(|(name, _)| name.starts_with("shared/domain/")) {
        for outside in
            ["aws_", "lambda_", "reqwest", "tokio", "Timestamp::now", "SystemTime", "Zoned::now", "getrandom"]
        {
            assert!(!text.contains(outside), "{name} reaches for {outside}");
        }
    }
}

#[test]
fn crates_depend_downwards_only() {
    let allowed = |crate_name: &str| -> Vec<&str> {
        match crate_name {
            "domain" | "spreadsheet" => vec![],
            "store" => vec!["domain"],
            "lambda" => vec!["domain", "store"],
            "dispatch" => vec!["domain", "store", "lambda"],
            _ => vec!["domain", "store", "dispatch", "lambda", "spreadsheet"],
        }
    };
    let own: BTreeSet<String> = names("functions").union(&names("shared")).cloned().collect();
    for folder in ["functions", "shared"] {
        for name in names(folder) {
            let manifest = read(format!("{folder}/{name}/Cargo.toml"));
            let dependencies = manifest.split("[dependencies]").nth(1).unwrap().split("\n[").next().unwrap();
            for used in dependencies.lines().filter_map(|line| line.split(['.', ' ', '=']).next()) {
                let is_upwards = own.contains(used) && !allowed(&name).contains(&used);
                assert!(!is_upwards, "{folder}/{name} depends on {used}");
            }
        }
    }
}

#[test]
fn every_function_has_a_readme_an_event_and_a_place_in_the_template() {
    let functions = names("functions");
    let deployed: BTreeSet<String> = template_functions().into_iter().map(|(function, _)| function).collect();
    assert_eq!(functions, deployed.iter().map(|function| package_of(function)).collect());
    for function in deployed {
        assert!(!read(format!("functions/{}/README.md", package_of(&function))).is_empty());
        assert!(!names(&format!("events/{function}")).is_empty(), "events/{function} is empty");
    }
}

#[test]
fn the_template_sets_the_variables_that_each_function_reads_and_no_others() {
    // The store's and its neighbours' are read where `lambda::aws` builds them.
    let through_aws = [
        ("aws.store()", vec!["SETUP_TABLE", "LEADS_TABLE"]),
        ("aws.setup_store()", vec!["SETUP_TABLE"]),
        ("aws.ledger_store()", vec!["SETUP_TABLE", "LEDGER_TABLE"]),
        ("aws.whole_store()", vec!["SETUP_TABLE", "LEADS_TABLE", "LEDGER_TABLE"]),
        ("aws.delivery_queue()", vec!["DELIVERY_QUEUE_URL"]),
        ("aws.notify_queue()", vec!["NOTIFY_QUEUE_URL"]),
        ("aws.responder_queue()", vec!["RESPONDER_QUEUE_URL"]),
        ("aws.feedback_queue()", vec!["FEEDBACK_QUEUE_URL"]),
        ("aws.dead_letters()", vec!["DEAD_LETTER_QUEUE_URL"]),
        ("aws.mail()", vec!["MAIL_FROM"]),
        ("aws.files()", vec!["FILES_BUCKET"]),
        ("aws.return_bucket()", vec!["FILES_BUCKET"]),
        ("aws.return_files_queue()", vec!["RETURN_FILES_QUEUE_URL"]),
        ("aws.export_bucket()", vec!["FILES_BUCKET"]),
        ("aws.lead_exports_queue()", vec!["LEAD_EXPORTS_QUEUE_URL"]),
        ("aws.bulk_queue()", vec!["BULK_QUEUE_URL"]),
        ("aws.import_bucket()", vec!["FILES_BUCKET"]),
        ("aws.lead_imports_queue()", vec!["LEAD_IMPORTS_QUEUE_URL"]),
    ];
    let mut wrong = Vec::new();
    for (function, resource) in template_functions() {
        let source = calls::code_of(&function).replace("Aws::load().await", "aws");
        let direct = source
            .split("env::")
            .skip(1)
            .filter_map(|rest| rest.split(|c: char| !c.is_ascii_uppercase() && c != '_').next());
        let mut read: BTreeSet<String> = direct.filter(|name| name.len() > 3).map(str::to_owned).collect();
        for (call, names) in &through_aws {
            if source.contains(call) {
                read.extend(names.iter().map(|name| (*name).to_owned()));
            }
        }
        // Lambda itself sets it.
        read.remove("AWS_LAMBDA_RUNTIME_API");
        let set = variables(&resource["Properties"]);
        let for_all = variables(&template()["Globals"]["Function"]);
        let unset = read.difference(&set).filter(|name| !for_all.contains(*name));
        wrong.extend(set.difference(&read).map(|name| format!("{function} does not read {name}, which is set")));
        wrong.extend(unset.map(|name| format!("{function} reads {name}, which is not set")));
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

fn variables(properties: &Value) -> BTreeSet<String> {
    let variables = properties["Environment"]["Variables"].as_mapping();
    variables.into_iter().flatten().map(|(name, _)| name.as_str().unwrap().to_owned()).collect()
}

#[test]
fn there_is_one_tls_stack_and_it_needs_no_c_library() {
    let lock = read("Cargo.lock");
    let versions = |package: &str| lock.matches(&format!("name = \"{package}\"\n")).count();
    for one in ["rustls", "hyper-rustls", "tokio-rustls", "rustls-webpki"] {
        assert_eq!(versions(one), 1, "{one}");
    }
    for none in ["openssl", "openssl-sys", "native-tls", "hyper-tls", "tokio-native-tls", "aws-lc-rs", "aws-lc-sys"] {
        assert_eq!(versions(none), 0, "{none}");
    }
}

#[test]
fn what_buyers_send_what_comes_of_it_and_what_is_exported_does_not_stay_for_ever() {
    let rules = template()["Resources"]["FilesBucket"]["Properties"]["LifecycleConfiguration"]["Rules"].clone();
    let rules = rules.as_sequence().unwrap();
    // Work that rests among the dead letters for 14 days can be gone on with.
    for (folder, days, old_days) in [
        ("returns/", 30, 21),
        ("return-work/", 21, 1),
        ("return-results/", 400, 1),
        ("supplier-returns/", 400, 1),
        ("lead-exports/", 7, 1),
        ("lead-imports/", 30, 21),
        ("lead-import-work/", 21, 1),
        ("lead-import-results/", 400, 1),
    ] {
        let rule = rules.iter().find(|rule| rule["Prefix"] == folder).unwrap_or_else(|| panic!("{folder} has no rule"));
        assert_eq!((&rule["Status"], &rule["ExpirationInDays"]), (&"Enabled".into(), &days.into()), "{folder}");
        // In a bucket with versions, what expires becomes an old version first.
        assert_eq!(rule["NoncurrentVersionExpiration"]["NoncurrentDays"], old_days, "{folder}");
    }
}
