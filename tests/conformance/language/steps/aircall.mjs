// What happens at Aircall, that is: at its sandbox.

import assert from 'node:assert/strict';

import { Given, Then, When } from '@cucumber/cucumber';

import { hasEnded, readYaml } from '../support/scenario.mjs';

const requests = (words) => {
  const [method, path] = words.split(' ');
  return { method, path_regex: `^${path}$` };
};

Given('Aircall answers the next {int} request(s) of {string} with status {int}', async function stumble(times, words, status) {
  const fault = { match: requests(words), action: 'status', status, times, body: { message: 'not now' } };
  await this.town.sandbox.control('POST', '/faults', fault);
});

Given('Aircall loses the answer to the next {int} request(s) of {string}', async function lose(times, words) {
  await this.town.sandbox.control('POST', '/faults', { match: requests(words), action: 'drop_after', times });
});

Given('there is a call at Aircall', async function placeCall() {
  this.call = (await this.town.sandbox.control('POST', '/calls', { from: '+16175550142', answered: false })).call.id;
});

Given('given the workflow input is that call and:', function giveCall(text) {
  this.input = { call: this.call, ...readYaml(text) };
});

When('the account is connected again', async function reconnect() {
  await this.town.connect();
});

Then('the workflow should go on and complete with output:', async function goOn(text) {
  await this.waitFor('its end', hasEnded);
  assert.equal(this.seen.state, 'STATE_SUCCEEDED', this.story());
  assert.deepEqual(this.output, readYaml(text));
});

Then(/^the task (\S+) should have been tried (?:once|(\d+) times)$/, async function tried(name, times) {
  await this.look();
  assert.equal(this.taskNamed(name).attempts.length, Number(times ?? 1), this.story());
});
