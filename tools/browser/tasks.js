// Tasks and runs: an author writes a task, uploads others, sets an add-on up, and looks at runs.

const { readFileSync } = require('node:fs');
const path = require('node:path');
const { assert, run, setUp } = require('./browser.js');

run(async ({ page, look, another, expect }, { url, link, api }) => {
  await setUp(page, link);
  const button = (name) => page.getByRole('button', { name, exact: true });
  const title = (name) => page.getByRole('heading', { name, level: 1, exact: true }).waitFor();
  const ended = (state = 'succeeded') => page.locator(`.state.${state}`).first().waitFor();

  // A script with a mistake comes back with the place of the mistake, and nothing is lost.
  await page.goto(`${url}/tasks`);
  await page.getByRole('link', { name: 'Add a task' }).click();
  await look('task-form');
  await page.getByLabel('Name', { exact: true }).fill('greet');
  const script = await page.getByLabel('Content').inputValue();
  await page.getByLabel('Content').fill('let x = 1;\nlet x = 2;\n');
  await button('Save').click();
  await page.getByRole('alert').getByText('main.js:2').waitFor();
  await look('task-form-wrong');
  assert(await page.getByLabel('Name', { exact: true }).inputValue() === 'greet', 'the form has lost the name');
  await page.getByLabel('Content').fill(script);
  await page.getByLabel('Description').fill('Says hello.');
  await button('Save').click();
  await title('greet');

  // Run it, with wrong data first.
  await page.getByLabel('Data').fill('{q_name: 1}');
  await button('Run').click();
  await page.getByRole('alert').getByText('not a JSON object').waitFor();
  await page.getByLabel('Data').fill('{"q_name": "<b>Ada</b>"}');
  await button('Run').click();
  await title('Run of greet');
  await ended();
  await page.getByText('Hello, <b>Ada</b>').first().waitFor();
  await look('run');

  // Lines of the log arrive while the run goes on, as events, and without them too.
  await page.goto(`${url}/new/task`);
  await page.getByLabel('Name', { exact: true }).fill('lines');
  await page.getByLabel('Content').fill('function main() { engine.log("one"); const end = Date.now() + 3000; while (Date.now() < end); engine.log("two"); }');
  await button('Save').click();
  for (const withEvents of [true, false]) {
    if (!withEvents) await page.route('**/events', (route) => route.abort());
    await page.goto(`${url}/tasks/lines`);
    const events = withEvents ? page.waitForResponse((r) => r.url().endsWith('/events') && r.status() === 200) : Promise.resolve();
    await button('Run').click();
    await events;
    await page.getByLabel('Log').getByText('one').waitFor();
    await page.locator('.state.running').first().waitFor();
    await page.getByLabel('Log').getByText('two').waitFor();
    await ended();
  }
  expect(/net::ERR_FAILED/);
  await page.unroute('**/events');

  // Another version, and back to the first.
  await page.goto(`${url}/tasks/greet`);
  await page.getByRole('link', { name: 'Edit' }).click();
  await page.getByLabel('Content').fill(script.replaceAll('Hello', 'Goodbye'));
  await button('Save').click();
  await page.getByText('The task was saved').waitFor();
  await page.getByRole('button', { name: 'Activate version 1' }).click();
  await page.getByText('Version 1 is active').waitFor();
  await look('task');

  // A task file with its script is uploaded; its data items are fields, one of them a file.
  await page.goto(`${url}/new/task`);
  await page.getByLabel('Name', { exact: true }).fill('items');
  await page.getByLabel('Upload').setInputFiles([
    { name: 'items.toml', mimeType: 'application/toml', buffer: Buffer.from(`script = "items.js"
allow = ["${new URL(api).host}"]

[data.q_name]
type = "STRING_TEXTFIELD"
name = "Your name"

[data.q_day]
type = "DATE_YMD"

[data.q_count]
type = "DECIMAL"

[data.q_color]
type = "SELECT_SINGLE"
options = ["red", "blue"]

[data.q_note]
type = "FILE"

[data.q_result]
type = "STRING_TEXTAREA"
`) },
    { name: 'items.js', mimeType: 'text/javascript', buffer: Buffer.from(`
const statuses = ["/api/items", "/redirect?to=/api/items", "/nosuch"].map((path) =>
  httpClient.begin().bearer("demo-token").get(${JSON.stringify(api)} + path).getStatusCode());
const note = engine.findDataByVarName("q_note");
engine.log("statuses " + statuses);
engine.setDataByVarName("q_result", [engine.findDataByVarName("q_name"), engine.findDataByVarName("q_count"), engine.findDataByVarName("q_day"),
  String(note.length ?? note)].join(" "));
`) },
  ]);
  await page.getByLabel('Content').fill('');
  await button('Save').click();
  await title('items');
  await page.getByLabel('Your name').fill('Grace');
  await page.getByLabel('q_day').fill('2026-01-31');
  await page.getByLabel('q_count').fill('12.50');
  await page.getByLabel('q_color').selectOption('blue');
  await page.getByLabel('q_note').setInputFiles({ name: 'note.txt', mimeType: 'text/plain', buffer: Buffer.from('a note') });
  await look('task-items');
  await button('Run').click();
  await title('Run of items');
  await ended();
  await page.getByText(/Grace 12.5/).first().waitFor();
  await page.getByRole('region', { name: 'Requests' }).waitFor();
  await look('run-requests');
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: 'note.txt' }).click()]);
  assert(download.suggestedFilename() === 'note.txt', 'the file has another name');

  // An add-on has a form for its settings, one of which is a connection.
  await page.goto(`${url}/new/connection?template=client_credentials`);
  for (const [label, text] of [['Name', 'playground'], ['Token endpoint', `${api}/token`], ['Client ID', 'demo'], ['Client secret', 'demo-secret'], ['Hosts of the API', new URL(api).host]]) {
    await page.getByLabel(label, { exact: true }).fill(text);
  }
  await button('Save').click();
  await title('playground');
  await page.goto(`${url}/new/task`);
  await page.getByLabel('Name', { exact: true }).fill('addon');
  await page.getByLabel('Content').fill('');
  await page.getByLabel('Upload').setInputFiles({
    name: 'addon.xml', mimeType: 'application/xml', buffer: readFileSync(path.join(__dirname, '../../scripts/addons/playground-items.xml')),
  });
  await button('Save').click();
  await title('addon');
  await page.getByRole('link', { name: 'Edit' }).click();
  await page.getByLabel('C1: Connection to the playground').selectOption('playground');
  await page.getByLabel('C2: URL of the playground').fill(api);
  await page.getByLabel('C4: Greeting to be echoed').fill('a greeting');
  await page.getByLabel('C5: Data item to save the responses').fill('q_accesslog');
  await look('task-form-addon');
  await button('Save').click();
  await title('addon');
  await button('Run').click();
  await ended();
  await page.getByLabel('q_accesslog').getByText('a greeting').waitFor();

  // A webhook has a URL, which is shown once.
  await page.goto(`${url}/new/task`);
  await page.getByLabel('Name', { exact: true }).fill('orders');
  await page.getByLabel('Content').fill('');
  await page.getByLabel('Upload').setInputFiles({
    name: 'orders.xml', mimeType: 'application/xml', buffer: readFileSync(path.join(__dirname, '../../scripts/addons/order-start-webhook.xml')),
  });
  await button('Save').click();
  await title('orders');
  await button('Make a URL').click();
  const hook = await page.getByRole('status').locator('code').innerText();
  await look('task-webhook');
  assert((await page.request.post(hook, { data: '{}' })).status() !== 404, 'the webhook cannot be called');
  await page.goto(`${url}/tasks/orders`);
  assert(!(await page.content()).includes(hook), 'the URL is shown again');
  await button('Delete the URL').click();
  await page.getByText('The webhook can no longer be called.').waitFor();
  assert((await page.request.post(hook, { data: '{}' })).status() === 404, 'the webhook can still be called');

  // A log grows while the run goes on, without and with the script of the pages.
  await page.goto(`${url}/new/task`);
  await page.getByLabel('Name', { exact: true }).fill('slow');
  await page.getByLabel('Content').fill('engine.log("begun"); for (;;) {}');
  await button('Save').click();
  await button('Run').click();
  await page.getByText('begun').waitFor();
  await button('Cancel').click();
  await ended('canceled');
  await button('Run again').waitFor();

  await page.goto(`${url}/new/task`);
  await page.getByLabel('Name', { exact: true }).fill('broken');
  await page.getByLabel('Content').fill('engine.log("about to fail");\nengine.findDataByVarName("q_x").get(0);\n');
  await button('Save').click();
  await button('Run').click();
  await ended('failed');
  await page.getByText('broken.js:2').or(page.getByText('main.js:2')).first().waitFor();
  await look('run-failed');

  // Without the script of the pages, the page of a run is loaded again until it has ended.
  const plain = await (await another({ javaScriptEnabled: false })).newPage();
  await plain.goto(`${url}/new/task`);
  await plain.getByLabel('Email address').fill('ops@example.com');
  await plain.getByLabel('Password').fill('correct horse battery');
  await plain.getByRole('button', { name: 'Sign in' }).click();
  await plain.getByLabel('Name', { exact: true }).fill('three-seconds');
  await plain.getByLabel('Content').fill('const end = Date.now() + 3000; while (Date.now() < end);');
  await plain.getByRole('button', { name: 'Save' }).click();
  await plain.getByRole('button', { name: 'Run', exact: true }).click();
  await plain.locator('.state.running, .state.queued').first().waitFor();
  await plain.locator('.state.succeeded').first().waitFor();

  await page.goto(`${url}/runs`);
  await look('runs');
  await page.getByLabel('State').selectOption('failed');
  await button('Filter').click();
  await page.waitForURL(/state=failed/);
  assert(await page.locator('tbody tr').count() === 1, 'the filter shows others');
  await page.goto(`${url}/tasks`);
  await look('tasks');
  await page.goto(url);
  await page.getByText('Runs per hour').waitFor();
  await look('overview');

  // By keyboard alone: the link to the content, then the navigation.
  await page.goto(url);
  await page.keyboard.press('Tab');
  assert(await page.evaluate(() => document.activeElement.textContent) === 'Skip to content', 'the first link does not skip to the content'); // eslint-disable-line no-undef

  await page.goto(`${url}/tasks/broken/delete`);
  await button('Delete').click();
  await page.getByText('The task broken was deleted.').waitFor();

  // Schedules.
  await page.goto(`${url}/schedules`);
  await look('schedules-empty');
  await page.goto(`${url}/tasks/greet`);
  await page.getByRole('link', { name: 'Schedule', exact: true }).click();
  await page.getByLabel('Name', { exact: true }).fill('every morning');
  await page.getByLabel('Cron expression').fill('61 6 * * *');
  await page.getByLabel('Time zone').fill('Asia/Tokyo');
  await page.getByLabel('Data').fill('{"q_name": "Ada"}');
  await button('Save').click();
  await page.getByRole('alert').waitFor();
  await look('schedule-form-wrong');
  await page.getByLabel('Cron expression').fill('30 6 * * MON-FRI');
  await button('Save').click();
  await title('every morning');
  await button('Run now').click();
  await ended();
  await page.getByText('Hello, Ada').first().waitFor();
  await page.goto(`${url}/schedules`);
  await page.getByRole('link', { name: 'every morning' }).click();
  await title('every morning');
  await look('schedule');
  await page.getByRole('link', { name: 'Edit' }).click();
  await page.getByLabel('Enabled', { exact: true }).uncheck();
  await button('Save').click();
  await page.getByText('switched off').waitFor();
  await page.goto(`${url}/schedules`);
  await look('schedules');
});
