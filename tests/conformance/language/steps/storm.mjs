// Much at once, at one account.

import assert from 'node:assert/strict';

import { Given, Then, When } from '@cucumber/cucumber';

import { deepField, toStruct } from '../support/api.mjs';
import { eventually, hasEnded } from '../support/scenario.mjs';

const STORM_MS = 240_000;

Given('the counter of the shop is shut', function shut() {
  this.town.counter.shut();
});

When('the counter of the shop is opened', function open() {
  this.town.counter.open();
});

When('{int} events of type {string} happen', { timeout: STORM_MS }, async function happen(count, type) {
  await this.publishMany(count, type);
});

Then('another workflow should complete at the account of another tenant:', async function completeElsewhere(definition) {
  const workflow = await this.deploy(definition);
  const { run } = await this.api.RunService.StartRun({ account: this.town.otherAccount, workflow });
  this.mind(run.id);
  const { state } = await this.api.watchRun(run.id, hasEnded);
  assert.equal(state, 'STATE_SUCCEEDED');
});

Then('no run of the workflow should have succeeded yet', async function noneYet() {
  assert.equal(await this.countRuns('state = SUCCEEDED'), 0);
});

/** All of them, and no other. */
Then('{int} runs of the workflow should succeed', { timeout: STORM_MS + 60_000 }, async function succeed(count) {
  await eventually(`${count} runs have succeeded`, async () => {
    assert.equal(await this.countRuns('state = FAILED'), 0);
    return (await this.countRuns('state = SUCCEEDED')) >= count || undefined;
  }, STORM_MS);
  assert.equal(await this.countRuns(''), count);
});

Then('{int} events of type {string} should be stored', async function stored(count, type) {
  assert.equal(await this.countEvents(type), count);
});

// ---- What is nested too deeply ----

const INPUT = 3; // StartRunRequest.input
const EVENT_DATA = [2, 5]; // PublishEventRequest.event, CloudEvent.data

Then('starting the workflow with an input nested {int} levels deep should be refused with {string}', async function refuseDeepRun(levels, code) {
  const request = { account: this.town.account, workflow: await this.deployed() };
  await assert.rejects(this.api.callWith('RunService', 'StartRun', request, deepField([INPUT], levels)), { code });
});

Then('publishing an event nested {int} levels deep should be refused with {string}', async function refuseDeepEvent(levels, code) {
  const request = { account: this.town.account, event: { id: 'deep', type: 'com.example.deep', data: toStruct({}) } };
  await assert.rejects(this.api.callWith('EventService', 'PublishEvent', request, deepField(EVENT_DATA, levels)), { code });
});
