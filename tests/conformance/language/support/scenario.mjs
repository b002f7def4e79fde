// One scenario: the definition and input it was given, and the run that came of them.

import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';

import { setWorldConstructor, World } from '@cucumber/cucumber';
import { parse, parseDocument } from 'yaml';

import { fromValue, toStruct } from './api.mjs';

const PATIENCE_MS = 30_000;
const PAGE = 1000;
const FINAL = ['STATE_SUCCEEDED', 'STATE_FAILED', 'STATE_CANCELLED'];

export const hasEnded = (run) => FINAL.includes(run.state);
export const readYaml = (text) => parse(text);

/**
 * The definition under a version that it shares with no other: several scenarios, also in the kit, give different definitions one
 * name and version, and a deployed version never changes.
 */
function underVersionOfItsOwn(definition, suffix) {
  const version = parseDocument(definition).getIn(['document', 'version'], true);
  const [from, to] = version.range;
  return `${definition.slice(0, from)}'${version.value}-${suffix}'${definition.slice(to)}`;
}

/** Waits until `look()` gives something, and gives that. */
export async function eventually(what, look, patience = PATIENCE_MS) {
  const until = Date.now() + patience;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (Date.now() > until) throw new Error(`it did not come to this: ${what}`);
    await pause(20);
  }
}

/** The items of all pages of a list. */
async function count(ask, itemsOf) {
  let items = 0;
  let page = '';
  do {
    const answer = await ask(page);
    items += itemsOf(answer);
    page = answer.next_page_token;
  } while (page !== '');
  return items;
}

let scenarios = 0;

export class Scenario extends World {
  input = {};
  events = new Map(); // the ids of published events, by the name that the scenario gives them
  named = new Map(); // the ids of runs, by the name that the scenario gives them
  #number = ++scenarios;
  started = [];
  #enabled = [];

  get api() {
    return this.town.api;
  }

  // ---- Definitions ----

  /** What the server takes, an editor takes, too. */
  async deploy(definition) {
    const { workflow } = await this.api.WorkflowService.DeployWorkflow({ source: definition });
    assert.deepEqual(this.town.editor.faultsOf(definition), [], definition);
    return workflow.id;
  }

  /** The id of the definition under test, deployed when it is first needed. */
  async deployed() {
    this.workflow ??= await this.deploy(underVersionOfItsOwn(this.definition, `scenario.${this.#number}`));
    return this.workflow;
  }

  async enable(account = this.town.account) {
    const workflow = await this.deployed();
    await this.api.WorkflowService.EnableWorkflow({ workflow, account });
    this.#enabled.push({ workflow, account });
  }

  async disable() {
    for (const each of this.#enabled) await this.api.WorkflowService.DisableWorkflow(each);
  }

  // ---- Runs ----

  async start({ requestId = '', account = this.town.account } = {}) {
    const { run } = await this.api.RunService.StartRun({
      account, workflow: await this.deployed(), input: toStruct(this.input), request_id: requestId,
    });
    this.follow(run.id);
    return run.id;
  }

  /** From here on the scenario is about this run. */
  follow(run) {
    this.run = run;
    this.mind(run);
  }

  /** This run must be over when the scenario is. */
  mind(run) {
    if (!this.started.includes(run)) this.started.push(run);
  }

  async look() {
    this.seen = (await this.api.RunService.GetRun({ run: this.run })).run;
    return this.seen;
  }

  /** Waits until the run is as wanted; a run that ended before that is a failure. */
  async waitFor(what, isThere) {
    this.seen = await this.api.watchRun(this.run, isThere);
    assert.ok(isThere(this.seen), `the run ended before ${what}\n${this.story()}`);
    return this.seen;
  }

  async waitForEnd() {
    return this.waitFor('its end', hasEnded);
  }

  /** A run that somebody must look at has not ended, but neither will it go on by itself. */
  async waitForRest() {
    return this.waitFor('coming to rest', (run) => hasEnded(run) || run.state === 'STATE_PARKED');
  }

  get output() {
    return fromValue(this.seen.output) ?? null;
  }

  /** The error of a task or of the run, without what it does not say. */
  static errorOf({ error }) {
    return Object.fromEntries(Object.entries(error ?? {}).filter(([, value]) => value !== '' && value !== 0));
  }

  /** Every time that the flow came to a task of this name. */
  tasksNamed(name) {
    return this.seen.tasks.filter((task) => task.name === name);
  }

  taskNamed(name) {
    const tasks = this.tasksNamed(name);
    assert.ok(tasks.length > 0, `the flow never came to '${name}'\n${this.story()}`);
    return tasks.at(-1);
  }

  /** The run in a few lines, for whoever has to find out why a scenario failed. */
  story() {
    const { state, error, parked_code, tasks } = this.seen;
    const line = (task) => `  ${task.ref} ${task.state}${task.error ? ` ${task.error.title}: ${task.error.detail}` : ''}`;
    return [`${state} ${parked_code}`, error ? JSON.stringify(error) : '', ...tasks.map(line)].join('\n');
  }

  // ---- Events ----

  async publish(name, type, data = {}, { subject = '', account = this.town.account } = {}) {
    const event = { id: `${name}-of-scenario-${this.#number}`, type, subject, data: toStruct(data) };
    const answer = await this.api.EventService.PublishEvent({ account, event });
    this.events.set(name, answer.event.id);
    return answer;
  }

  /** Many events, as many clients at once would publish them; they have no names. */
  async publishMany(count, type) {
    const CLIENTS = 64;
    let next = 0;
    const client = async () => {
      while (next < count) {
        const event = { id: `${type}-${next++}-of-scenario-${this.#number}`, type, data: toStruct({}) };
        await this.api.EventService.PublishEvent({ account: this.town.account, event });
      }
    };
    await Promise.all(Array.from({ length: CLIENTS }, client));
  }

  /** How many runs of the workflow under test there are, page by page. */
  async countRuns(filter) {
    const request = { workflow: await this.deployed(), filter, page_size: PAGE };
    return count((page) => this.api.RunService.ListRuns({ ...request, page_token: page }), ({ runs }) => runs.length);
  }

  async countEvents(type) {
    const request = { type, page_size: PAGE };
    return count((page) => this.api.EventService.ListEvents({ ...request, page_token: page }), ({ events }) => events.length);
  }

  async runsStartedBy(name) {
    return this.#list({ filter: `event = ${this.events.get(name)}` });
  }

  /** Newest first. */
  async runsOf(workflow) {
    return this.#list({ workflow });
  }

  async #list(request) {
    const { runs } = await this.api.RunService.ListRuns(request);
    return runs.map((run) => run.id);
  }

  // ---- The end ----

  /** Nothing of this scenario may meet the events of the next. */
  async leave() {
    this.town.counter.open();
    await this.disable();
    for (const { workflow } of this.#enabled) {
      for (const run of await this.runsOf(workflow)) this.mind(run);
    }
    for (const name of this.events.keys()) {
      for (const run of await this.runsStartedBy(name)) this.mind(run);
    }
    for (const run of this.started) await this.#cancelUnlessEnded(run);
    await this.town.sandbox.control('DELETE', '/faults');
  }

  async #cancelUnlessEnded(run) {
    try {
      await this.api.RunService.CancelRun({ run, reason: 'the scenario is over' });
    } catch (refusal) {
      if (refusal.code !== 'RUN_FINISHED') throw refusal;
    }
  }
}

setWorldConstructor(Scenario);
