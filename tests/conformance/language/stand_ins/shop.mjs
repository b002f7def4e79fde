// shop.example, the HTTP service of our own scenarios.

import { answer, bodyOf, Host, isFrom } from './host.mjs';

const ORDERS = { 17: { id: 17, what: 'tea', total: 12.5 } };

/** The shop in the words of OpenAPI 3. */
const DESCRIPTION = {
  openapi: '3.0.3',
  info: { title: 'Shop', version: '1.0.0' },
  servers: [{ url: 'https://shop.example' }],
  paths: {
    '/orders/{id}': {
      get: {
        operationId: 'getOrder',
        parameters: [{ name: 'id', in: 'path', required: true, schema: { type: 'integer' } }],
        responses: { 200: { description: 'the order' } },
      },
    },
    '/echo': {
      put: {
        operationId: 'say',
        parameters: [
          { name: 'loud', in: 'query', schema: { type: 'boolean' } },
          { name: 'X-Story', in: 'header', schema: { type: 'string' } },
        ],
        requestBody: { content: { 'application/json': { schema: { type: 'object' } } } },
        responses: { 200: { description: 'what was said' } },
      },
    },
  },
};

/** Everything about the request that a workflow can choose. */
async function echo(match, request, response, url) {
  const { authorization, accept, 'content-type': type, 'idempotency-key': key, 'x-story': story } = request.headers;
  const headers = Object.fromEntries(Object.entries({ authorization, accept, type, key, story }).filter(([, value]) => value !== undefined));
  answer(response, 200, {
    method: request.method, path: url.pathname, query: Object.fromEntries(url.searchParams), headers, body: await bodyOf(request),
  });
}

const plain = (text, type) => (match, request, response) => {
  response.writeHead(200, { 'Content-Type': type });
  response.end(text);
};

/** A counter that can be shut: who comes then waits until it is opened again. */
export class Counter {
  #queue;

  shut() {
    this.#queue ??= [];
  }

  open() {
    const waiting = this.#queue ?? [];
    this.#queue = undefined;
    for (const serve of waiting) serve();
  }

  enter(response) {
    const serve = () => answer(response, 200, { served: true });
    this.#queue ? this.#queue.push(serve) : serve();
  }
}

/** A shop that counts how often a page was asked for, so that it can stumble the first times. */
export function openShop(counter) {
  const asked = new Map();
  const count = (page) => {
    asked.set(page, (asked.get(page) ?? 0) + 1);
    return asked.get(page);
  };
  return Host.open('shop.example', [
    ['GET', /^\/openapi\.json$/, (match, request, response) => answer(response, 200, DESCRIPTION)],
    ['GET', /^\/orders\/(\d+)$/, ([, id], request, response) => {
      ORDERS[id] ? answer(response, 200, ORDERS[id], { 'X-Shop': 'tea' }) : answer(response, 404, { message: 'no such order' });
    }],
    ['GET', /^\/stumbles\/(\d+)\/(\w+)$/, ([page, times], request, response) => {
      const now = count(page);
      now > Number(times) ? answer(response, 200, { asked: now }) : answer(response, 503, { message: 'not now' });
    }],
    ['GET', /^\/status\/(\d+)$/, ([, status], request, response) => answer(response, Number(status), { status: Number(status) })],
    ['GET', /^\/moved$/, (match, request, response) => answer(response, 302, {}, { Location: 'https://shop.example/orders/17' })],
    ['GET', /^\/counter$/, (match, request, response) => counter.enter(response)],
    ['GET', /^\/text$/, plain('just words', 'text/plain')],
    ['GET', /^\/bytes$/, plain(Buffer.from([0, 255, 1]), 'application/octet-stream')],
    ['GET', /^\/broken$/, plain('{ "half": ', 'application/json')],
    ['GET', /^\/basic$/, (match, request, response) => (isFrom(request, 'ines', 'open sesame')
      ? answer(response, 200, { welcome: 'ines' }) : answer(response, 401, {}, { 'WWW-Authenticate': 'Basic realm="shop"' }))],
    ['GET', /^\/bearer$/, (match, request, response) => (request.headers.authorization === 'Bearer open sesame'
      ? answer(response, 200, { welcome: 'bearer' }) : answer(response, 401, {}))],
    ['GET', /^\/knows-header\/([a-z-]+)$/, ([, name], request, response) => (request.headers[name] === 'Bearer open sesame'
      ? answer(response, 200, { known: true }) : answer(response, 401, {}))],
    ['POST', /^\/token$/, async (match, request, response) => {
      const form = new URLSearchParams(await bodyOf(request));
      const known = form.get('grant_type') === 'client_credentials'
        && (isFrom(request, 'workflows', 'open sesame') || (form.get('client_id') === 'workflows' && form.get('client_secret') === 'open sesame'));
      known ? answer(response, 200, { access_token: 'open sesame', token_type: 'Bearer', expires_in: 3600 })
        : answer(response, 400, { error: 'invalid_client' });
    }],
    ...['GET', 'POST', 'PUT', 'PATCH', 'DELETE'].map((method) => [method, /^\/echo/, echo]),
  ]);
}
