// A client of the API asks for access: the user signs in on the way, sees what is asked, and
// returns to the client.

const { assert, run, setUp } = require('./browser.js');

run(async ({ context, page, look }, { url, link, app, request }) => {
  await setUp(page, link);
  await context.clearCookies();

  await page.goto(request);
  await page.getByLabel('Email address').fill('ops@example.com');
  await page.getByLabel('Password').fill('correct horse battery');
  await page.getByRole('button', { name: 'Sign in' }).click();
  for (const [button, want] of [['Allow', 'code'], ['Deny', 'error']]) {
    await page.getByRole('button', { name: button }).waitFor();
    if (button === 'Allow') await look('consent');
    await page.getByRole('button', { name: button }).click();
    await page.waitForURL(`${app}/callback?**`);
    const response = new URL(page.url()).searchParams;
    assert(response.get(want) && response.get('state') === 'x' && response.get('iss') === url, `A03: ${button}: ${response}`);
    await page.goto(request);
  }

  await page.goto(request.replace('client_id=', 'client_id=x'));
  await look('consent-refused');
});
