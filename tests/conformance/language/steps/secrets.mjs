// Secrets, which the tests can set and never read.

import assert from 'node:assert/strict';

import { Given, Then } from '@cucumber/cucumber';

Given('the secret {string} of the tenant is:', async function setSecret(name, value) {
  await this.api.SecretService.SetSecret({ tenant: 'acme', name, value });
});

Given('the secret {string} of another tenant is:', async function setElsewhere(name, value) {
  await this.api.SecretService.SetSecret({ tenant: 'globex', name, value });
});

Then('nothing that the run shows should hold {string}', async function notShown(words) {
  await this.look();
  assert.ok(!JSON.stringify(this.seen).includes(words), JSON.stringify(this.seen));
});
