// What all scenarios share: one Aircall sandbox, one server with its database, two connected accounts, and the stand-ins for hosts of the Internet.
// Each scenario leaves them as it found them.

import { SandboxProcess, ServerProcess } from '../../../support/process.mjs';
import { openHttpbin } from '../stand_ins/httpbin.mjs';
import { openPetstore } from '../stand_ins/petstore.mjs';
import { Counter, openShop } from '../stand_ins/shop.mjs';
import { Api } from './api.mjs';
import { Editor } from './editor.mjs';

export class Town {
  #hosts = [];
  counter = new Counter();

  static async open() {
    const town = new Town();
    try {
      town.#hosts = await Promise.all([openPetstore(), openHttpbin(), openShop(town.counter)]);
      town.sandbox = await SandboxProcess.start('--companies', '2', '--rate-limit', '0');
      const places = town.#hosts.flatMap(({ name, origin }) => ['--http-resolve', `${name}=${origin}`]);
      town.server = await ServerProcess.start(town.sandbox, ...places);
      town.api = new Api(town.server);
      town.editor = new Editor((await town.api.WorkflowService.GetWorkflowSchema({})).schema);
      town.account = await town.connect();
      town.otherAccount = await town.connect('globex', town.sandbox.endpoints.companies[1]);
    } catch (error) {
      await town.close();
      throw error;
    }
    return town;
  }

  /** Connects a company with its API key; again, it only replaces the key. */
  async connect(tenant = 'acme', { api_id, api_token } = this.sandbox.endpoints.companies[0]) {
    const { account } = await this.api.AccountService.CreateAccount({ tenant, credential: { api_id, api_token } });
    return account.id;
  }

  /** What a power failure does to the server, and what an operator does about it. */
  async killAndRestart() {
    this.api.close();
    await this.server.killAndRestart();
    this.api = new Api(this.server);
  }

  async close() {
    this.api?.close();
    try {
      await this.server?.stop();
    } finally {
      await this.sandbox?.stop();
      for (const host of this.#hosts) host.close();
    }
  }
}
