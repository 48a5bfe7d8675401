//! A real browser, and a person in front of it.
//!
//! Chromium is started by the test, without a window, and spoken to directly. What is waited for is what a person would wait
//! for: something on the screen. Without Chromium the tests are left out, loudly, and with `CI=true` they fail.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use chromiumoxide::browser::{Browser, BrowserConfig};
use chromiumoxide::cdp::browser_protocol::network::CookieParam;
use chromiumoxide::handler::viewport::Viewport;
use chromiumoxide::page::ScreenshotParams;
use chromiumoxide::{Handler, Page};
use connector::app::App;
use connector::people::token::Token;
use connector::people::{Role, Sites};
use connector::store::{NewPerson, WebSessionRow};
use futures_util::StreamExt as _;
use jiff::SignedDuration;
use serde_json::Value;
use tempfile::TempDir;
use tokio::task::JoinHandle;

/// What tests read to know which programs are left out on purpose.
const LEFT_OUT: &str = "ML_CONNECTOR_LEFT_OUT";
const PROGRAMS: [&str; 3] = ["chromium", "chromium-browser", "google-chrome"];
/// How often and how many times the screen is looked at.
const LOOK: Duration = Duration::from_millis(50);
const LOOKS: usize = 600;

/// A browser with one page.
pub(crate) struct Screen {
    pub(crate) page: Page,
    browser: Browser,
    handling: JoinHandle<()>,
    _folder: TempDir,
}

/// The program, or none with loud words.
pub(crate) fn chromium() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    let found = PROGRAMS.iter().flat_map(|name| folders.iter().map(move |it| it.join(name))).find(|it| it.is_file());
    if found.is_none() {
        let on_purpose = std::env::var(LEFT_OUT).is_ok_and(|it| it.split(' ').any(|it| it == PROGRAMS[0]));
        let in_ci = std::env::var("CI").is_ok_and(|it| it == "true");
        assert!(!in_ci, "chromium is missing, and with CI=true nothing is left out");
        if !on_purpose {
            eprintln!("LEFT OUT: chromium is not installed, so the console is not tried in a browser");
        }
    }
    found
}

impl Screen {
    /// So many pixels wide.
    pub(crate) async fn open(program: &Path, width: u32) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let viewport = Viewport { width, height: 1000, ..Viewport::default() };
        let config = BrowserConfig::builder()
            .chrome_executable(program)
            .user_data_dir(folder.path())
            .new_headless_mode()
            .no_sandbox()
            .args(["disable-gpu", "disable-dev-shm-usage"])
            .launch_timeout(Duration::from_secs(60))
            .viewport(viewport)
            .window_size(width, 1000)
            .build()
            .expect("a configuration");
        let (browser, mut handler): (Browser, Handler) = Browser::launch(config).await.expect("a browser");
        let handling = tokio::spawn(async move { while handler.next().await.is_some() {} });
        let page = browser.new_page("about:blank").await.expect("a page");
        Self { page, browser, handling, _folder: folder }
    }

    pub(crate) async fn goes_to(&self, url: &str) {
        self.page.goto(url).await.expect("the page loads");
        self.until("document.readyState === 'complete'").await;
    }

    /// What an expression says on the page now; nothing while the page changes.
    pub(crate) async fn says(&self, expression: &str) -> Option<Value> {
        self.page.evaluate(expression).await.ok()?.value().cloned()
    }

    /// Waits until an expression is true.
    pub(crate) async fn until(&self, expression: &str) {
        for _ in 0..LOOKS {
            if self.says(expression).await == Some(Value::Bool(true)) {
                return;
            }
            tokio::time::sleep(LOOK).await;
        }
        let shown = self.says("document.body.innerText").await;
        panic!("never true: {expression}\non {:?}:\n{shown:?}", self.page.url().await);
    }

    /// Waits until a text is shown.
    pub(crate) async fn sees(&self, text: &str) {
        self.until(&format!("document.body.innerText.includes({})", Value::from(text))).await;
    }

    /// Types into a field, in the place of what stands there.
    pub(crate) async fn types(&self, selector: &str, text: &str) {
        let empty = format!(
            "(() => {{ const it = document.querySelector({}); it.value = ''; it.focus(); return true }})()",
            Value::from(selector)
        );
        self.until(&empty).await;
        let field = self.page.find_element(selector).await.expect("a field");
        field.type_str(text).await.expect("typed");
    }

    pub(crate) async fn presses(&self, key: &str, selector: &str) {
        self.page.find_element(selector).await.expect("a field").press_key(key).await.expect("pressed");
    }

    /// Presses the first thing of a kind that says so, and waits until the page is another one.
    pub(crate) async fn clicks(&self, kind: &str, words: &str) {
        let mark = "window.marked = true";
        self.says(mark).await;
        self.touches(kind, words).await;
        self.until("window.marked !== true && document.readyState === 'complete'").await;
    }

    /// Presses something that leads to no other page.
    pub(crate) async fn touches(&self, kind: &str, words: &str) {
        let find = format!(
            "(() => {{ const it = [...document.querySelectorAll({})].find((it) => it.textContent.includes({})); \
             if (!it) return false; it.scrollIntoView(); it.click(); return true }})()",
            Value::from(kind),
            Value::from(words)
        );
        self.until(&find).await;
    }

    /// A browser that is logged in, without typing a password.
    pub(crate) async fn is(&self, app: &Arc<App>, url: &str, name: &str, role: Role) {
        let now = app.clock.real_now();
        let person = NewPerson { name: name.to_owned(), role, sites: Sites::All, password: None };
        app.store.add_person(&person, "test", now).await.expect("added");
        let token = Token::fresh().expect("randomness");
        let session = WebSessionRow {
            token_hash: token.hash(),
            person: name.to_owned(),
            opened_at: now,
            used_at: now,
            ends_at: now + SignedDuration::from_hours(1),
            agent: "test".to_owned(),
        };
        app.store.open_web_session(&session).await.expect("opened");
        let cookie = CookieParam::builder().name("ml-connector").value(token.expose()).url(url).build();
        self.page.set_cookie(cookie.expect("a cookie")).await.expect("set");
    }

    /// The whole page as a picture.
    pub(crate) async fn picture(&self, file: &Path) {
        let params = ScreenshotParams::builder().full_page(true).build();
        self.page.save_screenshot(params, file).await.expect("a picture");
    }

    pub(crate) async fn closes(mut self) {
        // A browser that is gone already is closed.
        let _ = self.browser.close().await;
        let _ = self.browser.wait().await;
        self.handling.abort();
    }
}
