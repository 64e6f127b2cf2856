//! Through the pages with the keyboard alone; following a run; without a script.

use serde_json::json;
use thirtyfour::{Key, prelude::*};

use crate::{
    chromium::{Browser, Screen},
    seeded::{Seeded, named},
};

/// Presses a key, on whatever has the focus.
async fn press(browser: &Browser, key: Key) {
    let keys = browser.driver.action_chain().send_keys(key);
    keys.perform().await.unwrap();
}

/// Presses Tab until the focus is on what a selector means; what has the focus must be seen.
async fn tab_to(browser: &Browser, selector: &str) {
    let seen = format!(
        "const focused = document.activeElement, box = focused.getBoundingClientRect();
         return focused.matches({}) ? (box.width > 1 && box.height > 1 ? 'seen' : 'hidden') : 'elsewhere'",
        json!(selector)
    );
    for _ in 0..100 {
        press(browser, Key::Tab).await;
        let found = browser.run(&seen).await;
        if found != "elsewhere" {
            assert_eq!(found, "seen", "{selector}");
            return;
        }
    }
    panic!("Tab never reaches {selector}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_keyboard_reaches_everything() {
    let seeded = Seeded::start().await;
    let browser = Browser::start().await;
    browser.set(Screen::Light).await;
    let driver = &browser.driver;
    driver
        .goto(format!("{}/ui", seeded.service.url))
        .await
        .unwrap();

    // The first stop leads past the navigation.
    press(&browser, Key::Tab).await;
    assert_eq!(
        browser.run("return document.activeElement.className").await,
        "skip"
    );
    press(&browser, Key::Enter).await;
    assert_eq!(
        browser.run("return document.activeElement.id").await,
        "main"
    );

    let run = format!("/ui/analyses/{}", seeded.failed);
    tab_to(&browser, "select[name=verdict]").await;
    let filter = driver.action_chain().send_keys("fail");
    filter.perform().await.unwrap();
    tab_to(&browser, "form button").await;
    press(&browser, Key::Enter).await;
    browser
        .until("return location.search.includes('verdict=fail')")
        .await;
    tab_to(&browser, &format!("a[href='{run}']")).await;
    press(&browser, Key::Enter).await;
    browser
        .until(&format!("return location.pathname === '{run}'"))
        .await;
    tab_to(&browser, "a[href$='/metrics/latency-p99']").await;
    press(&browser, Key::Enter).await;
    browser
        .until("return location.pathname.endsWith('latency-p99')")
        .await;
    browser
        .cdp(
            "Browser.grantPermissions",
            json!({"permissions": ["clipboardReadWrite", "clipboardSanitizedWrite"]}),
        )
        .await;
    tab_to(&browser, "button[data-copy]").await;
    press(&browser, Key::Enter).await;
    browser
        .until("return document.getElementById('status').textContent !== ''")
        .await;
    let said = browser
        .run("return document.getElementById('status').textContent")
        .await;
    assert_eq!(said, "Copied");

    // The theme is chosen once, for every page and the next visit.
    driver
        .goto(format!("{}/ui", seeded.service.url))
        .await
        .unwrap();
    let ground = "return getComputedStyle(document.documentElement).backgroundColor";
    assert_eq!(browser.run(ground).await, "rgb(250, 250, 248)");
    tab_to(&browser, "#theme").await;
    press(&browser, Key::Enter).await;
    assert_eq!(browser.run(ground).await, "rgb(20, 23, 27)");
    driver
        .goto(format!("{}{run}", seeded.service.url))
        .await
        .unwrap();
    assert_eq!(browser.run(ground).await, "rgb(20, 23, 27)");
    assert_eq!(browser.complaints().await, [""; 0]);
    browser.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rollout_is_decided_and_a_run_cancelled_with_the_keyboard() {
    let seeded = Seeded::start().await;
    let browser = Browser::start().await;
    browser.set(Screen::Phone).await;
    let driver = &browser.driver;
    let go = async |path: &str| {
        let url = format!("{}{path}", seeded.service.url);
        driver.goto(url).await.unwrap();
    };
    let write = async |text: &str| {
        let keys = driver.action_chain().send_keys(text);
        keys.perform().await.unwrap();
    };
    go("/ui/rollouts").await;
    let rollout = format!("/ui/rollouts/{}", seeded.rollout_held);
    tab_to(&browser, &format!("a[href='{rollout}']")).await;
    press(&browser, Key::Enter).await;
    browser
        .until(&format!("return location.pathname === '{rollout}'"))
        .await;
    tab_to(&browser, "input[name=action]").await;
    press(&browser, Key::Space).await;
    tab_to(&browser, "input[name=by]").await;
    write("Ana").await;
    // What somebody writes stays while the page goes on beside it.
    tokio::time::sleep(std::time::Duration::from_secs(4)).await;
    tab_to(&browser, "input[name=reason]").await;
    write("all is well").await;
    press(&browser, Key::Enter).await;
    browser
        .until("return document.body.innerText.includes('Ana decided to promote: all is well')")
        .await;

    go(&format!("/ui/analyses/{}", seeded.queued)).await;
    tab_to(&browser, "a[href$='/cancel']").await;
    press(&browser, Key::Enter).await;
    browser
        .until("return location.pathname.endsWith('/cancel')")
        .await;
    tab_to(&browser, "button.grave").await;
    press(&browser, Key::Enter).await;
    browser
        .until("return document.querySelector('h1').innerText.includes('cancelled')")
        .await;
    assert_eq!(browser.complaints().await, [""; 0]);
    browser.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_follows_its_run_to_the_end() {
    let seeded = Seeded::start().await;
    let browser = Browser::start().await;
    let run = format!("/ui/analyses/{}", seeded.queued);
    let url = &seeded.service.url;
    browser.driver.goto(format!("{url}{run}")).await.unwrap();
    browser
        .until("return document.body.innerText.includes('pending')")
        .await;
    browser.run("window.same = true").await;
    let cancel = format!("/api/v1/analyses/{}/cancel", seeded.queued);
    seeded.service.post(&cancel, &json!({})).await;
    browser
        .until("return document.querySelector('h1').innerText.includes('cancelled')")
        .await;
    // The page was not loaded anew, what changed is said, and nothing is asked any more.
    assert_eq!(browser.run("return window.same").await, true);
    let said = browser
        .run("return document.getElementById('status').textContent")
        .await;
    assert_eq!(said, "The analysis: cancelled");
    assert_eq!(
        browser
            .run("return document.querySelector('[data-live]')")
            .await,
        json!(null)
    );

    browser
        .driver
        .goto(format!("{url}/ui?application=fresh"))
        .await
        .unwrap();
    browser
        .until("return document.body.innerText.includes('No run matches')")
        .await;
    seeded.service.analyse(&named("healthy", "fresh")).await;
    browser
        .until("return document.querySelectorAll('#runs tbody tr').length === 1")
        .await;
    browser.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_say_everything_without_a_script() {
    let seeded = Seeded::start().await;
    let browser = Browser::start().await;
    browser
        .cdp(
            "Emulation.setScriptExecutionDisabled",
            json!({"value": true}),
        )
        .await;
    let url = &seeded.service.url;
    browser.driver.goto(format!("{url}/ui")).await.unwrap();
    browser
        .driver
        .find(By::Css("input[name=application]"))
        .await
        .unwrap()
        .send_keys("checkout" + Key::Enter)
        .await
        .unwrap();
    let link = browser
        .driver
        .query(By::Css(format!("a[href='/ui/analyses/{}']", seeded.failed)));
    link.first().await.unwrap().click().await.unwrap();
    let heading = browser
        .driver
        .query(By::Css("section.verdict h1"))
        .first()
        .await
        .unwrap();
    assert_eq!(
        heading.text().await.unwrap().replace('\n', " "),
        "checkout ✕ fail"
    );
    for button in browser.driver.find_all(By::Css("button")).await.unwrap() {
        assert!(!button.is_displayed().await.unwrap());
    }
    browser.quit().await;
}
