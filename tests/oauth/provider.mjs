// A provider as a program: a strict OAuth server, a small API behind its tokens, and what a test orders of them.
//
//   node provider.mjs ENDPOINTS_FILE REDIRECT_URI
//
// It answers for notebook.test, whatever port it got; `switchboard serve --http-resolve notebook.test=URL` finds it.

import fs from 'node:fs';
import http from 'node:http';
import querystring from 'node:querystring';

import { MISBEHAVIOURS } from './misbehaviour.mjs';
import { Store } from './store.mjs';
import { answerInteraction, makeStrictServer } from './strict_server.mjs';
import { TokenDoor } from './token_door.mjs';

const ISSUER = 'http://notebook.test';

const switches = {
  access_token_seconds: 3600,
  grace_seconds: 0, // how long a used refresh token gives the same answer again
  pkce: true, // whether authorization without PKCE is refused
  misbehave: '', // one of MISBEHAVIOURS, at every token request
};

const door = new TokenDoor(switches);
const strangerHeard = []; // what came to an address that must hear nothing

async function read(request) {
  let text = '';
  for await (const piece of request) text += piece;
  return text;
}

function answer(response, status, value) {
  response.writeHead(status, { 'Content-Type': 'application/json' });
  response.end(JSON.stringify(value));
}

// ---- The API behind the tokens

async function answerApi(provider, request, response) {
  const [, given] = /^Bearer (\S+)$/.exec(request.headers.authorization ?? '') ?? [];
  const token = given && (await provider.AccessToken.find(given));
  if (!token) return answer(response, 401, { error: 'invalid_token', error_description: 'the access token is expired or unknown' });
  const user = token.accountId;
  if (request.url === '/api/me') return answer(response, 200, { id: user, name: `Notebook of ${user}` });
  const [, id] = /^\/api\/notes\/([^/?]+)$/.exec(request.url) ?? [];
  if (!id || request.method !== 'PUT') return answer(response, 404, { error: 'not_found' });
  return answer(response, 200, { id, ...JSON.parse(await read(request)) });
}

// ---- What a test orders and asks

const orders = {
  'PUT /switches': (body) => Object.assign(switches, body),
  'POST /strike': (body) => door.strike(body),
  'POST /expire': ({ user }) => Store.expireAccessTokens(user),
  'GET /refreshes': () => ({ refreshes: door.refreshes }),
  'GET /stranger': () => ({ heard: strangerHeard }),
};

async function obey(request, response) {
  const order = orders[`${request.method} ${request.url.slice('/_control'.length)}`];
  if (!order) return answer(response, 404, { error: 'no such order', known: Object.keys(orders) });
  const text = await read(request);
  return answer(response, 200, order(text ? JSON.parse(text) : {}) ?? {});
}

// ---- The token endpoint

/** Reads the request before oidc-provider does, and lets the door have its say on refreshes. */
async function guardTokens(context, next) {
  if (context.path !== '/token' || context.method !== 'POST') return next();
  const text = await read(context.req);
  if (switches.misbehave) {
    context.respond = false;
    return MISBEHAVIOURS[switches.misbehave](context.res, strangerUrl);
  }
  context.req.body = text;
  const form = querystring.parse(text);
  if (form.grant_type !== 'refresh_token') return next();
  const issue = async () => {
    await next();
    return { status: context.status, body: context.body };
  };
  const given = await door.refresh(form, issue, (act) => context.res.once('finish', act));
  if (!given) {
    context.respond = false;
    return context.req.socket.destroy();
  }
  context.status = given.status;
  context.body = given.body;
}

async function route(request, response) {
  if (request.url.startsWith('/_control/')) return obey(request, response);
  if (request.url.startsWith('/api/')) return answerApi(provider, request, response);
  if (!request.url.startsWith('/interaction/')) return provider.callback()(request, response);
  const form = request.method === 'POST' ? querystring.parse(await read(request)) : {};
  return answerInteraction(provider, request, response, form);
}

const listen = (handle) => new Promise((resolve) => {
  const server = http.createServer((request, response) => {
    Promise.resolve(handle(request, response)).catch((error) => {
      console.error(request.method, request.url, error);
      if (!response.headersSent) answer(response, 500, { error: String(error) });
    });
  });
  server.listen(0, '127.0.0.1', () => resolve(`http://127.0.0.1:${server.address().port}`));
});

const [, , endpointsFile, redirectUri] = process.argv;
const { provider, clients } = makeStrictServer(ISSUER, switches, redirectUri);
provider.use(guardTokens);
const strangerUrl = await listen(async (request, response) => {
  strangerHeard.push({ url: request.url, body: await read(request) });
  answer(response, 200, { access_token: 'of a stranger', token_type: 'Bearer' });
});
const url = await listen(route);
const [post, basic, other] = clients.map(({ client_id: id, client_secret: secret }) => ({ id, secret }));
fs.writeFileSync(`${endpointsFile}.new`, JSON.stringify({ pid: process.pid, url, clients: { post, basic, other } }));
fs.renameSync(`${endpointsFile}.new`, endpointsFile);
process.on('SIGTERM', () => process.exit(0));
