// A browser in which a scenario looks at the pages of the server: Chromium, driven by
// Playwright. Whatever a page does that it must not, such as breaking its own
// Content-Security-Policy, fails the scenario; so does what axe finds.

const { mkdirSync, readFileSync } = require('node:fs');
const path = require('node:path');
const { chromium } = require('playwright-core');

const axe = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');
const screenshots = path.join(__dirname, '..', '..', 'build', 'screenshots');
const sizes = { desktop: { width: 1280, height: 800 }, phone: { width: 375, height: 812 } };

// assert fails the scenario with what was expected.
function assert(condition, message) {
  if (!condition) throw new Error(message);
}

// open starts a browser without cookies. close() reports everything that pages of the server
// at url did wrong. Without looks, look() does nothing.
async function open(url, looks = true) {
  const browser = await chromium.launch({
    executablePath: '/usr/bin/chromium', args: ['--no-sandbox'], // only pages of tests
  });
  const wrong = [], expected = [];
  const contexts = async (options) => {
    const context = await browser.newContext({ ignoreHTTPSErrors: true, viewport: sizes.desktop, ...options });
    context.setDefaultTimeout(20_000);
    context.on('weberror', (e) => wrong.push(`script error: ${e.error()}`));
    context.on('console', (m) => {
      const isOurs = m.page()?.url().startsWith(url); // others have mistakes of their own
      if (isOurs && m.type() === 'error' && !/status of \d+/.test(m.text())) wrong.push(`console of ${m.page()?.url()}: ${m.text()}`);
    });
    return context;
  };
  const check = async (name, on, size, colorScheme) => {
    await on.evaluate(axe);
    const { violations } = await on.evaluate(() => window.axe.run(document, { // eslint-disable-line no-undef
      runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
    }));
    for (const v of violations) {
      wrong.push(`${name}, ${size}, ${colorScheme}: ${v.id}: ${v.help}: ${v.nodes.map((n) => n.html).slice(0, 3).join(' ')}`);
    }
    const wide = await on.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth); // eslint-disable-line no-undef
    if (wide > 0) wrong.push(`${name}, ${size}: the page is ${wide} pixels wider than the window`);
    await on.screenshot({ path: path.join(screenshots, `${name}-${size}-${colorScheme}.png`), fullPage: true });
  };
  const context = await contexts();
  const page = await context.newPage();
  return {
    context, page, another: contexts,

    // expect lets the console report what a scenario brings about.
    expect: (pattern) => { expected.push(pattern); },

    // look checks a page with axe in light and dark, on a desktop and a phone, and keeps a
    // screenshot of each.
    async look(name, on = page) {
      if (!looks) return;
      mkdirSync(screenshots, { recursive: true });
      if (process.env.POSTERN_BROWSER === 'quick') { // while a scenario is written
        await on.screenshot({ path: path.join(screenshots, `${name}-desktop-light.png`), fullPage: true });
        return;
      }
      for (const [size, viewport] of Object.entries(sizes)) {
        await on.setViewportSize(viewport);
        for (const colorScheme of ['light', 'dark']) {
          await on.emulateMedia({ colorScheme });
          await whole(on, () => check(name, on, size, colorScheme));
        }
      }
      await on.setViewportSize(sizes.desktop);
    },

    async close() {
      await browser.close();
      const left = [...new Set(wrong)].filter((text) => !expected.some((pattern) => pattern.test(text)));
      assert(left.length === 0, left.join('\n'));
    },
  };
}

// whole repeats f when a reload of the page has interrupted it: some pages reload by themselves.
async function whole(page, f) {
  for (let left = 3; ; left--) {
    try {
      return await f();
    } catch (e) {
      if (left === 0 || !/context was destroyed|reading 'run'/.test(e.message)) throw e; // or the page that has axe is gone
      await page.waitForLoadState();
    }
  }
}

// setUp makes the browser's user the first operator, by the link that the server prints.
async function setUp(page, link, password = 'correct horse battery') {
  await page.goto(link);
  await page.getByLabel('Email address').fill('ops@example.com');
  await page.getByLabel('Name', { exact: true }).fill('Ada Operator');
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByLabel('Password, once more').fill(password);
  await page.getByRole('button', { name: 'Set the password' }).click();
  await page.getByRole('heading', { name: 'Overview', level: 1 }).waitFor();
}

// scenario runs f with a browser and the JSON of standard input.
async function scenario(f) {
  const input = JSON.parse(readFileSync(0, 'utf8') || '{}');
  const b = await open(input.url, input.looks);
  try {
    await f(b, input);
  } catch (e) {
    mkdirSync(screenshots, { recursive: true });
    await b.page.screenshot({ path: path.join(screenshots, 'failed.png'), fullPage: true }).catch(() => {});
    console.error(`at ${b.page.url()}`);
    await b.close().catch((others) => console.error(others.message));
    throw e;
  }
  await b.close();
}

// run ends the process with the failure of a scenario.
function run(f) {
  scenario(f).catch((e) => { console.error(e.stack ?? e); process.exit(1); });
}

module.exports = { assert, open, run, setUp };
