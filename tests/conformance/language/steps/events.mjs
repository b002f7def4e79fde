// Events of the account, and the runs that they start.

import assert from 'node:assert/strict';

import { Given, Then, When } from '@cucumber/cucumber';

import { fromStruct } from '../support/api.mjs';
import { eventually, readYaml } from '../support/scenario.mjs';

Given('the workflow is enabled', async function enable() {
  await this.enable();
});

When('the event {string} of type {string} happens', async function happen(name, type) {
  await this.publish(name, type);
});

When('the event {string} of type {string} happens with data:', async function happenWith(name, type, text) {
  await this.publish(name, type, readYaml(text));
});

When('the event {string} of type {string} happens about {string}', async function happenAbout(name, type, subject) {
  await this.publish(name, type, {}, { subject });
});

When('the event {string} of type {string} happens at another account', async function happenElsewhere(name, type) {
  await this.publish(name, type, {}, { account: this.town.otherAccount });
});

When('the event {string} of type {string} is delivered again', async function again(name, type) {
  const { duplicate } = await this.publish(name, type);
  assert.equal(duplicate, true);
});

async function startedBy(scenario, name) {
  return eventually(`the event '${name}' starts a run`, async () => {
    const runs = await scenario.runsStartedBy(name);
    return runs.length > 0 ? runs : undefined;
  });
}

Then('the event {string} should start a run', async function startRun(name) {
  const [run, ...others] = await startedBy(this, name);
  assert.deepEqual(others, []);
  this.follow(run);
});

/** An account's events are dealt with in their order: what a later one has started is proof that this one's turn is over. */
Then('the event {string} should start a run, and {string} none', async function startOnly(name, idle) {
  const [run] = await startedBy(this, name);
  assert.deepEqual(await this.runsStartedBy(idle), []);
  this.follow(run);
});

Then('an event of type {string} should have been emitted with data:', async function emitted(type, text) {
  const { events } = await this.api.EventService.ListEvents({ filter: `type = ${type}` });
  assert.equal(events.length, 1);
  const { event } = await this.api.EventService.GetEvent({ event: events[0].id });
  assert.deepEqual(fromStruct(event.data), readYaml(text));
});

Then('{int} events of type {string} should come to be', async function comeToBe(count, type) {
  await eventually(`there are ${count} events of type ${type}`, async () => {
    const { events } = await this.api.EventService.ListEvents({ filter: `type = ${type}` });
    assert.ok(events.length <= count, `there are ${events.length} events of type ${type}`);
    return events.length === count || undefined;
  });
});

Then('the event {string} should have started another run', async function startedAnother(name) {
  await startedBy(this, name);
});

Then('publishing an event with {int} characters should be refused with {string}', async function refuseLarge(length, code) {
  await assert.rejects(this.publish('large', 'com.example.large', { text: 'x'.repeat(length) }), { code });
});

Then('publishing an event of type {string} should be refused with {string}', async function refuseType(type, code) {
  await assert.rejects(this.publish('odd', type), { code });
});
