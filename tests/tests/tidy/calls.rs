//! Which calls of AWS the code of a function can reach, read from the sources: all of them stand in `shared/store`, behind
//! methods that are called as `store.<method>(…)`, `queue.<method>(…)` and so on; only secrets are read by `aws.secret(…)`.

use std::collections::{BTreeMap, BTreeSet};

use super::{is_source_of, package_of, read, rust_files};

/// How the code spells a call, and what IAM calls it. A transaction needs what its parts need.
const CALLS: [(&str, &str); 30] = [
    (".get_item()", "dynamodb:GetItem"),
    (".batch_get_item()", "dynamodb:BatchGetItem"),
    (".query()", "dynamodb:Query"),
    (".put_item()", "dynamodb:PutItem"),
    ("Put::builder()", "dynamodb:PutItem"),
    (".update_item()", "dynamodb:UpdateItem"),
    ("Update::builder()", "dynamodb:UpdateItem"),
    (".delete_item()", "dynamodb:DeleteItem"),
    ("Delete::builder()", "dynamodb:DeleteItem"),
    (".batch_write_item()", "dynamodb:BatchWriteItem"),
    ("ConditionCheck::builder()", "dynamodb:ConditionCheckItem"),
    (".send_message()", "sqs:SendMessage"),
    (".send_message_batch()", "sqs:SendMessage"),
    // Some queues share how that is done.
    ("jobs::send(", "sqs:SendMessage"),
    (".get_queue_attributes()", "sqs:GetQueueAttributes"),
    (".receive_message()", "sqs:ReceiveMessage"),
    (".delete_message_batch()", "sqs:DeleteMessage"),
    (".change_message_visibility()", "sqs:ChangeMessageVisibility"),
    (".change_message_visibility_batch()", "sqs:ChangeMessageVisibility"),
    (".send_email()", "ses:SendEmail"),
    (".put_object()", "s3:PutObject"),
    (".create_multipart_upload()", "s3:PutObject"),
    (".upload_part()", "s3:PutObject"),
    (".complete_multipart_upload()", "s3:PutObject"),
    (".get_object()", "s3:GetObject"),
    (".head_object()", "s3:GetObject"),
    (".set_version_id(", "s3:GetObjectVersion"),
    // To who may not list, what is not there is forbidden.
    (".head_object()", LISTS),
    (".delete_object()", "s3:DeleteObject"),
    (".abort_multipart_upload()", "s3:AbortMultipartUpload"),
];
/// How the store names a table, and how the template does.
const TABLES: [(&str, &str); 3] =
    [("tables.leads", "LeadsTable"), ("tables.ledger", "LedgerTable"), ("tables.setup", "SetupTable")];
/// What methods of `shared/store` are called on, each in the file or folder of its name; and what else than tables they reach.
const OWNERS: [(&str, Option<&str>); 18] = [
    ("store", None),
    ("change", None),
    ("returning", None),
    ("chunks", None),
    ("queue", Some("DeliveryQueue")),
    ("notify_queue", Some("NotifyQueue")),
    ("responder_queue", Some("ResponderQueue")),
    ("feedback_queue", Some("FeedbackQueue")),
    ("dead_letters", Some("DeliveryDeadLetters")),
    ("mail", Some(SENDERS)),
    ("files", Some("FilesBucket/outgoing/*")),
    ("return_files_queue", Some("ReturnFilesQueue")),
    ("return_bucket", Some("FilesBucket")),
    ("lead_exports_queue", Some("LeadExportsQueue")),
    ("bulk_queue", Some("BulkQueue")),
    ("lead_imports_queue", Some("LeadImportsQueue")),
    ("import_bucket", Some("FilesBucket")),
    ("export_bucket", Some("FilesBucket")),
];
/// Methods of what other crates call the same: a change that `domain::bulk` plans.
const OTHERS: [(&str, &str); 1] = [("change", "effect")];
/// What the methods of the bucket are about, by their owner and a word of their names, and where that is.
const FOLDERS: [(&str, &str, &str); 8] = [
    ("return_bucket", "upload", "returns"),
    ("return_bucket", "result", "return-results"),
    ("return_bucket", "work", "return-work"),
    ("return_bucket", "supplier", "supplier-returns"),
    ("export_bucket", "export", "lead-exports"),
    ("import_bucket", "upload", "lead-imports"),
    ("import_bucket", "result", "lead-import-results"),
    ("import_bucket", "work", "lead-import-work"),
];
const LISTS: &str = "s3:ListBucket";
/// The addresses and domains that e-mails may be from; none of them is a resource of the template.
pub(super) const SENDERS: &str = "senders";
const TRANSACTION: &str = ".transact_write_items()";

/// A method of the store, by the name of its owner and its own.
type Method = (&'static str, String);

/// An action, and what it is done to: `LeadsTable`, `LeadsTable/index/due`.
pub(super) type Permission = (String, String);

/// A search is many small functions that hand each other on, and are called on all sorts of things: whoever begins one reaches all of them.
const SEARCH: (&str, [&str; 3]) = ("shared/store/src/search/", ["search", "count_leads", "lead_ids"]);

/// Every method of `shared/store` with its text, and those of a search.
pub(super) struct Store(BTreeMap<Method, String>, BTreeSet<Method>);

impl Store {
    pub(super) fn read() -> Self {
        let (mut methods, mut of_search) = (BTreeMap::<Method, String>::new(), BTreeSet::new());
        let clients = ["self.db.", "self.sqs.", "self.ses.", "self.s3."];
        for (name, text) in sources("shared/store/src/").into_iter().filter(|(name, _)| !name.ends_with("/keys.rs")) {
            let is_of =
                |owner: &str| [format!("/src/{owner}.rs"), format!("/src/{owner}/")].iter().any(|of| name.contains(of));
            let owner = OWNERS.iter().find(|(owner, _)| is_of(owner));
            let owner = owner.map_or("store", |(owner, _)| *owner);
            for body in text.split("fn ").skip(1) {
                let (method, body) = (word(body).to_owned(), dense(body));
                let calls = clients.iter().flat_map(|client| after(&body, client)).map(word);
                for call in calls.filter(|call| *call != "config") {
                    let call = format!(".{call}()");
                    let is_known = call == TRANSACTION || CALLS.iter().any(|(spelt, _)| *spelt == call);
                    assert!(is_known, "{name}: add {call} to the calls that are known here");
                }
                if name.contains(SEARCH.0) {
                    of_search.insert((owner, method.clone()));
                }
                methods.entry((owner, method)).or_default().push_str(&body);
            }
        }
        assert!(methods.len() > 30 && of_search.len() > 10, "the store's methods are found");
        Self(methods, of_search)
    }

    /// What the code of a function does, directly or through others.
    pub(super) fn permissions(&self, function: &str) -> BTreeSet<Permission> {
        let mut open = called(&code_of(function));
        for (owner, method) in &open {
            let is_others = method == "clone" || OTHERS.contains(&(*owner, method.as_str()));
            let is_known = is_others || self.0.contains_key(&(*owner, method.clone()));
            assert!(is_known, "{function} calls {owner}.{method}, which shared/store does not have");
        }
        let mut reached = BTreeMap::new();
        while let Some(method) = open.pop() {
            let Some(body) = self.0.get(&method) else { continue };
            if reached.insert(method.clone(), body).is_none() {
                open.extend(methods_of(body, "self").into_iter().map(|called| (method.0, called)));
                open.extend(called(body));
                if SEARCH.1.contains(&method.1.as_str()) {
                    open.extend(self.1.iter().cloned());
                }
            }
        }
        let indexes = indexes(reached.values().map(|body| body.as_str()));
        reached.iter().flat_map(|(method, body)| done_by(method, body, &indexes)).collect()
    }

    /// What the store does with the tables, as CloudWatch names it: operation and table.
    pub(super) fn operations() -> BTreeSet<(String, String)> {
        let mut operations = BTreeSet::new();
        for (_, text) in sources("shared/store/src/") {
            for body in text.split("fn ").skip(1).map(dense) {
                for (_, action) in CALLS.iter().filter(|(spelt, _)| spelt.starts_with('.') && body.contains(spelt)) {
                    let Some(operation) = action.strip_prefix("dynamodb:") else { continue };
                    operations.extend(tables(&body).map(|table| (operation.to_owned(), table.to_owned())));
                }
            }
            let text = dense(&text);
            if text.contains(TRANSACTION) {
                operations.extend(tables(&text).map(|table| ("TransactWriteItems".to_owned(), table.to_owned())));
            }
        }
        operations
    }
}

/// Whether the code of a function reads a secret.
pub(super) fn reads_a_secret(function: &str) -> bool {
    code_of(function).contains("aws.secret(")
}

/// The methods of the store that a text calls.
fn called(text: &str) -> Vec<Method> {
    let of = |owner: &'static str| methods_of(text, owner).into_iter().map(move |method| (owner, method));
    OWNERS.into_iter().flat_map(|(owner, _)| of(owner)).collect()
}

/// What one method does, without those that it calls.
fn done_by((owner, method): &Method, body: &str, indexes: &BTreeSet<String>) -> Vec<Permission> {
    let mut done = Vec::new();
    for (_, action) in CALLS.iter().filter(|(spelt, _)| body.contains(spelt)) {
        let other = OWNERS.iter().find_map(|(name, other)| other.filter(|_| name == owner));
        let folder = FOLDERS.iter().find(|(of, word, _)| owner == of && method.contains(word));
        let folder = folder.filter(|_| *action != LISTS).map(|(.., folder)| format!("/{folder}/*")).unwrap_or_default();
        done.extend(other.map(|other| ((*action).to_owned(), format!("{other}{folder}"))));
        for table in tables(body) {
            if body.contains(".index_name(") {
                done.extend(indexes.iter().map(|index| ((*action).to_owned(), format!("{table}/index/{index}"))));
            } else {
                done.push(((*action).to_owned(), table.to_owned()));
            }
        }
    }
    done
}

/// The indexes that methods name.
fn indexes<'a>(bodies: impl Iterator<Item = &'a str>) -> BTreeSet<String> {
    let keys = read("shared/store/src/keys/indexes.rs");
    let constants: BTreeMap<&str, &str> = after(&keys, "pub const ")
        .filter_map(|rest| Some((word(rest), rest.split_once(": &str = \"")?.1.split('"').next()?)))
        .collect();
    let named = bodies.flat_map(|body| after(body, "keys::").map(word));
    named.filter_map(|name| constants.get(name)).map(|index| (*index).to_owned()).collect()
}

fn tables(body: &str) -> impl Iterator<Item = &'static str> {
    TABLES.into_iter().filter(|(spelt, _)| body.contains(spelt)).map(|(_, table)| table)
}

/// What a function is made of, as far as it calls the store: its own sources, what of the delivery engine it reaches, and if
/// it names them, the extractor of the caller, which axum calls, and the reading of records for the seller.
pub(super) fn code_of(function: &str) -> String {
    let package = package_of(function);
    let own = sources(&format!("functions/{package}/src/")).into_iter();
    let mut code: String = own.filter(|(name, _)| is_source_of(function, name)).map(|(_, text)| dense(&text)).collect();
    assert!(!code.is_empty(), "{function} has sources");
    if read(format!("functions/{package}/Cargo.toml")).contains("\ndispatch.workspace") {
        code.push_str(&engine_of(&code.replace("Aws::load()", "")));
    }
    for (name, text) in sources("shared/lambda/src/") {
        let text = dense(&text).replace("Store::from_ref(state).", "store.");
        let named: &[&str] = if name.ends_with("/auth/caller.rs") {
            &["Caller", "Seller"]
        } else if name.ends_with("/src/record.rs") {
            &["record::"]
        } else {
            assert_eq!(methods_of(&text, "store"), Vec::<String>::new(), "{name}: say here who reaches it");
            continue;
        };
        code.push_str(if named.iter().any(|name| code.contains(name)) { &text } else { "" });
    }
    code
}

/// The functions of the delivery engine that some code calls, directly or through others. Those with the same name are told
/// apart by whether they are called on something; so it may be one too many, and never one too few.
fn engine_of(code: &str) -> String {
    let mut engine = BTreeMap::<(String, bool), String>::new();
    for (_, text) in sources("shared/dispatch/src/") {
        for body in text.split("fn ").skip(1).map(dense) {
            let head = body.split('{').next().unwrap_or_default();
            let is_method = head.contains("self,") || head.contains("self)");
            engine.entry((word(&body).to_owned(), is_method)).or_default().push_str(&body);
        }
    }
    let (mut open, mut reached) = (vec![code.to_owned()], BTreeSet::new());
    while let Some(text) = open.pop() {
        let next: Vec<_> = engine.keys().filter(|key| !reached.contains(*key) && calls(&text, key)).collect();
        open.extend(next.iter().map(|key| engine[*key].clone()));
        reached.extend(next);
    }
    reached.into_iter().map(|key| engine[key].as_str()).collect()
}

/// Whether a text calls the function of this name, if it is a method on something that is not the store's.
fn calls(text: &str, (name, is_method): &(String, bool)) -> bool {
    let is_call = |at: usize, end: &str| {
        let before = &text[..at];
        let is_whole = !before.ends_with(|sign: char| sign.is_alphanumeric() || sign == '_');
        let on =
            before.strip_suffix('.').map(|on| on.rsplit(|sign: char| !sign.is_alphanumeric() && sign != '_').next());
        let is_ours = on.flatten().is_none_or(|on| OWNERS.iter().all(|(owner, _)| *owner != on));
        let rest = &text[at + end.len()..];
        is_whole && is_ours && on.is_some() == *is_method && (rest.starts_with('(') || rest.starts_with("::<"))
    };
    text.match_indices(name.as_str()).any(|(at, found)| is_call(at, found))
}

/// The sources in a folder, without tests and comments.
fn sources(folder: &str) -> Vec<(String, String)> {
    let is_code = |name: &String| name.starts_with(folder) && !name.contains("/tests") && !name.contains("/test_");
    let strip = |text: String| -> String {
        let code = text.split("mod tests {").next().unwrap_or_default();
        code.lines().filter(|line| !line.trim_start().starts_with("//")).map(|line| format!("{line}\n")).collect()
    };
    rust_files().into_iter().filter(|(name, _)| is_code(name)).map(|(name, text)| (name, strip(text))).collect()
}

/// The methods that are called on something of this name.
fn methods_of(dense: &str, receiver: &str) -> Vec<String> {
    let is_whole = |at: usize| !dense[..at].ends_with(|before: char| before.is_alphanumeric() || before == '_');
    let mark = format!("{receiver}.");
    let calls = dense.match_indices(&mark).filter(|(at, _)| is_whole(*at)).filter_map(|(at, found)| {
        let method = word(&dense[at + found.len()..]);
        let rest = &dense[at + found.len() + method.len()..];
        (rest.starts_with('(') || rest.starts_with("::<")).then(|| method.to_owned())
    });
    calls.collect()
}

/// What follows each place where this stands.
fn after<'a>(text: &'a str, mark: &'a str) -> impl Iterator<Item = &'a str> {
    text.match_indices(mark).map(move |(at, _)| &text[at + mark.len()..])
}

/// The name at the start.
fn word(text: &str) -> &str {
    text.split(|sign: char| !sign.is_alphanumeric() && sign != '_').next().unwrap_or_default()
}

/// The text without blanks, but for those that keep two words apart: `match store.lead(…)` calls on `store`.
fn dense(text: &str) -> String {
    let is_word = |sign: char| sign.is_alphanumeric() || sign == '_';
    let mut dense = String::new();
    for part in text.split_whitespace() {
        if dense.ends_with(is_word) && part.starts_with(is_word) {
            dense.push(' ');
        }
        dense.push_str(part);
    }
    dense
}
