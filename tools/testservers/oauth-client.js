// An OAuth client for tests, as internal/testservers runs it in the folder of its packages. It
// uses an authorization server as a program would: metadata, authorization code with PKCE,
// refresh, introspection and revocation, with all the checks of its library.
//
// The first line of standard input is {"library", "issuer", "id", "secret", "method",
// "redirect"}. It writes {"authorize"}, the URL for the browser, reads {"callback"}, where the
// browser was sent, and writes {"tokens", "renewed", "introspected", "revoked"}.

import { createInterface } from 'node:readline';

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const read = async () => JSON.parse((await lines.next()).value);
const write = (value) => process.stdout.write(`${JSON.stringify(value)}\n`);

const config = await read();
const state = 'the state';

async function openidClient() {
  const oauth = await import('openid-client');
  const auth = { client_secret_post: oauth.ClientSecretPost, client_secret_basic: oauth.ClientSecretBasic, none: oauth.None }[config.method];
  const server = await oauth.discovery(new URL(config.issuer), config.id, undefined, auth(config.secret), {
    algorithm: 'oauth2', execute: [oauth.allowInsecureRequests],
  });
  const verifier = oauth.randomPKCECodeVerifier();
  write({
    authorize: oauth.buildAuthorizationUrl(server, {
      redirect_uri: config.redirect, state, scope: 'read',
      code_challenge: await oauth.calculatePKCECodeChallenge(verifier), code_challenge_method: 'S256',
    }).href,
  });
  const { callback } = await read();
  const tokens = await oauth.authorizationCodeGrant(server, new URL(callback), { pkceCodeVerifier: verifier, expectedState: state });
  const renewed = await oauth.refreshTokenGrant(server, tokens.refresh_token);
  const introspected = await oauth.tokenIntrospection(server, renewed.access_token);
  await oauth.tokenRevocation(server, renewed.refresh_token);
  return { tokens, renewed, introspected, revoked: await oauth.tokenIntrospection(server, renewed.access_token) };
}

async function oauth4webapi() {
  const oauth = await import('oauth4webapi');
  const options = { [oauth.allowInsecureRequests]: true };
  const issuer = new URL(config.issuer);
  const server = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, { algorithm: 'oauth2', ...options }));
  const client = { client_id: config.id };
  const auth = { client_secret_post: oauth.ClientSecretPost, client_secret_basic: oauth.ClientSecretBasic, none: oauth.None }[config.method](config.secret);
  const verifier = oauth.generateRandomCodeVerifier();
  const target = new URL(server.authorization_endpoint);
  target.search = new URLSearchParams({
    response_type: 'code', client_id: config.id, redirect_uri: config.redirect, state, scope: 'read',
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier), code_challenge_method: 'S256',
  });
  write({ authorize: target.href });
  const callback = oauth.validateAuthResponse(server, client, new URL((await read()).callback), state);
  const tokens = await oauth.processAuthorizationCodeResponse(server, client,
    await oauth.authorizationCodeGrantRequest(server, client, auth, callback, config.redirect, verifier, options));
  const renewed = await oauth.processRefreshTokenResponse(server, client,
    await oauth.refreshTokenGrantRequest(server, client, auth, tokens.refresh_token, options));
  const introspect = async () => oauth.processIntrospectionResponse(server, client,
    await oauth.introspectionRequest(server, client, auth, renewed.access_token, options));
  const introspected = await introspect();
  await oauth.processRevocationResponse(await oauth.revocationRequest(server, client, auth, renewed.refresh_token, options));
  return { tokens, renewed, introspected, revoked: await introspect() };
}

write(await { 'openid-client': openidClient, oauth4webapi }[config.library]());
process.exit();
