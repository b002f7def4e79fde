// Real processes for the browser to meet: the Aircall sandbox and `switchboard serve` on its own private database.

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

import { program, SandboxProcess, ServerProcess } from '../support/process.mjs';

const run = promisify(execFile);

export class World {
  #sandbox;
  #server;

  /** `allowed` may be led back to. */
  static async open(...allowed) {
    const world = new World();
    try {
      world.#sandbox = await SandboxProcess.start();
      const places = [world.#sandbox.url, ...allowed].flatMap((place) => ['--return-url-allow', place]);
      world.#server = await ServerProcess.start(world.#sandbox, ...places);
    } catch (error) {
      await world.close();
      throw error;
    }
    return world;
  }

  get sandbox() {
    return this.#sandbox.endpoints;
  }

  get server() {
    return this.#server.endpoints;
  }

  async close() {
    try {
      await this.#server?.stop();
    } finally {
      await this.#sandbox?.stop();
    }
  }

  /** What `switchboard ... -o json` prints. */
  async cli(...words) {
    return this.cliWith('', ...words);
  }

  /** The same, with something to read from standard input. */
  async cliWith(input, ...words) {
    const running = run(program('SWITCHBOARD_BIN'), [...words, '-o', 'json', '--data-dir', this.#server.dataDir]);
    running.child.stdin.on('error', () => {});  // a command that reads nothing may have ended before
    running.child.stdin.end(input);
    const { stdout, stderr } = await running;
    this.#server.hear(stdout + stderr);
    return JSON.parse(stdout);
  }

  /** A fresh link for a tenant. */
  async link(tenant, ...more) {
    return (await this.cli('account', 'connect', '--tenant', tenant, ...more)).url;
  }

  async accounts(tenant) {
    return (await this.cli('account', 'list', '--tenant', tenant)).accounts ?? [];
  }

  /** The sandbox's own view of everything. */
  async sandboxState() {
    const answer = await fetch(`${this.sandbox.control_url}/state`);
    return answer.json();
  }

  /** Lets a link expire without waiting for it: its time is moved in the private database. */
  async expire(link) {
    const token = link.slice(link.lastIndexOf('/') + 1);
    const statement = `update eng.connect_session set expires_at = created_at where token_hash = sha256('${token}'::bytea)`;
    const stdout = await this.#server.askDatabase('psql', '-c', statement);
    if (!stdout.includes('UPDATE 1')) throw new Error(`the link was not found in the database: ${stdout}`);
  }

  serveLog() {
    return this.#server.log();
  }
}
