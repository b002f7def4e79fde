import { After, AfterAll, Before, BeforeAll, setDefaultTimeout } from '@cucumber/cucumber';

import { Town } from './town.mjs';

setDefaultTimeout(120_000);

let town;

BeforeAll(async () => {
  town = await Town.open();
});

Before(function enter() {
  this.town = town;
});

After(async function leave() {
  await this.leave();
});

AfterAll(() => town?.close());
