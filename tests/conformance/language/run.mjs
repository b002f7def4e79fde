// Runs the specification's conformance kit, where it is there, and our own features, and counts both.
//   node run.mjs [name]     only scenarios whose name matches the regular expression
// SWITCHBOARD_LONG_SCENARIOS=1: also those marked @long, which take many minutes

import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const here = path.dirname(fileURLToPath(import.meta.url));
const root = path.resolve(here, '../../..');
const kit = path.resolve(root, process.env.SWITCHBOARD_CTK || '../shared/ctk');

const featuresBelow = (folder) =>
  fs.existsSync(folder) ? fs.readdirSync(folder).filter((name) => name.endsWith('.feature')).sort().map((name) => path.join(folder, name)) : [];

async function loadRunner() {
  try {
    return await import('@cucumber/cucumber/api');
  } catch {
    throw new Error(`the packages of ${here} are missing: run 'tools/setup test' or 'npm ci' there`);
  }
}

/** Counts scenarios, and those that passed, by whether they belong to the kit. */
class Score {
  #belongsToKit = new Map(); // pickle -> bool
  #pickles = new Map(); // test case -> pickle
  #cases = new Map(); // started test case -> test case
  #worst = new Map(); // started test case -> whether all its steps passed
  kit = { passed: 0, all: 0 };
  own = { passed: 0, all: 0 };

  note({ pickle, testCase, testCaseStarted, testStepFinished, testCaseFinished }) {
    if (pickle) this.#belongsToKit.set(pickle.id, path.resolve(here, pickle.uri).startsWith(kit + path.sep));
    if (testCase) this.#pickles.set(testCase.id, testCase.pickleId);
    if (testCaseStarted) {
      this.#cases.set(testCaseStarted.id, testCaseStarted.testCaseId);
      this.#worst.set(testCaseStarted.id, true);
    }
    if (testStepFinished && testStepFinished.testStepResult.status !== 'PASSED') this.#worst.set(testStepFinished.testCaseStartedId, false);
    if (testCaseFinished) this.#finish(testCaseFinished.testCaseStartedId);
  }

  #finish(started) {
    const score = this.#belongsToKit.get(this.#pickles.get(this.#cases.get(started))) ? this.kit : this.own;
    score.all += 1;
    if (this.#worst.get(started)) score.passed += 1;
  }
}

async function main([name]) {
  const { loadConfiguration, runCucumber } = await loadRunner();
  const kitFeatures = featuresBelow(kit);
  const { runConfiguration } = await loadConfiguration({
    file: false,
    provided: {
      paths: [...kitFeatures, ...featuresBelow(path.join(here, 'features'))],
      import: ['support/*.mjs', 'steps/*.mjs'],
      format: ['progress'],
      name: name ? [name] : [],
      tags: process.env.SWITCHBOARD_LONG_SCENARIOS ? '' : 'not @long',
    },
  }, { cwd: here });
  const score = new Score();
  const { success } = await runCucumber(runConfiguration, { cwd: here }, (message) => score.note(message));
  if (kitFeatures.length > 0) {
    console.log(`conformance: ${score.kit.passed} of ${score.kit.all}`);
  } else {
    console.log(`conformance: no kit in ${kit} (SWITCHBOARD_CTK names another folder), so our own features alone`);
  }
  console.log(`scenarios: ${score.own.passed} of ${score.own.all}`);
  const nothingRan = score.kit.all + score.own.all === 0;
  process.exitCode = success && !nothingRan ? 0 : 1;
}

await main(process.argv.slice(2));
