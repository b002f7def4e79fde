// Published clients that nobody here wrote walk the whole of OAuth against the Aircall sandbox: authorize, consent form,
// callback, token, a call of the API. They know nothing of the sandbox; each is pointed at it by its own options.

import assert from 'node:assert/strict';
import { webcrypto } from 'node:crypto';
import http from 'node:http';
import { after, before, beforeEach, describe, it } from 'node:test';

import { SandboxProcess } from '../support/process.mjs';
import { consent } from './browser.mjs';

globalThis.crypto ??= webcrypto; // oauth4webapi needs it, and Node.js 18 keeps it apart

let sandbox;

before(async () => {
  sandbox = await SandboxProcess.start('--companies', '2');
});

after(() => sandbox?.stop());

beforeEach(async () => {
  for (const { id } of sandbox.endpoints.companies) await sandbox.control('POST', `/reset?company=${id}`);
});

/** What the API answers to an access token. */
async function read(path, token) {
  const answer = await fetch(sandbox.url + path, { headers: { Authorization: `Bearer ${token}` } });
  return { status: answer.status, body: await answer.json() };
}

const advance = (seconds) => sandbox.control('PUT', '/clock', { advance_seconds: seconds });

describe('passport-aircall, an OAuth strategy for Aircall', () => {
  let server;
  let app;

  /** A web server as its author would write it, without the framework. */
  before(async () => {
    const { Authenticator } = (await import('passport')).default;
    const AircallStrategy = (await import('passport-aircall')).default;
    const passport = new Authenticator();
    server = http.createServer((request, response) => {
      const url = new URL(request.url, app);
      request.query = Object.fromEntries(url.searchParams);
      const report = (problem, user, info) => {
        response.writeHead(problem ? 500 : user ? 200 : 401, { 'Content-Type': 'application/json' });
        response.end(JSON.stringify({ problem: problem?.message, user, info }));
      };
      passport.authenticate('aircall', { session: false, state: 'state of the app' }, report)(request, response, report);
    });
    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
    app = `http://127.0.0.1:${server.address().port}`;
    // It goes to dashboard-v2.aircall.io and api.aircall.io unless these options say otherwise.
    passport.use(new AircallStrategy({
      authorizationURL: sandbox.endpoints.authorize_url,
      tokenURL: `${sandbox.url}/v1/oauth/token`,
      userProfileURL: `${sandbox.url}/v1/company`,
      clientID: sandbox.endpoints.client_id,
      clientSecret: sandbox.endpoints.client_secret,
      callbackURL: `${app}/auth/aircall/callback`,
    }, (accessToken, refreshToken, profile, done) => done(null, { accessToken, refreshToken, profile })));
  });

  after(() => {
    server?.closeAllConnections?.();
    server?.close();
  });

  async function signIn(decision) {
    const start = await fetch(`${app}/auth/aircall`, { redirect: 'manual' });
    assert.equal(start.status, 302);
    const back = await consent(start.headers.get('location'), decision);
    assert.equal(back.searchParams.get('state'), 'state of the app');
    const answer = await fetch(back);
    return { status: answer.status, ...(await answer.json()) };
  }

  it('signs a company in and reads its name', async () => {
    const { status, user, problem } = await signIn('authorize');
    assert.equal(status, 200, problem);
    assert.equal(user.profile.company_name, 'Harbour Lamps');
    assert.equal(user.profile.provider, 'aircall');
    assert.equal(user.refreshToken, undefined);
    assert.equal((await read('/v1/integrations/me', user.accessToken)).body.integration.company_id, 61001);
  });

  it('reports a refusal', async () => {
    const { status, user } = await signIn('cancel');
    assert.equal(status, 401);
    assert.equal(user, false);
  });

  it('asks for a token as the log shows, without its secrets', async () => {
    await signIn('authorize');
    const { requests } = await sandbox.control('GET', '/requests?path=/v1/oauth/token');
    assert.deepEqual(requests.map(({ method, status }) => [method, status]), [['POST', 200]]);
    assert.ok(!JSON.stringify(requests).includes(sandbox.endpoints.client_secret));
  });
});

describe('simple-oauth2, a client for any provider', () => {
  const back = 'http://127.0.0.1:9000/callback';
  let AuthorizationCode;

  before(async () => {
    ({ AuthorizationCode } = (await import('simple-oauth2')).default);
  });

  function client(options = {}) {
    return new AuthorizationCode({
      client: { id: sandbox.endpoints.client_id, secret: sandbox.endpoints.client_secret },
      auth: {
        tokenHost: sandbox.url, tokenPath: '/v1/oauth/token',
        authorizeHost: sandbox.url, authorizePath: '/oauth/authorize',
      },
      options,
    });
  }

  async function connect(oauth) {
    const url = oauth.authorizeURL({ redirect_uri: back, scope: 'public_api', state: 'abc' });
    const code = (await consent(url)).searchParams.get('code');
    return oauth.getToken({ code, redirect_uri: back, scope: 'public_api' });
  }

  for (const authorizationMethod of ['header', 'body']) {
    for (const bodyFormat of ['form', 'json']) {
      it(`connects with its secret in the ${authorizationMethod} and a ${bodyFormat} body`, async () => {
        const { token } = await connect(client({ authorizationMethod, bodyFormat }));
        assert.equal(token.token_type, 'Bearer');
        assert.equal((await read('/v1/company', token.access_token)).body.company.name, 'Harbour Lamps');
      });
    }
  }

  it('takes a token without an end for one that has not expired', async () => {
    const permanent = await connect(client());
    await advance(400 * 86_400);
    assert.equal(permanent.expired(), false);
    assert.equal((await read('/v1/ping', permanent.token.access_token)).status, 200);
  });

  it('refreshes again and again, each time with the token of the time before', async () => {
    await sandbox.control('PUT', '/switches', { 'oauth.tokens': 'expiring', 'oauth.token_seconds': 600 });
    let held = await connect(client());
    const seen = new Set([held.token.refresh_token]);
    for (let round = 0; round < 3; ++round) {
      await advance(600);
      assert.equal((await read('/v1/ping', held.token.access_token)).status, 403);
      held = await held.refresh();
      seen.add(held.token.refresh_token);
      assert.equal((await read('/v1/ping', held.token.access_token)).status, 200);
    }
    assert.equal(seen.size, 4, 'a refresh token was given twice');
  });

  it('loses everything when an old refresh token is used again', async () => {
    await sandbox.control('PUT', '/switches', { 'oauth.tokens': 'expiring' });
    const first = await connect(client());
    const second = await first.refresh();
    await advance(61);
    await assert.rejects(first.refresh(), ({ data }) => data.payload.error === 'invalid_grant');
    assert.equal((await read('/v1/ping', second.token.access_token)).status, 403);
    await assert.rejects(second.refresh(), ({ data }) => data.payload.error === 'invalid_grant');
  });

  it('is told why a token was refused', async () => {
    const oauth = client();
    await assert.rejects(oauth.getToken({ code: 'guess', redirect_uri: back }), ({ data }) => data.payload.error === 'invalid_grant');
  });

  it('finds its token dead after the customer removed the app', async () => {
    const { token } = await connect(client());
    await sandbox.control('POST', '/app/remove');
    assert.deepEqual(await read('/v1/ping', token.access_token), { status: 403, body: { message: 'Forbidden' } });
  });
});

describe('oauth4webapi, a client that holds providers to the standard', () => {
  const back = 'http://127.0.0.1:9000/callback';
  let oauth;
  let server;
  let client;
  let insecure;

  before(async () => {
    oauth = await import('oauth4webapi');
    server = {
      issuer: sandbox.url,
      authorization_endpoint: sandbox.endpoints.authorize_url,
      token_endpoint: `${sandbox.url}/v1/oauth/token`,
    };
    client = { client_id: sandbox.endpoints.client_id };
    insecure = { [oauth.allowInsecureRequests]: true }; // the sandbox speaks plain http
  });

  async function connect(authentication, user) {
    const state = oauth.generateRandomState();
    const url = new URL(server.authorization_endpoint);
    for (const [name, value] of Object.entries({
      client_id: client.client_id, redirect_uri: back, response_type: 'code', scope: 'public_api', state, ...user,
    })) url.searchParams.set(name, value);
    const parameters = oauth.validateAuthResponse(server, client, await consent(url), state);
    const answer = await oauth.authorizationCodeGrantRequest(server, client, authentication, parameters, back, oauth.nopkce, insecure);
    return oauth.processAuthorizationCodeResponse(server, client, answer);
  }

  const secret = () => sandbox.endpoints.client_secret;

  for (const way of ['ClientSecretPost', 'ClientSecretBasic']) {
    it(`connects by ${way}`, async () => {
      const tokens = await connect(oauth[way](secret()));
      const answer = await oauth.protectedResourceRequest(tokens.access_token, 'GET', new URL(`${sandbox.url}/v1/users?per_page=1`), undefined, undefined, insecure);
      assert.equal((await answer.json()).users[0].name, 'Ines Marchetti');
    });
  }

  it('connects the company of whoever consented, and refreshes there', async () => {
    for (const { id } of sandbox.endpoints.companies) {
      await sandbox.control('PUT', `/switches?company=${id}`, { 'oauth.tokens': 'expiring' });
    }
    const first = await connect(oauth.ClientSecretPost(secret()), { user_id: '12100001' });
    assert.equal(first.expires_in, 3600);
    const answer = await oauth.refreshTokenGrantRequest(server, client, oauth.ClientSecretPost(secret()), first.refresh_token, insecure);
    const second = await oauth.processRefreshTokenResponse(server, client, answer);
    assert.notEqual(second.refresh_token, first.refresh_token);
    assert.equal((await read('/v1/company', second.access_token)).body.company.name, 'Pellegrin Cycles');
  });

  it('understands a refusal by the person', async () => {
    const url = `${server.authorization_endpoint}?${new URLSearchParams({
      client_id: client.client_id, redirect_uri: back, response_type: 'code', scope: 'public_api', state: 's',
    })}`;
    const refused = await consent(url, 'cancel');
    assert.throws(() => oauth.validateAuthResponse(server, client, refused, 's'), { error: 'access_denied' });
  });

  it('understands a refusal by the token endpoint', async () => {
    await assert.rejects(connect(oauth.ClientSecretPost('wrong')), { error: 'invalid_client' });
  });
});
