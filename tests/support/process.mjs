// Programs of ours as real processes, for tests written in JavaScript.

import { execFile, spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';

import { findSecrets } from './secret_search.mjs';

const PATIENCE_MS = 90_000;
const MOST_ROWS_BYTES = 1 << 29;
const run = promisify(execFile);

/** The program that an environment variable names. */
export function program(variable) {
  const file = process.env[variable];
  if (!file || !fs.existsSync(file)) {
    throw new Error(`${variable} must name the program that was built ('${file ?? ''}' is none); run 'make test'`);
  }
  return file;
}

function postgresProgram(name) {
  const root = '/usr/lib/postgresql';
  const versions = fs.existsSync(root) ? fs.readdirSync(root) : [];
  const found = versions.map((version) => path.join(root, version, 'bin', name)).find((file) => fs.existsSync(file));
  if (!found) throw new Error(`${name} is missing: install postgresql-15`);
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

const hasEnded = (child) => child.exitCode !== null || child.signalCode !== null;

/** Starts a program and waits for the file of endpoints that this very process writes. */
export async function start(file, words, environment, endpointsFile, log) {
  const output = fs.openSync(log, 'w');
  const child = spawn(file, words, { env: { ...process.env, ...environment }, stdio: ['ignore', output, output] });
  const until = Date.now() + PATIENCE_MS;
  while (Date.now() < until && !hasEnded(child)) {
    try {
      const endpoints = JSON.parse(fs.readFileSync(endpointsFile, 'utf8'));
      if (endpoints.pid === child.pid) return { child, endpoints };
    } catch {
      // not written yet
    }
    await pause(50);
  }
  child.kill('SIGKILL');
  throw new Error(`${path.basename(file)} did not start; its log:\n${fs.readFileSync(log, 'utf8')}`);
}

export async function stop(child) {
  if (!child || hasEnded(child)) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  const waited = await Promise.race([ended.then(() => true), pause(30_000, false, { ref: false })]);
  if (!waited) child.kill('SIGKILL');
}

/** A running aircall-sandbox (SANDBOX_BIN) on a port that the system picked, in a folder of its own. */
export class SandboxProcess {
  #folder = fs.mkdtempSync(path.join(os.tmpdir(), 'aircall-sandbox-'));
  #child;

  static async start(...words) {
    const sandbox = new SandboxProcess();
    const file = path.join(sandbox.#folder, 'endpoints.json');
    const { child, endpoints } = await start(
      program('SANDBOX_BIN'), ['--listen', '127.0.0.1:0', '--endpoints-file', file, ...words], {}, file,
      path.join(sandbox.#folder, 'log'));
    sandbox.#child = child;
    sandbox.endpoints = endpoints;
    return sandbox;
  }

  get url() {
    return this.endpoints.base_url;
  }

  async stop() {
    await stop(this.#child);
    fs.rmSync(this.#folder, { recursive: true, force: true });
  }

  /** A request with the API key of a company, the first one by default. */
  async api(method, target, body, company = this.endpoints.companies[0]) {
    const key = Buffer.from(`${company.api_id}:${company.api_token}`).toString('base64');
    return this.#ask(method, target, body, { Authorization: `Basic ${key}` });
  }

  /** A request of the control API: `target` follows "/_sandbox". */
  async control(method, target, body) {
    return this.#ask(method, `/_sandbox${target}`, body, {});
  }

  async #ask(method, target, body, headers) {
    const answer = await fetch(this.url + target, {
      method,
      headers: { ...headers, ...(body === undefined ? {} : { 'Content-Type': 'application/json' }) },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${target} answered ${answer.status}: ${text}`);
    return text ? JSON.parse(text) : undefined;
  }
}

/**
 * A running `switchboard serve` (SWITCHBOARD_BIN) with a private database, in a folder of its own, that takes the sandbox for Aircall.
 * When it is stopped, what it logged, what was heard and every row of its database is searched for secrets: one that was told is an error.
 */
export class ServerProcess {
  #folder = fs.mkdtempSync(path.join(os.tmpdir(), 'switchboard-'));
  #sandbox;
  #more;
  #child;
  #heard = '';

  dataDir = path.join(this.#folder, 'data');

  static async start(sandbox, ...more) {
    const server = new ServerProcess();
    fs.chmodSync(server.#folder, 0o755); // the database's own user must get through
    server.#sandbox = sandbox.endpoints;
    server.#more = more;
    try {
      await server.#start('127.0.0.1:0');
    } catch (error) {
      await server.stop();
      throw error;
    }
    return server;
  }

  async #start(http) {
    const { base_url: aircall, client_id: id, client_secret: secret } = this.#sandbox;
    const { child, endpoints } = await start(
      program('SWITCHBOARD_BIN'),
      ['serve', '--data-dir', this.dataDir, '--grpc-listen', '127.0.0.1:0', '--http-listen', http,
        '--aircall-api-url', aircall, '--aircall-oauth-url', aircall, '--aircall-client-id', id, ...this.#more],
      { SWITCHBOARD_AIRCALL_CLIENT_SECRET: secret },
      path.join(this.dataDir, 'endpoints.json'), this.#logFile);
    this.#child = child;
    this.endpoints = endpoints;
  }

  /** SIGKILL, and a new process on the same data, whose HTTP door is where Aircall knows it. */
  async killAndRestart() {
    const ended = new Promise((resolve) => this.#child.once('exit', resolve));
    this.#child.kill('SIGKILL');
    await ended;
    this.hear(this.log()); // the next process writes its log over this one's
    await this.#start(this.endpoints.http);
  }

  get #logFile() {
    return path.join(this.#folder, 'serve.log');
  }

  /** What the process that runs now has logged so far. */
  log() {
    return fs.readFileSync(this.#logFile, 'utf8');
  }

  /** Notes what was printed or answered about this server, to be searched as well. */
  hear(text) {
    this.#heard += text;
  }

  /** What a program of PostgreSQL's prints about the private database. */
  async askDatabase(name, ...words) {
    const [, , , port, socketFolder] = fs.readFileSync(findFile(this.dataDir, 'postmaster.pid'), 'utf8').split('\n');
    const places = ['-h', socketFolder, '-p', port, '-U', 'switchboard', '-d', 'switchboard'];
    const { stdout } = await run(postgresProgram(name), [...places, ...words], { maxBuffer: MOST_ROWS_BYTES });
    return stdout;
  }

  /** The credentials of the sandbox and the keys of the data directory, by what they are. */
  #secrets() {
    const { client_secret: secret, companies } = this.#sandbox;
    const keys = ['admin.key', 'vault.key']
      .map((name) => [name, path.join(this.dataDir, name)])
      .filter(([, file]) => fs.existsSync(file))
      .flatMap(([name, file]) => fs.readFileSync(file, 'utf8').trim().split('\n').map((key, i) => [`${name} ${i + 1}`, key]));
    return {
      'OAuth client secret': secret,
      ...Object.fromEntries(companies.map(({ name, api_token }) => [`API token of ${name}`, api_token])),
      ...Object.fromEntries(keys),
    };
  }

  async stop() {
    const rows = this.endpoints && !hasEnded(this.#child) ? await this.askDatabase('pg_dump', '--data-only', '--schema=eng') : '';
    await stop(this.#child);
    const log = fs.existsSync(this.#logFile) ? this.log() : '';
    const told = [...findSecrets(`${this.#heard}\n${log}`, this.#secrets()), ...findSecrets(rows, this.#secrets())];
    fs.rmSync(this.#folder, { recursive: true, force: true });
    if (told.length > 0) throw new Error(`the server's log, what it answered, or its database tells the ${told.join('\nand the ')}`);
  }
}
