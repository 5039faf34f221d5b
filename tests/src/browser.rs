//! A real browser: Chromium without a window, driven over [WebDriver](https://www.w3.org/TR/webdriver2/). The handful of its commands that
//! pages of text and buttons need are plain JSON over HTTP; libraries for all of it bring another HTTP stack and twenty crates more.

use std::{
    process::Stdio,
    time::{Duration, Instant},
};

use reqwest::{Client, Method};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, ChildStdout, Command},
    time::{sleep, timeout},
};

use crate::deployment::client;

/// The driver that Chromium comes with.
const DRIVER: &str = "chromedriver";
/// What it says before the port that it has chosen.
const STARTED: &str = "started successfully on port ";
/// A browser starts within that, also beside everything else.
const STARTS_WITHIN: Duration = Duration::from_secs(60);
/// So does a page.
const SHOWN_WITHIN: Duration = Duration::from_secs(30);
const LOOK_EVERY: Duration = Duration::from_millis(50);
/// The member under which elements are named, whatever the driver.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// A browser with one tab.
#[derive(Debug)]
pub struct Browser {
    client: Client,
    /// The session's URL.
    session: String,
    _driver: Child,
}

/// Something on a page.
#[derive(Clone, Debug)]
pub struct Element(String);

impl Browser {
    /// Starts one with a window of this size in pixels. None: this machine has none, and says so; where all checks are made, there has to be one.
    ///
    /// # Panics
    /// When it does not start, or there is none although `CI` is set.
    #[expect(clippy::disallowed_methods, reason = "whether all checks are made is no setting of a function")]
    pub async fn start(width: u32, height: u32) -> Option<Self> {
        let mut command = Command::new(DRIVER);
        command.arg("--port=0").stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).kill_on_drop(true);
        let mut driver = match command.spawn() {
            Ok(driver) => driver,
            Err(error) => {
                assert!(std::env::var_os("CI").is_none(), "no {DRIVER}: {error}; install Debian's chromium-driver");
                eprintln!("No page is looked at in a browser: there is no {DRIVER}; install Debian's chromium-driver.");
                return None;
            }
        };
        let output = driver.stdout.take().expect("it is piped");
        let url = format!("http://127.0.0.1:{}", port(output).await);
        // Containers run as root, and have little shared memory.
        let size = format!("--window-size={width},{height}");
        let options = json!({ "args": ["--headless=new", "--no-sandbox", "--disable-dev-shm-usage", size] });
        let wanted = json!({ "capabilities": { "alwaysMatch": { "goog:chromeOptions": options } } });
        let mut this = Self { client: client(), session: format!("{url}/session"), _driver: driver };
        let session = this.call(Method::POST, "", &wanted).await.expect("Chromium starts");
        let id = session["sessionId"].as_str().expect("a session has an id").to_owned();
        this.session = format!("{url}/session/{id}");
        Some(this)
    }

    /// Opens a page.
    ///
    /// # Panics
    /// When it cannot be loaded.
    pub async fn open(&self, url: &str) {
        self.call(Method::POST, "/url", &json!({ "url": url })).await.expect("the page can be loaded");
    }

    /// The first element that this CSS selector means and that says this, once it is there.
    ///
    /// # Panics
    /// When it does not come.
    pub async fn find(&self, selector: &str, says: &str) -> Element {
        let (wanted, started) = (json!({ "using": "css selector", "value": selector }), Instant::now());
        loop {
            if let Ok(found) = self.call(Method::POST, "/element", &wanted).await {
                let element = Element(found[ELEMENT].as_str().expect("an element has an id").to_owned());
                // It may be one of the page before, which is gone by now.
                if self
                    .of(&element, "text")
                    .await
                    .is_ok_and(|text| text.as_str().is_some_and(|text| text.contains(says)))
                {
                    return element;
                }
            }
            assert!(started.elapsed() < SHOWN_WITHIN, "no {selector} says {says:?}: {}", self.source().await);
            sleep(LOOK_EVERY).await;
        }
    }

    /// Presses it.
    ///
    /// # Panics
    /// When it cannot be pressed: it is hidden, or something lies over it.
    pub async fn press(&self, element: &Element) {
        let path = format!("/element/{}/click", element.0);
        self.call(Method::POST, &path, &json!({})).await.expect("it can be pressed");
    }

    /// What its style comes to.
    ///
    /// # Panics
    /// When the element is gone.
    pub async fn style(&self, element: &Element, property: &str) -> String {
        let value = self.of(element, &format!("css/{property}")).await.expect("the element is there");
        value.as_str().unwrap_or_default().to_owned()
    }

    /// Its width and height in whole pixels.
    ///
    /// # Panics
    /// When the element is gone.
    pub async fn size(&self, element: &Element) -> (u64, u64) {
        let at = self.of(element, "rect").await.expect("the element is there");
        let [width, height] = ["width", "height"].map(|side| at[side].as_f64().unwrap_or_default() as u64);
        (width, height)
    }

    /// What a script on the page gives back.
    ///
    /// # Panics
    /// When it fails.
    pub async fn run(&self, script: &str) -> Value {
        let script = json!({ "script": script, "args": [] });
        self.call(Method::POST, "/execute/sync", &script).await.expect("the script runs")
    }

    /// Closes it.
    ///
    /// # Panics
    /// When it does not answer any more.
    pub async fn close(self) {
        self.call(Method::DELETE, "", &Value::Null).await.expect("the browser can be closed");
    }

    async fn source(&self) -> Value {
        self.call(Method::GET, "/source", &Value::Null).await.unwrap_or_default()
    }

    async fn of(&self, element: &Element, what: &str) -> Result<Value, Value> {
        self.call(Method::GET, &format!("/element/{}/{what}", element.0), &Value::Null).await
    }

    /// A command of the session, and what is wrong with it.
    async fn call(&self, method: Method, path: &str, body: &Value) -> Result<Value, Value> {
        let request = self.client.request(method, format!("{}{path}", self.session)).timeout(STARTS_WITHIN);
        let request = if body.is_null() { request } else { request.body(body.to_string()) };
        let answer = request.send().await.expect("the driver answers");
        let status = answer.status();
        let text = answer.text().await.expect("the driver answers to the end");
        let mut answer: Value = serde_json::from_str(&text).expect("the driver answers in JSON");
        let value = answer["value"].take();
        if status.is_success() { Ok(value) } else { Err(value) }
    }
}

/// The port that the driver has chosen.
async fn port(output: ChildStdout) -> String {
    let mut lines = BufReader::new(output).lines();
    let port = timeout(STARTS_WITHIN, async {
        while let Some(line) = lines.next_line().await.expect("the driver writes text") {
            if let Some((_, port)) = line.split_once(STARTED) {
                return port.trim_end_matches('.').to_owned();
            }
        }
        panic!("{DRIVER} has ended, and named no port");
    });
    let port = port.await.expect("the driver starts in time");
    // Nobody needs the rest, but a full pipe would hold the driver up.
    tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
    port
}
