// Real processes for the browser to meet: the Aircall sandbox and `switchboard serve` on its own private database.

import { execFile } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

import { program, start, stop } from '../support/process.mjs';

const run = promisify(execFile);

function findPsql() {
  const root = '/usr/lib/postgresql';
  const versions = fs.existsSync(root) ? fs.readdirSync(root) : [];
  const found = versions.map((version) => path.join(root, version, 'bin', 'psql')).find((file) => fs.existsSync(file));
  if (!found) throw new Error('psql is missing: install postgresql-client-15');
  return found;
}

function findFile(folder, name) {
  for (const entry of fs.readdirSync(folder, { withFileTypes: true })) {
    const full = path.join(folder, entry.name);
    if (entry.isFile() && entry.name === name) return full;
    const inside = entry.isDirectory() ? findFile(full, name) : undefined;
    if (inside) return inside;
  }
  return undefined;
}

export class World {
  #folder = fs.mkdtempSync(path.join(os.tmpdir(), 'switchboard-browser-'));
  #children = [];

  static async open() {
    const world = new World();
    try {
      await world.#start();
    } catch (error) {
      await world.close();
      throw error;
    }
    return world;
  }

  async #start() {
    fs.chmodSync(this.#folder, 0o755); // the database's own user must get through
    const sandboxFile = path.join(this.#folder, 'sandbox.json');
    const sandbox = await start(
      program('SANDBOX_BIN'), ['--listen', '127.0.0.1:0', '--endpoints-file', sandboxFile], {}, sandboxFile,
      path.join(this.#folder, 'sandbox.log'));
    this.#children.push(sandbox.child);
    this.sandbox = sandbox.endpoints;
    this.dataDir = path.join(this.#folder, 'data');
    const serve = await start(
      program('SWITCHBOARD_BIN'),
      ['serve', '--data-dir', this.dataDir, '--grpc-listen', '127.0.0.1:0', '--http-listen', '127.0.0.1:0',
        '--aircall-api-url', this.sandbox.base_url, '--aircall-oauth-url', this.sandbox.base_url,
        '--aircall-client-id', this.sandbox.client_id],
      { SWITCHBOARD_AIRCALL_CLIENT_SECRET: this.sandbox.client_secret },
      path.join(this.dataDir, 'endpoints.json'), path.join(this.#folder, 'serve.log'));
    this.#children.unshift(serve.child);
    this.server = serve.endpoints;
  }

  async close() {
    for (const child of this.#children) await stop(child);
    fs.rmSync(this.#folder, { recursive: true, force: true });
  }

  /** What `switchboard ... -o json` prints. */
  async cli(...words) {
    const { stdout } = await run(program('SWITCHBOARD_BIN'), [...words, '-o', 'json', '--data-dir', this.dataDir]);
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
    const lines = fs.readFileSync(findFile(this.dataDir, 'postmaster.pid'), 'utf8').split('\n');
    const [, , , port, socketFolder] = lines;
    const token = link.slice(link.lastIndexOf('/') + 1);
    const statement = `update eng.connect_session set expires_at = created_at where token_hash = sha256('${token}'::bytea)`;
    const { stdout } = await run(findPsql(), ['-h', socketFolder, '-p', port, '-U', 'switchboard', '-d', 'switchboard', '-c', statement]);
    if (!stdout.includes('UPDATE 1')) throw new Error(`the link was not found in the database: ${stdout}`);
  }

  serveLog() {
    return fs.readFileSync(path.join(this.#folder, 'serve.log'), 'utf8');
  }
}
