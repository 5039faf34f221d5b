//! The command as a person runs it: it tells its story, keeps what it is told to keep, and leaves nothing behind.
#![expect(clippy::unwrap_used, reason = "a failed step fails the test")]
#![expect(clippy::disallowed_methods, reason = "a test of a program waits for it as a person would")]

use std::{
    io::{BufRead, BufReader, Read},
    net::TcpListener,
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

/// The command ends well within this time once it is told to.
const STOPS_WITHIN: Duration = Duration::from_secs(40);

fn command(port: u16) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_local"));
    command.args(["--port", &port.to_string()]).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// Starts the command and returns it with what it said until it was ready.
fn started(port: u16, data: &Path, more: &[&str]) -> (Child, String) {
    let mut child = command(port).arg("--data").arg(data).args(more).spawn().unwrap();
    let mut said = String::new();
    for line in BufReader::new(child.stdout.take().unwrap()).lines() {
        let line = line.unwrap();
        said.push_str(&line);
        said.push('\n');
        if line.contains("Ctrl-C stops everything") {
            return (child, said);
        }
    }
    let mut errors = String::new();
    child.stderr.take().unwrap().read_to_string(&mut errors).unwrap();
    child.wait().unwrap();
    unreachable!("it ended before it was ready:\n{said}\n{errors}")
}

/// Presses Ctrl-C, and waits until the command has ended; whether it did so in good order.
fn interrupted(child: &mut Child) -> bool {
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    let asked = Instant::now();
    while asked.elapsed() < STOPS_WITHIN {
        if let Some(status) = child.try_wait().unwrap() {
            return status.success();
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    child.kill().unwrap();
    false
}

fn lead_ids(said: &str) -> Vec<&str> {
    said.split_whitespace().filter(|word| word.starts_with("lead_01")).collect()
}

/// What the command says when it does not even start.
fn refusal(command: &mut Command) -> String {
    let output = command.output().unwrap();
    assert!(!output.status.success());
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// The names that the README's commands use.
fn names_in_the_readme() -> Vec<&'static str> {
    let behind_dollars = include_str!("../../../README.md").split('$').skip(1);
    let name = |text: &'static str| text.split(|letter: char| !letter.is_ascii_uppercase() && letter != '_').next();
    behind_dollars.filter_map(name).filter(|name| !name.is_empty()).collect()
}

#[test]
fn the_demonstration_sells_its_leads_once_and_ctrl_c_leaves_nothing_behind() {
    let data = tempfile::tempdir().unwrap();
    let port = free_port();

    let (mut child, first) = started(port, data.path(), &[]);
    assert!(first.contains("revenue 92.00 GBP, payout 32.00 GBP, profit 60.00 GBP"), "{first}");
    assert_eq!(lead_ids(&first).len(), 7, "{first}");
    let rows = ["2,returned,", "3,already_returned,Row 2 of this file", "4,not_found,"];
    assert!(rows.iter().all(|row| first.contains(&format!("\n  {row}"))), "{first}");
    assert!(first.contains(",email,INVALID_PHONE,28.00,GBP\n"), "its own word for a reason: {first}");
    assert!(first.contains("after it: revenue 64.00 GBP, payout 24.00 GBP, profit 40.00 GBP"), "{first}");
    assert!(first.contains("curl") && first.contains("vk_root_"), "{first}");
    assert!(names_in_the_readme().contains(&"SUPPLIER_KEY"));
    for name in names_in_the_readme() {
        assert!(first.contains(&format!("\nexport {name}=")), "the README uses {name}, which is not said: {first}");
    }
    assert!(interrupted(&mut child), "it ends in good order");
    // The emulator and the functions are gone with it, or the port would still be theirs.
    drop(TcpListener::bind(("127.0.0.1", port)).unwrap());

    let (mut child, second) = started(port, data.path(), &[]);
    assert_eq!(lead_ids(&second), lead_ids(&first), "the second start keeps the leads of the first");
    assert!(second.contains("\n  2,returned,"), "the file is known again: {second}");
    assert!(interrupted(&mut child));
}

#[test]
fn data_that_cannot_be_written_is_told_in_the_end() {
    let data = tempfile::tempdir().unwrap();
    // A folder in the place of a file: root may write to what is write-protected.
    std::fs::create_dir_all(data.path().join("state").join("dynamodb.json")).unwrap();
    let (mut child, said) = started(free_port(), data.path(), &["--no-demo"]);
    assert!(said.contains("export BASE=") && said.contains("export SELLER_KEY=vk_root_"), "{said}");
    assert!(!interrupted(&mut child));
    let mut errors = String::new();
    child.stderr.take().unwrap().read_to_string(&mut errors).unwrap();
    assert!(errors.contains("not all data was written") && errors.contains("save dynamodb"), "{errors}");
}

#[test]
fn a_port_that_is_taken_is_said_before_anything_is_built() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let errors = refusal(&mut command(port));
    assert!(errors.contains(&port.to_string()) && errors.contains("--port"), "{errors}");
    assert!(refusal(&mut command(0)).contains("--port"));
}

#[test]
fn a_file_in_the_place_of_the_data_folder_is_said_before_anything_is_built() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let errors = refusal(command(free_port()).arg("--data").arg(file.path()));
    assert!(errors.contains("it is no folder") && !errors.contains("Building"), "{errors}");
}
