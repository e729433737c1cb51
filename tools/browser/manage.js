// Users, API clients, tokens and the audit trail.

const { assert, run, setUp } = require('./browser.js');

run(async ({ page, look, another }, { url, link }) => {
  await setUp(page, link);
  const button = (name) => page.getByRole('button', { name, exact: true });
  const title = (name) => page.getByRole('heading', { name, level: 1, exact: true }).waitFor();
  const copied = () => page.getByRole('status').locator('code').last().innerText();

  // An API client: its secret is shown once.
  await page.goto(`${url}/clients`);
  await look('clients-empty');
  await page.getByRole('link', { name: 'Add an API client' }).click();
  await page.getByLabel('Name').fill('<b>Report</b>');
  await page.getByLabel('Redirect URLs').fill('http://client.example.com/callback');
  await look('client-form');
  await button('Save').click();
  await page.getByRole('alert').waitFor(); // not https
  await page.getByLabel('Redirect URLs').fill('https://client.example.com/callback');
  await button('Save').click();
  await title('<b>Report</b>');
  const secret = await copied();
  assert(secret.startsWith('postern_cs_'), `the secret is ${secret}`);
  await look('client-added');
  await page.goto(`${url}/clients`);
  await look('clients');
  await page.getByRole('link', { name: '<b>Report</b>' }).click();
  assert(!(await page.content()).includes(secret), 'the secret is shown again');
  await button('Make a second secret').click();
  assert(await copied() !== secret, 'the second secret is the first');
  await page.getByRole('button', { name: /^Remove/ }).first().click();
  await page.getByText('The secret was removed.').waitFor();
  await button('Deactivate').click();
  await page.getByText('The client is not active').waitFor();
  await look('client');
  await page.goto(`${url}/clients?search=nosuch`);
  await page.getByText('No client matches').waitFor();
  await page.goto(`${url}/clients?state=inactive`);
  await page.getByRole('link', { name: '<b>Report</b>' }).click();
  await button('Activate').click();
  await page.getByText('The client is active.').waitFor();
  await page.getByRole('link', { name: 'Edit' }).click();
  await page.getByLabel('How it authenticates').selectOption('none');
  await page.getByLabel(/PKCE/).check();
  await button('Save').click();
  await page.getByRole('alert').waitFor(); // a public client needs PKCE
  await page.getByLabel(/PKCE/).uncheck();
  await button('Save').click();
  await title('<b>Report</b>');
  await page.getByRole('link', { name: 'Delete' }).click();
  await button('Delete').click();
  await page.getByText('The client was deleted.').waitFor();

  // A personal access token works until it is revoked.
  await page.goto(`${url}/account`);
  await page.getByLabel('Name of the token').fill('laptop');
  await button('Make a token').click();
  const token = await copied();
  await look('account');
  const call = () => page.request.get(`${url}/v1/me`, { headers: { Authorization: `Bearer ${token}` } });
  assert((await call()).status() === 200, 'the token does not work');
  await page.getByRole('button', { name: 'Revoke laptop' }).click();
  await page.getByText('The token was revoked.').waitFor();
  assert((await call()).status() === 401, 'the token still works');

  // A viewer is invited, and sees no more than a viewer may.
  await page.goto(`${url}/users`);
  await page.getByRole('link', { name: 'Add a user' }).click();
  await look('user-form');
  await page.getByLabel('Email address').fill('eve@example.com');
  await page.getByLabel('Name').fill('Eve');
  await button('Add').click();
  await title('eve@example.com');
  const invitation = await copied();
  await look('user-added');
  const hers = await (await another()).newPage();
  await hers.goto(invitation);
  await hers.getByLabel('Password', { exact: true }).fill('another correct horse');
  await hers.getByLabel('Password, once more').fill('another correct horse');
  await hers.getByRole('button', { name: 'Set the password' }).click();
  await hers.getByRole('heading', { name: 'Overview', level: 1 }).waitFor();
  assert(await hers.getByRole('link', { name: 'Users' }).count() === 0, 'a viewer has a link to the users');
  for (const path of ['/users', '/users/new', '/clients', '/clients/new', '/audit', '/new/connection', '/new/task', '/schedules/new']) {
    const response = await hers.goto(url + path);
    assert(response.status() === 403, `${path} responds a viewer with ${response.status()}`);
  }
  await look('forbidden', hers);
  await hers.goto(`${url}/tasks`);
  await look('viewer', hers);

  // Who is disabled is out at once.
  await page.goto(`${url}/users`);
  await look('users');
  await page.getByRole('link', { name: 'eve@example.com' }).click();
  await page.getByLabel(/Disabled/).check();
  await button('Save').click();
  await page.getByText('The user was changed.').waitFor();
  await hers.goto(`${url}/tasks`);
  await hers.getByRole('heading', { name: 'Sign in' }).waitFor();
  await page.goto(`${url}/users`);
  await page.getByRole('link', { name: 'ops@example.com' }).last().click();
  await page.getByLabel('Role').selectOption('viewer');
  await button('Save').click();
  await page.getByRole('alert').waitFor(); // the last operator

  await page.goto(`${url}/audit`);
  await page.getByRole('region', { name: 'Events' }).waitFor();
  await look('audit');

  // Another password ends the other sessions.
  const other = await (await another()).newPage();
  await other.goto(url);
  await other.getByLabel('Email address').fill('ops@example.com');
  await other.getByLabel('Password').fill('correct horse battery');
  await other.getByRole('button', { name: 'Sign in' }).click();
  await other.getByRole('heading', { name: 'Overview', level: 1 }).waitFor();
  await page.goto(`${url}/account`);
  for (const [label, text] of [['Present password', 'correct horse battery'], ['New password', 'an even better horse'], ['New password, once more', 'an even better horse']]) {
    await page.getByLabel(label, { exact: true }).fill(text);
  }
  await button('Change the password').click();
  await page.getByText('The password was changed.').waitFor();
  await other.goto(`${url}/tasks`);
  await other.getByRole('heading', { name: 'Sign in' }).waitFor();
});
