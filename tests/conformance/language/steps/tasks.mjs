// What became of single tasks.

import assert from 'node:assert/strict';

import { Then } from '@cucumber/cucumber';

import { fromValue, millisOf } from '../support/api.mjs';
import { readYaml } from '../support/scenario.mjs';

Then('{word} should run once', async function runOnce(name) {
  await this.look();
  assert.equal(this.tasksNamed(name).length, 1, this.story());
});

Then('{word} should run {int} times', async function runTimes(name, count) {
  await this.look();
  assert.equal(this.tasksNamed(name).length, count, this.story());
});

Then('{word} should not run', async function notRun(name) {
  await this.look();
  assert.deepEqual(this.tasksNamed(name).filter((task) => task.state !== 'STATE_SKIPPED'), [], this.story());
});

const STATES = { complete: 'STATE_COMPLETED', 'be skipped': 'STATE_SKIPPED', fault: 'STATE_FAILED', 'be given up': 'STATE_CANCELLED' };

Then(/^the task (\S+) should (complete|be skipped|fault|be given up)$/, async function taskShould(name, what) {
  await this.look();
  assert.equal(this.taskNamed(name).state, STATES[what], this.story());
});

Then('the task {word} should have the input:', async function taskInput(name, text) {
  await this.look();
  assert.deepEqual(fromValue(this.taskNamed(name).input), readYaml(text));
});

Then('the task {word} should have the output:', async function taskOutput(name, text) {
  await this.look();
  assert.deepEqual(fromValue(this.taskNamed(name).output), readYaml(text));
});

// ---- Pauses, as the engine planned them: no clock of the test's own is asked ----

const plannedPauses = (task) => task.pauses.map(({ start_time, until_time }) => Math.round(millisOf(until_time) - millisOf(start_time)));

Then(/^(\S+) should have paused for ([\d, ]+) milliseconds$/, async function paused(name, list) {
  await this.look();
  assert.deepEqual(plannedPauses(this.taskNamed(name)), list.split(',').map(Number), this.story());
});

Then('{word} should have paused {int} times for {int} to {int} milliseconds', async function pausedBetween(name, count, least, most) {
  await this.look();
  const pauses = plannedPauses(this.taskNamed(name));
  assert.equal(pauses.length, count, this.story());
  for (const pause of pauses) assert.ok(pause >= least && pause <= most, `${pauses}`);
});

Then('{word} should not have paused', async function notPaused(name) {
  await this.look();
  assert.deepEqual(plannedPauses(this.taskNamed(name)), []);
});
