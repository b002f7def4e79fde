// What a token endpoint can answer instead of an answer. Each takes the response, and the address of a stranger.

import { setTimeout as pause } from 'node:timers/promises';

const HUGE = 64 * 1024 * 1024;

function answer(response, status, type, body) {
  response.writeHead(status, { 'Content-Type': type });
  response.end(body);
}

const json = (response, status, value) => answer(response, status, 'application/json', JSON.stringify(value));

async function huge(response) {
  response.writeHead(200, { 'Content-Type': 'application/json' });
  const piece = Buffer.alloc(64 * 1024, 'x');
  response.write('{"access_token":"');
  for (let sent = 0; sent < HUGE && !response.destroyed; sent += piece.length) {
    if (!response.write(piece)) await Promise.race([new Promise((go) => response.once('drain', go)), pause(1000)]);
  }
  response.end('"}');
}

export const MISBEHAVIOURS = {
  html: (response) => answer(response, 200, 'text/html', '<!doctype html><h1>We are moving house</h1>'),
  broken_json: (response) => answer(response, 200, 'application/json', '{"access_token": "half of a'),
  no_token: (response) => json(response, 200, { token_type: 'Bearer' }),
  wrong_types: (response) => json(response, 200, { access_token: ['a'], refresh_token: 7, expires_in: 'soon' }),
  empty: (response) => answer(response, 200, 'application/json', ''),
  huge,
  slow: () => pause(30_000, undefined, { ref: false }),
  hang_up: (response) => response.destroy(),
  error_500: (response) => answer(response, 500, 'text/plain', 'stack trace of somebody else'),
  redirect: (response, stranger) => {
    response.writeHead(307, { Location: `${stranger}/token` });
    response.end();
  },
  invalid_grant: (response) => json(response, 400, { error: 'invalid_grant', error_description: 'the grant was withdrawn' }),
  invalid_client: (response) => json(response, 401, { error: 'invalid_client', error_description: 'who are you?' }),
};
