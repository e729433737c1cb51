// Connections: a person adds one, agrees at the authorization server, uses it, and ends it.

const { assert, run, setUp } = require('./browser.js');

run(async ({ context, page, look, another, expect }, { url, link, issuer, client, device, user }) => {
  const seen = [], referers = [];
  await setUp(page, link);
  const button = (name) => page.getByRole('button', { name, exact: true });
  const title = (name) => page.getByRole('heading', { name, level: 1, exact: true }).waitFor();

  // U01: add a connection, with the callback URL to register.
  await page.goto(`${url}/connections`);
  await page.getByRole('link', { name: 'Add a connection' }).click();
  await look('connection-new');
  await page.getByRole('link', { name: 'Authorization code' }).click();
  await page.getByText(`${url}/oauth2callback`).waitFor();
  await page.getByLabel('Name', { exact: true }).fill('crm');
  await page.getByLabel('Issuer').fill('not a url');
  await look('connection-form');
  await page.getByLabel('Issuer').fill(issuer);
  await page.getByLabel('Client ID').fill(client.id);
  await page.getByLabel('Client secret').fill(client.secret);
  await page.getByLabel('Scopes').fill('openid offline_access read');
  await page.getByText('Other settings').click();
  await page.getByLabel('Keys of a connection').fill('nosuch = 1');
  await button('Save').click(); // the form comes back with what was entered, but no secret
  await page.getByRole('alert').waitFor();
  await look('connection-form-wrong');
  assert(await page.getByLabel('Client ID').inputValue() === client.id, 'the form has lost the client ID');
  assert(await page.getByLabel('Client secret').inputValue() === '', 'U11: the form shows the secret');
  await page.getByLabel('Client secret').fill(client.secret);
  await page.getByLabel('Hosts of the API').fill(new URL(issuer).host);
  await page.getByLabel('Keys of a connection').fill('authorize_params = { prompt = "consent" }');
  page.on('response', async (r) => {
    if (r.url().startsWith(url)) seen.push(r.url(), await r.text().catch(() => ''));
  });
  page.on('request', (r) => { referers.push(r.headers().referer ?? ''); });
  await button('Save').click();
  await title('crm');
  await page.getByText('unused').waitFor();
  await look('connection-unused');

  // U02: the person denies.
  const signIn = async () => {
    await page.locator('input[name=login]').fill(user.name);
    await page.locator('input[name=password]').fill(user.password);
    await page.locator('button[type=submit]').click();
  };
  await button('Get token').click();
  await signIn();
  await page.getByRole('link', { name: /cancel/i }).click();
  await title('crm');
  await page.getByRole('alert').getByText('access_denied').waitFor();
  await look('connection-denied');

  // U01: the person agrees.
  await button('Get token').click();
  await page.waitForURL((at) => at.href.startsWith(issuer));
  if (await page.locator('input[name=login]').count() > 0) await signIn();
  await page.getByRole('button', { name: /continue/i }).click();
  await title('crm');
  await page.getByText('The connection is ready.').waitFor();
  assert(page.url() === `${url}/connections/crm`, `code and state are in the address ${page.url()}`);
  await page.getByText('ready', { exact: true }).waitFor();
  await look('connection-ready');
  await button('Test').click();
  await page.getByText('The connection works').waitFor();

  // U02: a later refusal keeps the token.
  let callback;
  page.on('request', (r) => { if (r.url().includes('/oauth2callback')) callback = r.url(); });
  await button('Authorize again').click();
  await page.waitForURL((at) => at.href.startsWith(issuer));
  await page.getByRole('link', { name: /cancel/i }).click();
  await page.getByRole('alert').getByText('access_denied').waitFor();
  await page.getByText('ready', { exact: true }).waitFor();

  // U03: a state that was used, one that is unknown, and one of another browser.
  for (const at of [callback, `${url}/oauth2callback?code=x&state=y`, `${url}/oauth2callback`]) {
    const response = await page.goto(at);
    assert(response.status() === 403, `U03: ${at} responds with ${response.status()}`);
    await page.getByRole('alert').getByText(/no authorization is waiting/i).waitFor();
  }
  await look('callback-refused');
  const begin = async () => { // returns the parameters of an authorization request
    await page.goto(`${url}/connections/crm`);
    const request = page.waitForRequest((r) => r.url().startsWith(issuer) && r.url().includes('state='));
    await button('Authorize again').click();
    const at = new URL((await request).url());
    await page.waitForURL((now) => now.pathname.startsWith('/interaction/'));
    return at.searchParams;
  };
  const stranger = await another();
  const elsewhere = await stranger.newPage();
  await elsewhere.goto(`${url}/oauth2callback?code=x&state=${(await begin()).get('state')}`);
  await elsewhere.getByRole('heading', { name: 'Sign in' }).waitFor();

  // U06: what the server says is shown as text.
  const state = (await begin()).get('state');
  const evil = '<script>document.title="executed"</script><img src=x onerror="document.title=1">';
  await page.goto(`${url}/oauth2callback?error=access_denied&error_description=${encodeURIComponent(evil)}&state=${state}&iss=${encodeURIComponent(issuer)}`);
  await page.getByRole('alert').getByText('access_denied').waitFor();
  assert(await page.locator('main script, main img').count() === 0 && !(await page.title()).includes('executed'), 'U06: executed');

  // U08: a form of another site is refused, and nothing has changed.
  await page.goto(`${issuer}/.well-known/openid-configuration`);
  for (const path of ['/connections/crm/delete', '/connections/crm/authorize', '/new/connection']) {
    const [response] = await Promise.all([
      page.waitForResponse((r) => r.url() === url + path),
      page.evaluate((action) => {
        const form = Object.assign(document.createElement('form'), { method: 'post', action });
        document.body.append(form);
        form.submit();
      }, url + path),
    ]);
    assert(response.status() === 403, `U08: ${path} responds with ${response.status()}`);
    await title('Not allowed');
    await page.goto(`${issuer}/.well-known/openid-configuration`);
  }

  // U09: no page is shown in a frame of another site.
  expect(/frame-ancestors|X-Frame-Options|in a frame/);
  await page.evaluate((src) => { document.body.append(Object.assign(document.createElement('iframe'), { src })); }, url);
  await page.waitForResponse((r) => r.url().startsWith(url)).catch(() => {});
  for (const frame of page.frames().slice(1)) {
    assert(!(await frame.content()).includes('Postern'), 'U09: a page is shown in a frame');
  }

  // U11: settings are changed without entering the secret again.
  await page.goto(`${url}/connections/crm`);
  await page.getByRole('link', { name: 'Edit' }).click();
  await look('connection-edit');
  await page.getByLabel('Scopes').fill('openid offline_access read write');
  await button('Save').click();
  await page.getByText('The connection was changed.').waitFor();
  await button('Test').click();
  await page.getByText('The connection works').waitFor();
  await button('Disconnect').click();
  await page.getByText(/^Disconnected/).waitFor();
  await page.getByText('unused').waitFor();

  // A code is entered on another device, while the page waits.
  await page.goto(`${url}/new/connection?template=device_code`);
  await page.getByLabel('Name', { exact: true }).fill('tv');
  await page.getByLabel('Issuer').fill(issuer);
  await page.getByLabel('Client ID').fill(device.id);
  await page.getByLabel('Client secret').fill(device.secret);
  await page.getByLabel('Scopes').fill('openid');
  await page.getByLabel('Hosts of the API').fill('api.example.com');
  await button('Save').click();
  await title('tv');
  await button('Get token').click();
  await title('Authorize tv');
  await look('device');
  const other = await (await another()).newPage();
  await other.goto(await page.getByRole('link', { name: 'Open it here' }).getAttribute('href'));
  await other.locator('button[type=submit]').first().click(); // the code is in the address
  await other.locator('input[name=login]').fill(user.name);
  await other.locator('input[name=password]').fill(user.password);
  await other.locator('button[type=submit]').click();
  await other.getByRole('button', { name: /continue/i }).click();
  await title('tv');
  await page.getByText('The connection is ready.').waitFor();

  // U06: a name that is markup.
  const name = '<img src=x onerror="document.title=1">';
  await page.goto(`${url}/new/connection?template=static`);
  await page.getByLabel('Name', { exact: true }).fill(name);
  await page.getByLabel('Token', { exact: true }).fill('a token of the test');
  await page.getByLabel('Hosts of the API').fill('api.example.com');
  await button('Save').click();
  await title(name);
  await page.goto(`${url}/connections`);
  await page.getByRole('link', { name }).waitFor();
  await look('connections');
  await page.goto(`${url}/new/connection?template=github`);
  await look('connection-form-provider');

  // Delete, after a question.
  await page.goto(`${url}/connections/crm`);
  await page.getByRole('link', { name: 'Delete' }).click();
  await look('connection-delete');
  await button('Delete').click();
  await page.getByText('The connection crm was deleted.').waitFor();
  assert(await page.getByRole('link', { name: 'crm', exact: true }).count() === 0, 'the connection is still there');

  assert(!seen.some((text) => text.includes(client.secret) || text.includes(encodeURIComponent(client.secret))), 'U11: the secret was sent to the browser');
  assert(!referers.some((text) => /[?&](code|state)=/.test(text)), 'U11: code or state is in a Referer');
});
