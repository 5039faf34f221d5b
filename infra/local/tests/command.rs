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
fn started(port: u16, data: &Path) -> (Child, String) {
    let mut child = command(port).arg("--data").arg(data).spawn().unwrap();
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

/// Presses Ctrl-C, and waits until the command has ended.
fn interrupted(mut child: Child) -> bool {
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

#[test]
fn the_demonstration_sells_its_leads_once_and_ctrl_c_leaves_nothing_behind() {
    let data = tempfile::tempdir().unwrap();
    let port = free_port();

    let (child, first) = started(port, data.path());
    assert!(first.contains("revenue 92.00 GBP, payout 32.00 GBP, profit 60.00 GBP"), "{first}");
    assert_eq!(lead_ids(&first).len(), 7, "{first}");
    assert!(first.contains("curl") && first.contains("vk_root_"), "{first}");
    assert!(interrupted(child), "it ends in good order");
    // The emulator and the functions are gone with it, or the port would still be theirs.
    drop(TcpListener::bind(("127.0.0.1", port)).unwrap());

    let (child, second) = started(port, data.path());
    assert_eq!(lead_ids(&second), lead_ids(&first), "the second start keeps the leads of the first");
    assert!(interrupted(child));
}

#[test]
fn a_port_that_is_taken_is_said_before_anything_is_built() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let output = command(port).output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success());
    assert!(errors.contains(&port.to_string()) && errors.contains("--port"), "{errors}");
}
