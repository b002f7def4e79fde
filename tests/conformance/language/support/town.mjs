// What all scenarios share: one Aircall sandbox, one server with its database, one connected account. Each scenario leaves them as it found them.

import { SandboxProcess, ServerProcess } from '../../../support/process.mjs';
import { Api } from './api.mjs';

export class Town {
  static async open() {
    const town = new Town();
    try {
      town.sandbox = await SandboxProcess.start('--companies', '2', '--rate-limit', '0');
      town.server = await ServerProcess.start(town.sandbox);
      town.api = new Api(town.server);
      town.account = await town.connect();
      town.otherAccount = await town.connect('globex', town.sandbox.endpoints.companies[1]);
    } catch (error) {
      await town.close();
      throw error;
    }
    return town;
  }

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
    await this.server?.stop();
    await this.sandbox?.stop();
  }
}
