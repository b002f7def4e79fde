// How runs are started and steered, and how they end.

import assert from 'node:assert/strict';

import { defineParameterType, Given, Then, When } from '@cucumber/cucumber';

import { status } from '../support/api.mjs';
import { eventually, hasEnded, readYaml, Scenario } from '../support/scenario.mjs';

const LONG_MS = 3_600_000;

const WAITS_FOR = {
  'an event': 'KIND_EVENT',
  'some time': 'KIND_TIMER',
  'its next try': 'KIND_RETRY',
  'another run': 'KIND_CHILD_RUN',
};
defineParameterType({ name: 'awaited', regexp: /an event|some time|its next try|another run/, transformer: (words) => WAITS_FOR[words] });

/** A definition of which the scenario only tells the tasks. */
Given('a workflow with tasks:', function defineTasks(text) {
  this.definition = `document: { dsl: '1.0.3', namespace: scenarios, name: tasks, version: '1.0.0' }\ndo:\n${text.replaceAll(/^/gm, '  ')}`;
});

Given('another workflow with definition:', async function defineAnother(text) {
  this.another = await this.deploy(text);
});

Given('given a list {string} of {int} numbers as the workflow input', function giveList(name, count) {
  this.input = { [name]: Array.from({ length: count }, (_, index) => index) };
});

Given('given a text {string} of {int} characters as the workflow input', function giveText(name, length) {
  this.input = { [name]: 'x'.repeat(length) };
});

Given('given the workflow input is nested {int} levels deep', function giveNested(levels) {
  this.input = {};
  for (let level = 1; level < levels; ++level) this.input = { inside: this.input };
});

When('the workflow is started', async function startIt() {
  await this.start();
});

When('the workflow is started as {string}', async function startAs(name) {
  this.named.set(name, await this.start());
});

When('we turn to the run {string}', function turnTo(name) {
  this.follow(this.named.get(name));
});

When('the workflow is started twice with the request id {string}', async function startTwice(requestId) {
  this.first = await this.start({ requestId });
  this.second = await this.start({ requestId });
});

Then('both requests should have started one run', function oneRun() {
  assert.equal(this.first, this.second);
});

When('the task {word} is waiting for {awaited}', async function waitAt(name, kind) {
  const waits = (task) => task.name === name && task.wait?.kind === kind;
  await this.waitFor(`'${name}' waits for ${kind}`, (run) => run.tasks.some(waits));
});

When('the workflow is cancelled', async function cancel() {
  await this.api.RunService.CancelRun({ run: this.run });
});

When('the workflow is cancelled because {string}', async function cancelBecause(reason) {
  await this.api.RunService.CancelRun({ run: this.run, reason });
});

When('the workflow is suspended', async function suspend() {
  await this.api.RunService.SuspendRun({ run: this.run });
  await this.waitFor('its being held', (run) => run.state === 'STATE_PARKED');
});

When('the workflow is resumed', async function resume() {
  await this.api.RunService.ResumeRun({ run: this.run });
});

When('the workflow is done again from the {word}', async function retry(place) {
  const from = { start: 'FROM_START', failure: 'FROM_FAILED_TASK' }[place];
  this.before = this.seen;
  const { run } = await this.api.RunService.RetryRun({ run: this.run, from });
  this.follow(run.id);
  await this.waitForRest();
});

When('the server is killed and started again', { timeout: 180_000 }, async function crash() {
  await this.town.killAndRestart();
});

const STEERING = {
  cancelling: 'CancelRun', suspending: 'SuspendRun', resuming: 'ResumeRun', retrying: 'RetryRun',
};

Then(/^(cancelling|suspending|resuming|retrying) the workflow should be refused with '([A-Z_]+)'$/, async function refuse(what, code) {
  await assert.rejects(this.api.RunService[STEERING[what]]({ run: this.run }), { code });
});

Then('starting the workflow should be refused with status {word}', async function refuseStart(name) {
  await assert.rejects(this.start(), { status: status[name] });
});

Then(/^starting the workflow should be refused with '([A-Z_]+)'$/, async function refuseStartWith(code) {
  await assert.rejects(this.start(), { code });
});

// ---- How it ended ----

Then('the workflow should complete in the end', { timeout: LONG_MS + 60_000 }, async function completeInTheEnd() {
  await eventually('the run succeeds', async () => {
    assert.equal(await this.countRuns('state = FAILED'), 0);
    return (await this.countRuns('state = SUCCEEDED')) > 0 || undefined;
  }, LONG_MS);
});

Then('the workflow should be cancelled', async function cancelled() {
  await this.waitForEnd();
  assert.equal(this.seen.state, 'STATE_CANCELLED', this.story());
});

Then('the workflow should be parked with {string}', async function parked(code) {
  await this.waitForRest();
  assert.equal(this.seen.state, 'STATE_PARKED', this.story());
  assert.equal(this.seen.parked_code, code);
});

Then('the workflow should still be running', async function running() {
  await this.look();
  assert.equal(this.seen.state, 'STATE_RUNNING', this.story());
});

Then('the note of the run should say {string}', async function noted(words) {
  await this.look();
  assert.ok(this.seen.note.includes(words), this.seen.note);
});

/** The parts of the error that the table names. */
Then('the workflow should fault with an error that has:', async function faultWithParts(table) {
  await this.waitForRest();
  assert.equal(this.seen.state, 'STATE_FAILED', this.story());
  const error = Scenario.errorOf(this.seen);
  for (const [part, expected] of Object.entries(table.rowsHash())) assert.equal(String(error[part]), expected, JSON.stringify(error));
});

Then('the detail of the error should mention {string}', function detail(words) {
  assert.ok(this.seen.error.detail.includes(words), this.seen.error.detail);
});

Then('the new run should name the old one', function namesOld() {
  assert.equal(this.seen.retried_from, this.before.id);
  assert.notEqual(this.seen.id, this.before.id);
});

Then('all runs of the scenario should complete with output:', async function allComplete(text) {
  for (const run of this.started) {
    this.follow(run);
    await this.waitForRest();
    assert.equal(this.seen.state, 'STATE_SUCCEEDED', this.story());
    assert.deepEqual(this.output, readYaml(text));
  }
});

/** A run of a workflow besides the one that the scenario is about. */
async function runBesides(scenario, definition) {
  const workflow = await scenario.deploy(definition);
  const { run } = await scenario.api.RunService.StartRun({ account: scenario.town.account, workflow });
  scenario.mind(run.id);
  return scenario.api.watchRun(run.id, hasEnded);
}

When('another workflow runs:', async function runAnother(definition) {
  assert.equal((await runBesides(this, definition)).state, 'STATE_SUCCEEDED');
});

When('another workflow fails with the title {string}:', async function failAnother(title, definition) {
  assert.equal((await runBesides(this, definition)).error.title, title);
});

/** Also those that a run has started, which the scenario does not know. */
async function untilRunning(scenario, count, workflow) {
  await eventually(`${count} runs of ${workflow} are running`, async () => {
    const { runs } = await scenario.api.RunService.ListRuns({ filter: `workflow = ${workflow} AND state = RUNNING` });
    if (runs.length !== count) return undefined;
    for (const run of runs) scenario.mind(run.id);
    return true;
  });
}

When('there is {int} running run of {string}', async function isRunning(count, workflow) {
  await untilRunning(this, count, workflow);
});

Then('there should be {int} running run of {string}', async function areRunning(count, workflow) {
  await untilRunning(this, count, workflow);
});

Then('there should be no running run of {string}', async function noneRunning(workflow) {
  await untilRunning(this, 0, workflow);
});
