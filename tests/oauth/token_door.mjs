// Stands before the token endpoint: writes down every refresh, and does to the next one what a test orders.

import { createHash } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';

const digest = (token) => createHash('sha256').update(token).digest('hex').slice(0, 16);

/** Ends a process of the test, now: nothing of it runs after this returns. Nobody waits for an answer then. */
function kill(pid) {
  process.kill(pid, 'SIGKILL');
}

export class TokenDoor {
  #switches;
  #answered = new Map(); // refresh token -> { at, status, body } of its first use
  #strike;

  refreshes = []; // { token, status, repeated }: every refresh that was dealt with, oldest first

  constructor(switches) {
    this.#switches = switches;
  }

  /**
   * Kills a process at the next refresh: when it is `received` (and then nothing takes effect), `processed` (the tokens
   * are new, the answer is lost) or `answered` (the answer has left; `delay_ms` later).
   */
  strike(order) {
    this.#strike = order;
  }

  /** A refresh of a form, with `issue` to let the server do its work; the answer, or nothing where nobody waits for it. */
  async refresh(form, issue, whenSent) {
    const strike = this.#strike;
    this.#strike = undefined;
    if (strike?.when === 'received') return kill(strike.pid);
    const token = form.refresh_token;
    const known = this.#answered.get(token);
    const repeated = known !== undefined && Date.now() - known.at < this.#switches.grace_seconds * 1000;
    const answer = repeated ? known : await issue();
    if (!known && answer.status === 200) this.#answered.set(token, { ...answer, at: Date.now() });
    this.refreshes.push({ token: digest(token), status: answer.status, repeated });
    if (strike?.when === 'processed') return kill(strike.pid);
    if (strike?.when === 'answered') whenSent(() => pause(strike.delay_ms ?? 0).then(() => kill(strike.pid)));
    return answer;
  }
}
