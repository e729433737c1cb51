// An OpenID Connect provider for tests, as internal/testservers starts it: run in the
// folder of its packages, it listens on two ports of 127.0.0.1, says where on
// standard output, and ends when standard input does. Everybody is logged in by
// name alone, and any client may register.
//
// The first line of standard input is {"key", "cert", "ca"}: the key and
// certificate of the HTTPS port, and the authority that signs those of clients.

import { generateKeyPairSync, randomBytes } from 'node:crypto';
import http from 'node:http';
import https from 'node:https';
import { createInterface } from 'node:readline';

URL.parse ??= (input) => (URL.canParse(input) ? new URL(input) : null); // Node.js 20 has none

const { createLocalJWKSet, jwtVerify } = await import('jose');
const { default: Provider, errors } = await import('oidc-provider');

const lines = createInterface({ input: process.stdin });
lines.on('close', () => process.exit());
const { key, cert, ca } = JSON.parse(await new Promise((resolve) => { lines.once('line', resolve); }));

const plain = http.createServer();
const secure = https.createServer({ key, cert, ca, requestCert: true, rejectUnauthorized: false });
const listen = (server) => new Promise((resolve) => {
  server.listen(0, '127.0.0.1', () => resolve(server.address().port));
});
const issuer = `http://127.0.0.1:${await listen(plain)}`;
const secureOrigin = `https://127.0.0.1:${await listen(secure)}`;

const api = 'https://api.example.com'; // the one resource, RFC 8707
const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const certificateOf = (ctx) => ctx.socket.getPeerX509Certificate?.();

const provider = new Provider(issuer, {
  cookies: { keys: [randomBytes(32).toString('base64')] },
  jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), kid: 'test', use: 'sig', alg: 'ES256' }] },
  clientDefaults: { id_token_signed_response_alg: 'ES256' },
  clientAuthMethods: [
    'client_secret_basic', 'client_secret_post', 'client_secret_jwt', 'private_key_jwt',
    'tls_client_auth', 'self_signed_tls_client_auth', 'none',
  ],
  scopes: ['openid', 'offline_access', 'read', 'write'],
  findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
  pkce: { required: () => true },
  rotateRefreshToken: true,
  issueRefreshToken: (_, client) => client.grantTypeAllowed('refresh_token'),
  expiresWithSession: () => false,
  ttl: { AccessToken: 3600, ClientCredentials: 3600, DeviceCode: 600, Grant: 86400, RefreshToken: 86400 },
  discovery: {
    mtls_endpoint_aliases: { // RFC 8705 §5
      token_endpoint: `${secureOrigin}/token`,
      introspection_endpoint: `${secureOrigin}/token/introspection`,
      userinfo_endpoint: `${secureOrigin}/me`,
    },
  },
  features: {
    clientCredentials: { enabled: true },
    deviceFlow: { enabled: true },
    introspection: { enabled: true },
    revocation: { enabled: true },
    pushedAuthorizationRequests: { enabled: true },
    dPoP: { enabled: true, nonceSecret: randomBytes(32), requireNonce: () => true },
    mTLS: {
      enabled: true,
      certificateBoundAccessTokens: true,
      selfSignedTlsClientAuth: true,
      tlsClientAuth: true,
      getCertificate: certificateOf,
      certificateAuthorized: (ctx) => ctx.socket.authorized,
      certificateSubjectMatches: (ctx, property, expected) => property === 'tls_client_auth_subject_dn'
        && certificateOf(ctx).subject === expected,
    },
    registration: {
      enabled: true,
      issueRegistrationAccessToken: false,
      // A client that does not encode both is always refused.
      idFactory: () => `client+%3A/&= ${randomBytes(8).toString('hex')}`,
      secretFactory: () => `${randomBytes(32).toString('hex')} :/+%2B&=`,
    },
    resourceIndicators: {
      enabled: true,
      defaultResource: () => undefined,
      useGrantedResource: () => true,
      getResourceServerInfo: (_, resource) => {
        if (resource !== api) throw new errors.InvalidTarget();
        return { scope: 'read write', audience: api, accessTokenFormat: 'jwt', jwt: { sign: { alg: 'ES256' } } };
      },
    },
  },
});

// grantType adds a grant whose handler returns the name of the account.
const grantType = (name, parameters, handler) => provider.registerGrantType(name, async (ctx) => {
  const { client, params } = ctx.oidc;
  const accountId = await handler(client, params);
  if (!accountId) throw new errors.InvalidGrant();
  const { scope = 'openid' } = params;
  const grant = new provider.Grant({ clientId: client.clientId, accountId });
  grant.addOIDCScope(scope);
  const about = { accountId, client, grantId: await grant.save(), gty: name, scope };
  const token = new provider.AccessToken(about);
  ctx.body = { access_token: await token.save(), token_type: token.tokenType, expires_in: token.expiration, scope };
  if (client.grantTypeAllowed('refresh_token')) {
    ctx.body.refresh_token = await new provider.RefreshToken({ ...about, rotations: 0 }).save();
  }
}, [...parameters, 'scope']);

// RFC 6749 §4.3
grantType('password', ['username', 'password'], (_, { username, password }) => password === `${username}'s password` && username);

// RFC 7523 §2.1
grantType('urn:ietf:params:oauth:grant-type:jwt-bearer', ['assertion'], async (client, { assertion }) => {
  const keys = createLocalJWKSet(client.metadata().jwks);
  const checked = await jwtVerify(assertion, keys, {
    issuer: client.clientId, audience: issuer, requiredClaims: ['exp', 'sub'],
  }).catch(() => undefined);
  return checked?.payload.sub;
});

// RFC 8693
grantType(
  'urn:ietf:params:oauth:grant-type:token-exchange',
  ['subject_token', 'subject_token_type', 'requested_token_type'],
  async (_, { subject_token: token, subject_token_type: type }) => {
    const subject = type === 'urn:ietf:params:oauth:token-type:access_token' && await provider.AccessToken.find(token);
    return subject?.accountId;
  },
);

// RFC 8628 §3.2: without it, clients wait for 5 s.
provider.use(async (ctx, next) => {
  await next();
  if (ctx.oidc?.route === 'device_authorization' && ctx.status === 200) ctx.body.interval = 1;
});

plain.on('request', provider.callback());
secure.on('request', provider.callback());
console.log(JSON.stringify({ issuer, secureOrigin }));
