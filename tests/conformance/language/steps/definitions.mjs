// Definitions that are checked before anything runs.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { Given, Then, When } from '@cucumber/cucumber';

Given('a workflow whose tasks nest {int} levels deep', function defineNested(levels) {
  let task = '{ last: { set: { done: true } } }';
  for (let level = 1; level < levels; ++level) task = `{ level${level}: { do: [ ${task} ] } }`;
  this.definition = `document: { dsl: '1.0.3', namespace: scenarios, name: nested, version: '1.0.0' }\ndo: [ ${task} ]\n`;
});

Given('a workflow with brackets {int} levels deep', function defineBrackets(levels) {
  const value = '['.repeat(levels) + ']'.repeat(levels);
  this.definition = `document: { dsl: '1.0.3', namespace: scenarios, name: brackets, version: '1.0.0' }\ndo: [ { a: { set: { b: ${value} } } } ]\n`;
});

Given('a workflow of {int} tasks', function defineMany(count) {
  const tasks = Array.from({ length: count }, (_, index) => `  - task${index}: { set: { number: ${index} } }\n`);
  this.definition = `document: { dsl: '1.0.3', namespace: scenarios, name: many, version: '1.0.0' }\ndo:\n${tasks.join('')}`;
});

When('the workflow is validated', async function validate() {
  this.checked = await this.api.WorkflowService.ValidateWorkflow({ source: this.definition });
});

const errorsOf = ({ diagnostics }) => diagnostics.filter(({ severity }) => severity === 'SEVERITY_ERROR');
const listOf = ({ diagnostics }) =>
  diagnostics.map(({ code, line, column, pointer, message }) => `${line}:${column} ${pointer} ${code} ${message}`).join('\n');

Then('it should be accepted', function accepted() {
  assert.deepEqual(errorsOf(this.checked), [], listOf(this.checked));
});

/** Only the first error is looked at; deploying must find the same. */
Then('it should be refused with {string}', async function refused(code) {
  [this.fault] = errorsOf(this.checked);
  assert.equal(this.fault?.code, code, listOf(this.checked));
  await assert.rejects(this.deploy(this.definition), { code: 'WORKFLOW_INVALID' });
});

Then('it should be warned about with {string}', function warned(code) {
  assert.deepEqual(errorsOf(this.checked), [], listOf(this.checked));
  [this.fault] = this.checked.diagnostics;
  assert.equal(this.fault?.code, code, listOf(this.checked));
});

Then('an editor should see that it is wrong', function editorSees() {
  assert.notDeepEqual(this.town.editor.faultsOf(this.definition), [], this.definition);
});

const root = fileURLToPath(new URL('../../../../', import.meta.url));
const yamlIn = (page) => [...page.matchAll(/```yaml\n([^`]*)```/g)].map(([, text]) => text);

Given('every definition of the documentation and those that are shipped', function readAll() {
  const read = (...place) => fs.readFileSync(path.join(root, ...place), 'utf8');
  const shipped = fs.readdirSync(path.join(root, 'workflows')).filter((name) => name.endsWith('.yaml')).map((name) => read('workflows', name));
  this.definitions = [...yamlIn(read('docs', 'language.md')), ...shipped].filter((text) => /^document:/m.test(text));
  assert.ok(this.definitions.length > 20);
});

Then('the server and an editor should accept them all', async function acceptAll() {
  for (const source of this.definitions) {
    const checked = await this.api.WorkflowService.ValidateWorkflow({ source });
    assert.deepEqual(errorsOf(checked), [], `${source}\n${listOf(checked)}`);
    assert.deepEqual(this.town.editor.faultsOf(source), [], source);
  }
});

Then('the fault should be at line {int}, column {int}', function at(line, column) {
  assert.deepEqual([this.fault.line, this.fault.column], [line, column], listOf(this.checked));
});

Then('the fault should be at {string}', function atPointer(pointer) {
  assert.equal(this.fault.pointer, pointer, listOf(this.checked));
});

Then('the message should mention {string}', function mentions(words) {
  assert.ok(this.fault.message.includes(words), this.fault.message);
});

Then('it should suggest {string}', function suggests(suggestion) {
  assert.equal(this.fault.suggestion, suggestion);
});

Then('{int} faults should be reported', function count(number) {
  assert.equal(errorsOf(this.checked).length, number, listOf(this.checked));
});

Then('deploying this should be refused with {string}:', async function refuseDeploy(code, text) {
  await assert.rejects(this.deploy(text), { code });
});

Then('deploying this should give the same version:', async function sameVersion(text) {
  assert.equal(await this.deploy(text), this.another);
});
