// Runs that start by the clock. No clock of the test's own is asked: the runs and the plan say when.

import assert from 'node:assert/strict';

import { Then, When } from '@cucumber/cucumber';

import { fromValue, millisOf } from '../support/api.mjs';
import { eventually, readYaml } from '../support/scenario.mjs';

When('the workflow is disabled', async function disable() {
  await this.disable();
});

Then('{int} run(s) of the workflow should come to be', async function comeToBe(count) {
  this.planned = await eventually(`there are ${count} runs`, async () => {
    const runs = await this.runsOf(await this.deployed());
    return runs.length >= count ? runs : undefined;
  });
});

Then('the newest of them should complete with output:', async function newestCompletes(text) {
  this.follow(this.planned[0]);
  await this.waitForEnd();
  assert.equal(this.seen.state, 'STATE_SUCCEEDED', this.story());
  assert.deepEqual(this.output, readYaml(text));
});

async function inOrder(scenario) {
  const runs = [];
  for (const id of [...scenario.planned].reverse()) {
    scenario.follow(id);
    runs.push(await scenario.waitForEnd());
  }
  return runs;
}

Then('each of them should have been due at a time of its own', async function due() {
  const times = (await inOrder(this)).map((run) => Date.parse(fromValue(run.output).due));
  assert.ok(times.every((time, index) => index === 0 || time > times[index - 1]), `${times}`);
});

/** A run's creation is told in whole milliseconds, its end in finer ones. */
Then('none of them should have begun before the end of the one before', async function afterEnd() {
  const runs = await inOrder(this);
  for (let index = 1; index < runs.length; ++index) {
    const pause = millisOf(runs[index].create_time) - Math.floor(millisOf(runs[index - 1].end_time));
    assert.ok(pause >= 1000, `it began ${pause} ms after the end`);
  }
});

async function plannedTime(scenario) {
  const { workflow } = await scenario.api.WorkflowService.GetWorkflow({ workflow: await scenario.deployed() });
  return workflow.next_run_time ?? undefined;
}

Then('its next run should be planned', async function isPlanned() {
  await eventually('a run is planned', () => plannedTime(this));
});

Then('nothing more of it should be planned', async function notPlanned() {
  await eventually('no run is planned', async () => ((await plannedTime(this)) === undefined ? true : undefined));
});

const DAYS = {
  weekday: ({ weekday }) => !['Saturday', 'Sunday'].includes(weekday),
  'any day': () => true,
  Sunday: ({ weekday }) => weekday === 'Sunday',
  'first of the month': ({ day }) => day === '1',
};

Then('its next run should be planned for {string} in {string}', async function plannedFor(words, zone) {
  const time = new Date(millisOf(await eventually('a run is planned', () => plannedTime(this))));
  const format = new Intl.DateTimeFormat('en-GB', {
    timeZone: zone.replace('Etc/UTC', 'UTC'), weekday: 'long', day: 'numeric', hour: '2-digit', minute: '2-digit', hourCycle: 'h23',
  });
  const parts = Object.fromEntries(format.formatToParts(time).map(({ type, value }) => [type, value]));
  const [, day, clock] = /^(.*) (\d\d:\d\d)$/.exec(words);
  assert.equal(`${parts.hour}:${parts.minute}`, clock);
  assert.ok(DAYS[day](parts), JSON.stringify(parts));
});
