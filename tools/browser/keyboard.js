// The main job, with the keyboard alone: no mouse, and each place where the focus stops can be seen.

const { assert, run, setUp } = require('./browser.js');

run(async ({ page, look }, { url, link, api }) => {
  await setUp(page, link);
  const title = (name) => page.getByRole('heading', { name, level: 1, exact: true }).waitFor();

  // focused says what has the focus, and whether that can be seen.
  const focused = () => page.evaluate(() => { /* eslint-disable no-undef */
    const e = document.activeElement;
    if (!e || e === document.body) return { name: '', outlined: true };
    const style = getComputedStyle(e), box = e.getBoundingClientRect();
    const label = e.getAttribute('aria-label') ?? (e.labels?.length ? e.labels[0].textContent : e.textContent);
    return {
      name: label.trim().replace(/\s+/g, ' '), tag: e.tagName, alert: e.getAttribute('role') === 'alert', inForm: Boolean(e.closest('main')),
      outlined: style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0 && box.bottom > 0 && box.top < innerHeight,
    };
  }); /* eslint-enable no-undef */

  // to presses Tab until what has that name has the focus.
  const to = async (name, key = 'Tab') => {
    const passed = [];
    for (let i = 0; i < 80; i++) {
      await page.keyboard.press(key);
      const f = await focused();
      assert(f.outlined, `the focus cannot be seen on ${f.tag} ${f.name} of ${page.url()}`);
      if (name instanceof RegExp ? name.test(f.name) : f.name === name) return;
      passed.push(f.name);
    }
    throw new Error(`Tab does not come to ${name} on ${page.url()}, but to: ${passed.join(' | ')}`);
  };
  const enter = (key = 'Enter') => Promise.all([page.waitForEvent('load'), page.keyboard.press(key)]);
  const press = async (name, key) => { await to(name); await enter(key); };
  const type = async (name, text) => {
    await to(name);
    await page.keyboard.press('Control+A');
    await page.keyboard.type(text);
  };

  // Sign out and in; a wrong password leads back to what is wrong.
  await press('Sign out');
  await title('Sign in');
  await page.keyboard.type('ops@example.com'); // it has the focus
  await type('Password', 'wrong');
  await enter();
  await page.getByRole('alert').waitFor();
  assert((await focused()).alert, `after a wrong password, the focus is on ${JSON.stringify(await focused())}`);
  await type(/^Email address/, 'ops@example.com');
  await type('Password', 'correct horse battery');
  await enter();
  await title('Overview');

  // The first Tab leads past the navigation.
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await page.keyboard.press('Tab');
  assert((await focused()).inForm, 'the link to the content does not lead there');

  // A connection from a template, with a mistake first.
  await page.goto(url);
  await press('Connections');
  await title('Connections');
  await press('Add a connection');
  await press('Authorization code');
  await title('Add a connection');
  await type('Name', 'crm');
  await type('Authorization endpoint', `${api}/authorize`);
  await type('Token endpoint', 'nonsense://');
  await type('Client ID', 'demo');
  await type('Client secret', 'demo-secret');
  await type('Hosts of the API', new URL(api).host);
  await enter();
  await page.getByRole('alert').waitFor();
  assert((await focused()).alert, `after a mistake, the focus is on ${JSON.stringify(await focused())}`);
  await type('Token endpoint', `${api}/token`);
  await type('Client secret', 'demo-secret');
  await enter();
  await title('crm');
  await press('Get token');
  await title('crm'); // the authorization server agrees by itself
  await page.getByText('ready').first().waitFor();
  await press('Test');
  await title('crm');
  await page.getByRole('status').waitFor();
  await look('keyboard-connection');

  // Settings of an add-on, among them a choice with the arrow keys.
  await press('Tasks');
  await press('addon');
  await title('addon');
  await press('Edit');
  await to('C1: Connection to the playground');
  await page.keyboard.press('ArrowDown');
  await type('C2: URL of the playground', api);
  await type('C4: Greeting to be echoed', 'a greeting');
  await type('C5: Data item to save the responses', 'q_accesslog');
  await enter();
  await title('addon');
  await press('Run');
  await title('Run of addon');
  await page.locator('.state.succeeded').first().waitFor();
  await to('Log');

  // A run that goes on is found in the list and cancelled; the focus is not lost when its page changes.
  await press('Tasks');
  await press('slow');
  await title('slow');
  await press('Run');
  await title('Run of slow');
  await press('Runs');
  await title('Runs');
  await press('slow');
  await title('Run of slow');
  await page.locator('.state.running').first().waitFor();
  await press('Cancel', 'Space');
  await page.locator('.state.canceled').first().waitFor();

  // A run that ends while one of its links has the focus leaves it there.
  await press('Tasks');
  await press('short');
  await press('Run');
  await title('Run of short');
  await to('short');
  await page.locator('.state.succeeded').first().waitFor();
  const f = await focused();
  assert(f.name === 'short', `when the run has ended, the focus is on ${JSON.stringify(f)}`);

  await press('Sign out');
  await title('Sign in');
});
