// The first steps: the set-up link, signing out and in, and every page while there is nothing.

const { assert, run, setUp } = require('./browser.js');

run(async ({ context, page, look }, { url, link }) => {
  await page.goto(`${url}/runs`);
  await look('signin');
  await page.goto(link);
  await look('setup');
  await setUp(page, link);

  const [cookie] = await context.cookies();
  assert(cookie.name.startsWith('__Host-') && cookie.httpOnly && cookie.secure && cookie.sameSite === 'Lax', `U09: cookie ${JSON.stringify(cookie)}`);
  await look('overview-empty');
  for (const name of ['Tasks', 'Runs', 'Connections']) {
    await page.getByRole('navigation').getByRole('link', { name, exact: true }).click();
    await page.getByRole('heading', { name, level: 1 }).waitFor();
    await look(`${name.toLowerCase().replace(' ', '-')}-empty`);
  }

  // U09: signing out ends the session on the server, and signing in begins another.
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByRole('heading', { name: 'Sign in' }).waitFor();
  await context.addCookies([cookie]);
  await page.goto(url);
  await page.getByRole('heading', { name: 'Sign in' }).waitFor();
  await page.getByLabel('Email address').fill('ops@example.com');
  await page.getByLabel('Password').fill('wrong password');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('alert').waitFor();
  await look('signin-wrong');
  await page.getByLabel('Password').fill('correct horse battery');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Overview', level: 1 }).waitFor();
  const [next] = await context.cookies();
  assert(next.value !== cookie.value, 'U09: the session has the same identifier as before');
});
