//! Deploys the template to the emulator: uploads the functions' code, then runs a change set to its end.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hasher};
use std::io::{Cursor, Write};
use std::path::Path;
use std::time::{Duration, SystemTime};

use roxmltree::{Document, Node};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use crate::StackError;
use crate::cloud::Cloud;
use crate::progress::Step;
use crate::template::localised;
use crate::workspace::{Binaries, FUNCTIONS};

const STACK: &str = "volley";
const BUCKET: &str = "volley-code";
const TEMPLATE: &str = "template.yaml";
const POLL_INTERVAL: Duration = Duration::from_millis(100);
const DEPLOY_TIMEOUT: Duration = Duration::from_secs(120);

/// Deploys, and returns the stack's outputs by name.
pub(crate) async fn deploy(
    cloud: &Cloud,
    template: &Path,
    binaries: &Binaries,
    step: &Step,
) -> Result<BTreeMap<String, String>, StackError> {
    cloud.create_bucket(BUCKET).await?;
    let mut keys = BTreeMap::new();
    for function in FUNCTIONS {
        step.now(&format!("code of {function}"));
        keys.insert(function, upload(cloud, function, binaries).await?);
    }
    let key = |function: &str| keys.get(function).map_or("", String::as_str);
    let template = localised(template, |function| format!("s3://{BUCKET}/{}", key(function)))?;
    step.now("resources");
    // By way of a bucket, as `sam deploy` does: a template in the call itself may have 50 KB.
    cloud.put_object(BUCKET, TEMPLATE, template.into_bytes()).await?;
    if change(cloud, &cloud.object_url(BUCKET, TEMPLATE)).await? {
        await_stack(cloud).await?;
    }
    // The functions keep their own copies; these would only fill memory, or the data folder from start to start.
    for key in keys.values().map(String::as_str).chain([TEMPLATE]) {
        cloud.delete_object(BUCKET, key).await?;
    }
    outputs(&cloud.cloudformation("DescribeStacks", &[("StackName", STACK)]).await?)
}

/// Uploads a function's code under its own hash, so that the stack's update sees which functions changed.
async fn upload(cloud: &Cloud, function: &str, binaries: &Binaries) -> Result<String, StackError> {
    let missing = || StackError::Build(format!("cargo reports no binary named {function}"));
    let binary = binaries.get(function).ok_or_else(missing)?;
    let bytes = std::fs::read(binary).map_err(StackError::file(binary))?;
    let mut hasher = DefaultHasher::new();
    hasher.write(&bytes);
    let key = format!("{function}-{:016x}.zip", hasher.finish());
    let archive = archive(&bytes).map_err(StackError::file(binary))?;
    cloud.put_object(BUCKET, &key, archive).await?;
    Ok(key)
}

/// Not compressed: it never leaves this machine.
fn archive(bootstrap: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::with_capacity(bootstrap.len() + 1024)));
    let stored = SimpleFileOptions::default().compression_method(CompressionMethod::Stored).unix_permissions(0o755);
    zip.start_file("bootstrap", stored)?;
    zip.write_all(bootstrap)?;
    Ok(zip.finish()?.into_inner())
}

/// Creates and starts a change set; `false` means that there is nothing to change.
async fn change(cloud: &Cloud, template_url: &str) -> Result<bool, StackError> {
    let exists = cloud.cloudformation("DescribeStacks", &[("StackName", STACK)]).await.is_ok();
    let name = format!("start-{}", SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default().as_millis());
    let (id, api_url) = ([("StackName", STACK), ("ChangeSetName", &*name)], cloud.api_url());
    let mut fields = id.to_vec();
    fields.extend([
        ("ChangeSetType", if exists { "UPDATE" } else { "CREATE" }),
        ("TemplateURL", template_url),
        ("Capabilities.member.1", "CAPABILITY_IAM"),
        ("Capabilities.member.2", "CAPABILITY_AUTO_EXPAND"),
        ("Parameters.member.1.ParameterKey", "AllowLoopbackBuyers"),
        ("Parameters.member.1.ParameterValue", "true"),
        // What is written to people and told to other installations leads here, then.
        ("Parameters.member.2.ParameterKey", "PublicUrl"),
        ("Parameters.member.2.ParameterValue", &*api_url),
    ]);
    cloud.cloudformation("CreateChangeSet", &fields).await?;
    let started = std::time::Instant::now();
    while started.elapsed() < DEPLOY_TIMEOUT {
        let answer = cloud.cloudformation("DescribeChangeSet", &id).await?;
        let document = parse(&answer)?;
        let reason = text(document.root(), "StatusReason");
        match text(document.root(), "Status") {
            "CREATE_COMPLETE" => {
                cloud.cloudformation("ExecuteChangeSet", &id).await?;
                return Ok(true);
            }
            "FAILED" if reason.contains("didn't contain changes") || reason.contains("No updates") => return Ok(false),
            "FAILED" => return Err(StackError::Deploy(reason.to_owned())),
            _ => tokio::time::sleep(POLL_INTERVAL).await,
        }
    }
    Err(StackError::Deploy(format!("no change set within {DEPLOY_TIMEOUT:?}")))
}

async fn await_stack(cloud: &Cloud) -> Result<(), StackError> {
    let started = std::time::Instant::now();
    while started.elapsed() < DEPLOY_TIMEOUT {
        let answer = cloud.cloudformation("DescribeStacks", &[("StackName", STACK)]).await?;
        match text(parse(&answer)?.root(), "StackStatus") {
            "CREATE_COMPLETE" | "UPDATE_COMPLETE" => return Ok(()),
            status if status.ends_with("_FAILED") || status.ends_with("ROLLBACK_COMPLETE") => {
                return Err(StackError::Deploy(first_failure(cloud).await?));
            }
            _ => tokio::time::sleep(POLL_INTERVAL).await,
        }
    }
    Err(StackError::Deploy(format!("not finished within {DEPLOY_TIMEOUT:?}")))
}

/// The resource that failed first, and why; the others were only cancelled.
async fn first_failure(cloud: &Cloud) -> Result<String, StackError> {
    let answer = cloud.cloudformation("DescribeStackEvents", &[("StackName", STACK)]).await?;
    let document = parse(&answer)?;
    let failed = document
        .descendants()
        .rfind(|node| node.tag_name().name() == "member" && text(*node, "ResourceStatus").ends_with("_FAILED"));
    Ok(failed.map_or_else(
        || "no failed resource is named".to_owned(),
        |event| format!("{}: {}", text(event, "LogicalResourceId"), text(event, "ResourceStatusReason")),
    ))
}

fn outputs(answer: &str) -> Result<BTreeMap<String, String>, StackError> {
    let document = parse(answer)?;
    let pairs = document
        .descendants()
        .filter(|node| {
            node.tag_name().name() == "member" && node.children().any(|child| child.tag_name().name() == "OutputKey")
        })
        .map(|node| (text(node, "OutputKey").to_owned(), text(node, "OutputValue").to_owned()));
    Ok(pairs.collect())
}

fn parse(xml: &str) -> Result<Document<'_>, StackError> {
    Document::parse(xml).map_err(|error| StackError::Deploy(format!("unreadable answer ({error}): {xml}")))
}

/// The text of the first element of this name below `node`, or nothing.
fn text<'d>(node: Node<'d, '_>, name: &str) -> &'d str {
    node.descendants().find(|inner| inner.tag_name().name() == name).and_then(|inner| inner.text()).unwrap_or_default()
}
