// A platform's own page on an origin of its own: what a product looks like that embeds "Connect".

import http from 'node:http';

const page = (server) => `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Acme CRM</title><link rel="icon" href="data:,">
<script src="${server}/connect.js"></script></head>
<body><h1>Settings</h1><button id="connect">Connect Aircall</button>
<script>
  window.told = [];
  const tell = (name) => (news) => window.told.push({ name, ...news });
  const newLink = () => fetch('/link', { method: 'POST' }).then((answer) => (answer.ok ? answer.text() : Promise.reject(new Error('no link'))));
  document.querySelector('#connect').onclick = () => {
    window.handle = SwitchboardConnect.open(newLink, {
      onSuccess: tell('success'), onRefused: tell('refused'), onClose: tell('close'),
    });
  };
</script></body></html>`;

export class Platform {
  #server;

  /** How the next link is made. */
  newLink = () => Promise.reject(new Error('no link was prepared'));

  /** Where the snippet comes from: "http://127.0.0.1:1234". */
  switchboard = '';

  static async open() {
    const platform = new Platform();
    platform.#server = http.createServer((request, response) => platform.#answer(request, response));
    await new Promise((resolve) => platform.#server.listen(0, '127.0.0.1', resolve));
    return platform;
  }

  get origin() {
    return `http://127.0.0.1:${this.#server.address().port}`;
  }

  async close() {
    this.#server.closeAllConnections?.();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #answer(request, response) {
    if (request.url === '/link') {
      try {
        response.end(await this.newLink());
      } catch {
        response.writeHead(500).end();
      }
      return;
    }
    response.writeHead(200, { 'Content-Type': 'text/html; charset=utf-8' }).end(page(this.switchboard));
  }
}
