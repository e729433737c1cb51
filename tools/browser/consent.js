// The consent page of the authorization server: what its form leads to, and who can send it.

const { assert, run } = require('./browser.js');

run(async ({ context, page }, { url, app, request, unknown }) => {
  await context.addCookies([{ name: 'user', value: 'alice', url }, { name: 'session', value: 'secret', url }]);

  for (const [button, want] of [['Allow', 'code'], ['Deny', 'error']]) {
    await page.goto(request);
    await page.getByRole('heading', { name: 'Allow <script>app</script>?' }).waitFor();
    await page.getByRole('button', { name: button }).click();
    await page.waitForURL(`${app}/callback?**`);
    const response = new URL(page.url()).searchParams;
    assert(response.get(want) && response.get('state') === 'the state' && response.get('iss') === url, `A03: ${button}: ${response}`);
  }

  await page.goto(unknown);
  await page.getByRole('heading', { name: 'The request cannot be carried out' }).waitFor();

  // Another site that learned the token of a form.
  await page.goto(request);
  const token = await page.locator('input[name=consent_token]').inputValue();
  await page.goto(app);
  await page.evaluate(([action, value]) => {
    document.body.innerHTML = '<form method="post"><input name="consent_token"><input name="decision" value="allow"></form>';
    document.forms[0].action = action;
    document.forms[0].elements.consent_token.value = value;
    document.forms[0].submit();
  }, [request, token]);
  await page.getByRole('heading', { name: 'The request cannot be carried out' }).waitFor();
  assert(page.url().startsWith(url), `A03: a form of another site leads to ${page.url()}`);
});
