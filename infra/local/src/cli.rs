//! The command line: starts the stack, plays the demonstration, says what can be done, and waits for Ctrl-C.

use std::io::Write;
use std::path::PathBuf;
use std::pin::pin;
use std::process::ExitCode;

use clap::Parser;
use tokio::signal::unix::{SignalKind, signal};

use crate::demo::{Site, try_it};
use crate::{Progress, Stack, StackError, StackOptions};

/// Runs the whole of Volley on this machine: the real functions and template, on an AWS emulator.
#[derive(Debug, Parser)]
#[command(name = "local", version)]
struct Arguments {
    /// Port on 127.0.0.1
    #[arg(long, default_value_t = 4566, value_parser = clap::value_parser!(u16).range(1..))]
    port: u16,
    /// Folder that keeps all data between starts; without it, everything is forgotten in the end
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Start without the demonstration's campaign, suppliers, buyers and leads
    #[arg(long)]
    no_demo: bool,
}

/// Runs the command line; the exit code is 1 when the stack could not start, ended by itself, or could not keep its data.
pub async fn run() -> ExitCode {
    let arguments = Arguments::parse();
    match serve(arguments).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(std::io::stderr().lock(), "error: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn serve(Arguments { port, data, no_demo }: Arguments) -> Result<(), StackError> {
    let progress = Progress::for_terminal();
    let mut terminated = signal(SignalKind::terminate()).map_err(StackError::file("signals"))?;
    let mut told_to_stop = pin!(async {
        tokio::select! {
            _ = tokio::signal::ctrl_c() => say("stopping"),
            _ = terminated.recv() => {}
        }
    });
    let starting = Stack::start(StackOptions { port: Some(port), data: data.clone(), progress });
    let mut stack = tokio::select! {
        started = starting => started?,
        () = &mut told_to_stop => return Ok(()),
    };
    let (about, base_url, seller_key) = (about(&stack, data.as_ref()), stack.base_url.clone(), stack.seller_key());
    let site = Site::new(&stack, port, data, progress);
    let told = async {
        let demo = if no_demo { try_it::exports(&base_url, &seller_key, None) } else { site.play().await? };
        say(&format!("\n{demo}\n{about}\nCtrl-C stops everything."));
        Ok(())
    };
    let ended = tokio::select! {
        // First, because a demonstration without an emulator fails too, and says less about why.
        biased;
        ended = stack.ended() => Err(ended),
        Err(error) = told => Err(error),
        () = told_to_stop => Ok(()),
    };
    ended.and(stack.stop())
}

fn about(stack: &Stack, data: Option<&PathBuf>) -> String {
    let Stack { base_url, endpoint, logs_path, .. } = stack;
    let logs = logs_path.display();
    let data =
        data.map_or_else(|| "forgotten in the end; --data DIR keeps it".to_owned(), |data| data.display().to_string());
    format!("API   {base_url}/v1/… (described at /v1/openapi.json)\nAWS   {endpoint}\nlog   {logs}\ndata  {data}\n")
}

fn say(text: &str) {
    // Nobody is left to tell when standard output is closed.
    let _ = writeln!(std::io::stdout().lock(), "{text}");
}
