// A host of the Internet that stands on this machine instead.

import http from 'node:http';

/** Reads the body of a request as text. */
export async function bodyOf(request) {
  const parts = [];
  for await (const part of request) parts.push(part);
  return Buffer.concat(parts).toString('utf8');
}

export function answer(response, status, json, headers = {}) {
  response.writeHead(status, { 'Content-Type': 'application/json', ...headers });
  response.end(JSON.stringify(json));
}

/** Whether the request comes with this user and password. */
export function isFrom(request, user, password) {
  return request.headers.authorization === `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
}

export class Host {
  #server;

  /** `routes`: [method, pattern of the path, (match, request, response, url) => ...]; the first that fits answers. */
  static async open(name, routes) {
    const host = new Host();
    host.name = name;
    host.#server = http.createServer((request, response) => {
      const url = new URL(request.url, `http://${name}`);
      for (const [method, pattern, handle] of routes) {
        const match = request.method === method ? pattern.exec(url.pathname) : null;
        if (match) return void handle(match, request, response, url);
      }
      answer(response, 404, { message: 'not found' });
    });
    await new Promise((resolve) => host.#server.listen(0, '127.0.0.1', resolve));
    return host;
  }

  get origin() {
    return `http://127.0.0.1:${this.#server.address().port}`;
  }

  close() {
    this.#server.closeAllConnections?.();
    this.#server.close();
  }
}
