// From an empty folder to a run that a program has started by the API, in a browser: the
// target demo of the Makefile. Screenshots are kept in build/screenshots. The server and the
// playground are build/postern.

const { spawn } = require('node:child_process');
const { mkdtempSync, rmSync } = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { assert, open, setUp } = require('./browser.js');

const root = path.join(__dirname, '..', '..');
const postern = path.join(root, 'build', 'postern');
const started = [], closing = [];

// start runs a command until the demo ends, and returns what pattern finds in its output.
function start(args, cwd, pattern) {
  return new Promise((resolve, reject) => {
    const child = spawn(postern, args, { cwd, stdio: ['pipe', 'pipe', 'pipe'] });
    started.push(child);
    let output = '';
    const read = (text) => {
      output += text;
      const found = pattern.exec(output);
      if (found) resolve(found);
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    child.on('error', reject);
    child.on('exit', (code) => reject(new Error(`postern ${args[0]} ended with ${code}: ${output}`)));
  });
}

async function demo(folder) {
  const say = (text) => console.log(`- ${text}`);
  const [, api] = await start(['playground', '--listen', '127.0.0.1:0'], folder, /playground: (\S+)/);
  const [, url, link] = await start(['serve', '--listen', '127.0.0.1:0'], folder, /serving (\S+)[^]*open (\S+)\n/);
  say(`postern serve in an empty folder: ${url}`);
  const b = await open(url);
  closing.push(b);
  const { page, look } = b;
  const button = (name) => page.getByRole('button', { name, exact: true });
  const title = (name) => page.getByRole('heading', { name, level: 1, exact: true }).waitFor();

  await page.goto(link);
  await look('demo-1-setup');
  await setUp(page, link);
  await button('Sign out').click();
  await page.getByLabel('Email address').fill('ops@example.com');
  await page.getByLabel('Password').fill('correct horse battery');
  await button('Sign in').click();
  await title('Overview');
  await look('demo-2-overview');
  say('signed in by the set-up link');

  await page.goto(`${url}/new/connection?template=authorization_code`);
  for (const [label, text] of [
    ['Name', 'playground'], ['Authorization endpoint', `${api}/authorize`], ['Token endpoint', `${api}/token`], ['Revocation endpoint', `${api}/revoke`],
    ['Client ID', 'demo'], ['Client secret', 'demo-secret'], ['Hosts of the API', new URL(api).host],
  ]) await page.getByLabel(label, { exact: true }).fill(text);
  await look('demo-3-connection-form');
  await button('Save').click();
  await title('playground');
  await button('Get token').click();
  await page.getByText('The connection is ready.').waitFor();
  await look('demo-4-connection-ready');
  await button('Test').click();
  await page.getByText('The connection works').waitFor();
  say('added a connection to the playground, and got a token');

  await page.goto(`${url}/new/task`);
  await page.getByLabel('Name', { exact: true }).fill('named-connection');
  await page.getByLabel('Content').fill('');
  await page.getByLabel('Upload').setInputFiles(['named-connection.toml', 'named-connection.js'].map((name) => path.join(root, 'scripts', name)));
  await button('Save').click();
  await title('named-connection');
  await page.getByLabel('q_base_url').fill(api);
  await look('demo-5-task');
  await button('Run').click();
  await page.locator('.state.succeeded').first().waitFor();
  await page.getByText(/200 .*greeting/).first().waitFor();
  await look('demo-6-run');
  say('ran the task with the named connection, and saw its data');

  await page.goto(`${url}/clients/new`);
  const redirect = 'http://127.0.0.1:1/callback'; // a native client's; the browser need not reach it
  await page.getByLabel('Name').fill('Report generator');
  await page.getByLabel('Redirect URLs').fill(redirect);
  await page.getByLabel('The most that it may do').selectOption('all');
  await button('Save').click();
  await title('Report generator');
  const secret = await page.getByRole('status').locator('code').last().innerText();
  const id = page.url().includes('/clients/new') ? (await page.locator('dd .copy code').first().innerText()) : page.url().split('/').pop();
  await look('demo-7-client');
  say('registered an API client');

  const oauth = await import(require.resolve('openid-client'));
  const server = await oauth.discovery(new URL(url), id, undefined, oauth.ClientSecretPost(secret), { algorithm: 'oauth2', execute: [oauth.allowInsecureRequests] });
  const verifier = oauth.randomPKCECodeVerifier(), state = oauth.randomState();
  await page.goto(oauth.buildAuthorizationUrl(server, {
    redirect_uri: redirect, scope: 'all', state, code_challenge: await oauth.calculatePKCECodeChallenge(verifier), code_challenge_method: 'S256',
  }).href);
  await page.getByRole('heading', { name: 'Allow Report generator?' }).waitFor();
  await look('demo-8-consent');
  await page.route(`${redirect}*`, (route) => route.fulfill({ contentType: 'text/plain', body: 'The client has the code.' }));
  const [callback] = await Promise.all([page.waitForRequest((r) => r.url().startsWith(redirect)), button('Allow').click()]);
  await page.waitForURL(`${redirect}*`); // otherwise it may interrupt the next one
  const tokens = await oauth.authorizationCodeGrant(server, new URL(callback.url()), { pkceCodeVerifier: verifier, expectedState: state });
  say(`openid-client got a token for ${tokens.expires_in / 3600} hours`);

  const response = await oauth.fetchProtectedResource(server, tokens.access_token, new URL(`${url}/v1/runs?wait=30`), 'POST',
    JSON.stringify({ task: 'named-connection', data: { q_base_url: api } }), new Headers({ 'content-type': 'application/json' }));
  const run = await response.json();
  assert(run.state === 'succeeded', `the run by the API: ${response.status} ${JSON.stringify(run)}`);
  await page.goto(`${url}/runs/${run.id}`);
  await title('Run of named-connection');
  await look('demo-9-run-by-client');
  say(`a run by the API: ${run.state}`);
}

const folder = mkdtempSync(path.join(os.tmpdir(), 'postern-demo-'));
demo(folder).then(() => console.log('screenshots: build/screenshots/demo-*.png'), (e) => {
  console.error(e);
  process.exitCode = 1;
}).finally(async () => {
  for (const browser of closing) await browser.close();
  for (const child of started) { child.removeAllListeners('exit'); child.kill(); }
  rmSync(folder, { recursive: true, force: true });
});
