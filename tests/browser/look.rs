//! Every page on every screen: nothing inaccessible, nothing refused, nothing fetched from elsewhere, nothing cut off.

use serde_json::Value;

use crate::{
    chromium::{Browser, Screen, axe},
    seeded::Seeded,
};

/// Runs the rules of WCAG 2.2 AA and good practice; names what is violated and where.
const CHECK: &str = "const done = arguments[arguments.length - 1];
    axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']})
      .then((found) => done(found.violations.map((rule) =>
        rule.id + ': ' + rule.nodes.slice(0, 3).map((node) => node.html.slice(0, 200)).join(' | '))));";

#[tokio::test(flavor = "multi_thread")]
async fn every_page_is_right_on_every_screen() {
    let seeded = Seeded::start().await;
    let browser = Browser::start().await;
    let axe = axe();
    let mut wrong = Vec::new();
    for screen in Screen::ALL {
        browser.set(screen).await;
        for (name, path) in seeded.pages() {
            let shown = format!("{name} on {}", screen.word());
            let url = format!("{}{path}", seeded.service.url);
            browser.driver.goto(&url).await.unwrap();
            let width = "return document.documentElement.scrollWidth - document.documentElement.clientWidth";
            let too_wide = browser.run(width).await;
            if too_wide != 0 {
                wrong.push(format!("{shown}: {too_wide} pixels wider than the screen"));
            }
            screenshot(&browser, name, screen).await;
            let complaints = browser.complaints().await;
            // The page that is not there is meant not to be there.
            let unexpected = complaints
                .iter()
                .filter(|complaint| !complaint.contains("404 (Not Found)"));
            wrong.extend(unexpected.map(|complaint| format!("{shown}: {complaint}")));
            let elsewhere =
                |url: &String| !url.starts_with(&seeded.service.url) && !url.starts_with("data:");
            let requests = browser.requests().await;
            assert!(
                !requests.is_empty(),
                "{shown}: the log of requests is empty"
            );
            wrong.extend(
                requests
                    .into_iter()
                    .filter(elsewhere)
                    .map(|url| format!("{shown} asks for {url}")),
            );

            browser.driver.execute(axe.as_str(), vec![]).await.unwrap();
            let violations = browser.driver.execute_async(CHECK, vec![]).await.unwrap();
            let violations: Vec<String> =
                serde_json::from_value(violations.json().clone()).unwrap();
            wrong.extend(
                violations
                    .into_iter()
                    .map(|violation| format!("{shown}: {violation}")),
            );
            // What axe itself does to the page is nobody's complaint.
            browser.complaints().await;
        }
    }
    browser.quit().await;
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// With `SERINUS_SCREENSHOTS=DIRECTORY` every page is kept as an image, for the documentation and for looking at.
async fn screenshot(browser: &Browser, name: &str, screen: Screen) {
    let Some(directory) = std::env::var_os("SERINUS_SCREENSHOTS") else {
        return;
    };
    let cdp = browser.driver.cdp();
    let how = serde_json::json!({"captureBeyondViewport": true, "format": "png"});
    let shot: Value = cdp.send_raw("Page.captureScreenshot", how).await.unwrap();
    let file = std::path::Path::new(&directory).join(format!("{name}-{}.png", screen.word()));
    let png = base64::Engine::decode(
        &base64::engine::general_purpose::STANDARD,
        shot["data"].as_str().unwrap(),
    );
    std::fs::write(file, png.unwrap()).unwrap();
}
