// The words of the specification's conformance kit; our own features use them, too.

import assert from 'node:assert/strict';

import { Given, Then, When } from '@cucumber/cucumber';

import { readYaml, Scenario } from '../support/scenario.mjs';

Given('a workflow with definition:', function define(text) {
  this.definition = text;
});

Given('given the workflow input is:', function giveInput(text) {
  this.input = readYaml(text);
});

When('the workflow is executed', async function execute() {
  await this.start();
  await this.waitForRest();
});

function assertCompleted(scenario) {
  assert.equal(scenario.seen.state, 'STATE_SUCCEEDED', scenario.story());
}

Then('the workflow should complete', async function complete() {
  await this.waitForRest();
  assertCompleted(this);
});

Then('the workflow should complete with output:', async function completeWith(text) {
  await this.waitForRest();
  assertCompleted(this);
  assert.deepEqual(this.output, readYaml(text), this.story());
});

function assertFaulted(scenario) {
  assert.equal(scenario.seen.state, 'STATE_FAILED', scenario.story());
}

Then('the workflow should fault', async function fault() {
  await this.waitForRest();
  assertFaulted(this);
});

Then('the workflow should fault with error:', async function faultWith(text) {
  await this.waitForRest();
  assertFaulted(this);
  assert.deepEqual(Scenario.errorOf(this.seen), readYaml(text));
});

// ---- What the output holds: `a.b` is `b` inside of `a` ----

function propertyOf(scenario, place) {
  let value = scenario.output;
  for (const name of place.split('.')) {
    const there = value !== null && typeof value === 'object' && Object.hasOwn(value, name);
    assert.ok(there, `there is no '${place}' in the output ${JSON.stringify(scenario.output)}`);
    value = value[name];
  }
  return value;
}

Then(/^the workflow output should have properties ('[^']+'(?:, '[^']+')*)$/, function haveProperties(list) {
  for (const [, place] of list.matchAll(/'([^']+)'/g)) propertyOf(this, place);
});

Then('the workflow output should have a {string} property with value:', function haveProperty(place, text) {
  assert.deepEqual(propertyOf(this, place), readYaml(text));
});

Then('the workflow output should have a {string} property containing {int} items', function haveItems(place, count) {
  const value = propertyOf(this, place);
  assert.ok(Array.isArray(value), `'${place}' is no list: ${JSON.stringify(value)}`);
  assert.equal(value.length, count, JSON.stringify(value));
});

// ---- The order of tasks ----

const namesOf = (scenario) => scenario.seen.tasks.map((task) => task.name);

Then('{word} should run first', function runFirst(name) {
  assert.equal(namesOf(this).at(0), name, this.story());
});

Then('{word} should run last', function runLast(name) {
  assert.equal(namesOf(this).at(-1), name, this.story());
});

Then('{word} should run after {word}', function runAfter(later, earlier) {
  const names = namesOf(this);
  for (const name of [later, earlier]) assert.ok(names.includes(name), `'${name}' did not run\n${this.story()}`);
  assert.ok(names.indexOf(later) > names.lastIndexOf(earlier), this.story());
});
