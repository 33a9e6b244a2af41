//! The site of `beskid doc` in a browser: pages from the disk, without a server, as readers have them.
//!
//! Debian's `chromium` is driven by its command line alone: it prints the page as it is when scripts have run,
//! and what they say on the console. A page of the test's own, which has the site's pages in a frame, presses
//! keys and clicks.

#![allow(clippy::print_stdout, reason = "a skipped test says why")]

mod workshop;

use std::fs;
use std::process::Command;

use workshop::{Workshop, finish};

/// A browser that is there.
fn browser() -> Option<&'static str> {
    let is_there = |name: &&&str| Command::new(name).arg("--version").output().is_ok();
    let found = ["chromium", "chromium-browser", "google-chrome"].iter().find(is_there).copied();
    if found.is_none() {
        println!("skipped: chromium is not installed");
    }
    found
}

/// The core library's site.
fn site() -> Workshop {
    let workshop = Workshop::new();
    let ran = workshop.run(&["doc", "--corelib", "--out", "site"]);
    assert_eq!(ran.status, 0, "{ran:?}");
    workshop
}

/// A page as it is when its scripts have run; nothing may be said on the console.
fn loaded(workshop: &Workshop, browser: &str, page: &str, extra: &[&str]) -> String {
    let profile = workshop.at("profile");
    let mut command = workshop.command(browser);
    command.args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-extensions"]);
    command.args(["--disable-dev-shm-usage", "--enable-logging=stderr"]);
    command.args(["--virtual-time-budget=20000", "--dump-dom"]).args(extra);
    command.arg(format!("--user-data-dir={}", profile.display()));
    command.arg(format!("file://{}/{page}", workshop.path().display()));
    let ran = finish(&mut command);
    assert_eq!(ran.status, 0, "{ran:?}");
    let said: Vec<&str> = ran.stderr.lines().filter(|line| line.contains(":CONSOLE")).collect();
    assert!(said.is_empty(), "{page}: {said:#?}");
    ran.stdout
}

#[test]
fn pages_work_from_the_disk() {
    let Some(browser) = browser() else { return };
    let workshop = site();
    let page = loaded(&workshop, browser, "site/core/Collections.Map/Map.html", &[]);
    assert!(page.contains("class=\"js\"") && page.contains("pub</span>"), "{page}");
    // The search has an address, and works on pages below.
    let page = loaded(&workshop, browser, "site/source/core/Math.bd.html?search=map.getor", &[]);
    let results = page.split("id=\"results\"").nth(1).expect("the results");
    let first = results.split("</a>").next().expect("a result");
    assert!(first.contains("href=\"../../core/Collections.Map/Map.html#method.GetOr\""), "{first}");
    assert!(first.contains("aria-selected=\"true\""), "{first}");
    let page = loaded(&workshop, browser, "site/index.html?search=%3Cscript%3Ezzz", &[]);
    assert!(page.contains("Nothing is called like that."), "{page}");
}

/// Drives the site in a frame, and writes what it finds.
const DRIVER: &str = r#"<!DOCTYPE html>
<meta charset="utf-8">
<iframe id="frame" width="1200" height="800"></iframe>
<pre id="log"></pre>
<script>
const frame = document.getElementById('frame');
const log = (name, value) => { document.getElementById('log').textContent += `${name}=${value};`; };
const page = () => frame.contentDocument;
const wait = (time) => new Promise((then) => setTimeout(then, time));
const until = async (what, test) => {
  for (let turn = 0; turn < 100; turn++) {
    try { if (test()) return; } catch { }
    await wait(50);
  }
  log('missed', what);
};
const open = async (path) => {
  frame.src = path;
  await until(path, () => page().readyState === 'complete' && frame.contentWindow.location.href.endsWith(path));
};
const key = (target, name) => target.dispatchEvent(new frame.contentWindow.KeyboardEvent('keydown', { key: name, bubbles: true, cancelable: true }));
const colour = () => frame.contentWindow.getComputedStyle(page().body).backgroundColor;
(async () => {
  await open('site/core/Prelude/index.html');
  key(page().body, '/');
  const input = page().getElementById('search');
  log('focused', page().activeElement === input);
  input.value = 'Map';
  input.dispatchEvent(new frame.contentWindow.Event('input'));
  await until('results', () => page().querySelectorAll('.result').length > 0);
  log('first', page().querySelector('.result').textContent);
  key(input, 'ArrowDown');
  log('chosen', page().querySelector('[aria-selected=true]').id);
  key(input, 'ArrowUp');
  key(input, 'Enter');
  await until('the page', () => frame.contentWindow.location.href.endsWith('/Collections.Map/Map.html'));
  await until('it', () => page().readyState === 'complete');
  log('title', page().title);

  const before = colour();
  page().getElementById('theme').click();
  log('switched', colour() !== before);
  const after = colour();
  await open('site/core/Math/index.html');
  log('remembered', colour() === after);
  page().getElementById('theme').click();
  log('back', colour() === before);

  const wide = page().getElementById('side').getBoundingClientRect().width;
  log('beside', wide > 100 && page().getElementById('menu').offsetWidth === 0);
  frame.width = 360;
  await wait(200);
  const body = page().documentElement;
  log('fits', body.scrollWidth <= 360);
  log('folded', page().getElementById('side').offsetHeight === 0);
  page().getElementById('menu').click();
  log('unfolded', page().getElementById('side').offsetHeight > 100);
  log('done', true);
})();
</script>
"#;

#[test]
fn keys_clicks_colours_and_narrow_screens_work() {
    let Some(browser) = browser() else { return };
    let workshop = site();
    fs::write(workshop.at("driver.html"), DRIVER).unwrap();
    // The driver looks into the frame, which pages from the disk may not do by themselves.
    let page = loaded(&workshop, browser, "driver.html", &["--allow-file-access-from-files"]);
    let log = page.split("<pre id=\"log\">").nth(1).and_then(|rest| rest.split("</pre>").next());
    let expected = "focused=true;first=typeCollections.Map.MapValues by key: a hash table that is iterated in the \
                    order in which the keys came. Set, Get, Remove and ContainsKey take …;\
                    chosen=result-1;title=Map - core.Collections.Map;switched=true;remembered=true;back=true;\
                    beside=true;fits=true;folded=true;unfolded=true;done=true;";
    assert_eq!(log, Some(expected));
}

#[test]
fn the_system_s_colours_are_those_of_pages() {
    let Some(browser) = browser() else { return };
    let workshop = site();
    let script = "<!DOCTYPE html><iframe id=f src=\"site/index.html\"></iframe><pre id=log></pre><script>\
                  f.onload = () => { log.textContent = f.contentWindow.getComputedStyle(\
                  f.contentDocument.body).backgroundColor; };</script>";
    fs::write(workshop.at("colours.html"), script).unwrap();
    let colours = ["0", "1"].map(|scheme| {
        let scheme = format!("--blink-settings=preferredColorScheme={scheme}");
        let extra = ["--allow-file-access-from-files", &scheme];
        let page = loaded(&workshop, browser, "colours.html", &extra);
        page.split("<pre id=\"log\">").nth(1).unwrap().split("</pre>").next().unwrap().to_owned()
    });
    assert_eq!(colours, ["rgb(20, 24, 29)", "rgb(255, 255, 255)"]);
}
