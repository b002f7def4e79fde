// Somebody looks at the Aircall sandbox in a browser, and an administrator consents there.

import assert from 'node:assert/strict';
import http from 'node:http';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';

import { SandboxProcess } from '../support/process.mjs';
import { openBrowser, Visitor } from './visitor.mjs';

const PHONE = { viewport: { width: 360, height: 740 }, isMobile: true, hasTouch: true };
const PATIENCE = { timeout: 15_000 };

/** Takes webhooks, and is the app that a browser comes back to and whose installation begins at /install. */
class Partner {
  hooks = [];
  visits = [];
  answer = 204;
  #server = http.createServer((request, response) => this.#serve(request, response));

  static async open() {
    const partner = new Partner();
    await new Promise((resolve) => partner.#server.listen(0, '127.0.0.1', resolve));
    partner.url = `http://127.0.0.1:${partner.#server.address().port}`;
    return partner;
  }

  #serve(request, response) {
    if (request.method === 'POST') {
      this.hooks.push(request.url);
      request.resume().on('end', () => response.writeHead(this.answer).end());
      return;
    }
    const url = new URL(request.url, this.url);
    if (url.pathname !== '/favicon.ico') this.visits.push(url);
    if (url.pathname === '/install') response.writeHead(302, { Location: this.authorizeUrl }).end();
    else if (url.pathname === '/installed') response.writeHead(302, { Location: this.successUrl }).end();
    else response.writeHead(200, { 'Content-Type': 'text/html' }).end('<link rel="icon" href="data:,"><h1>Back at the app</h1>');
  }

  close() {
    this.#server.closeAllConnections?.();
    return new Promise((resolve) => this.#server.close(resolve));
  }
}

let sandbox;
let browser;
let partner;
let visitors = [];

before(async () => {
  browser = await openBrowser();
  partner = await Partner.open();
  sandbox = await SandboxProcess.start('--companies', '2', '--install-uri', `${partner.url}/install`);
  partner.authorizeUrl = authorizeUrl(`${partner.url}/installed`);
  partner.successUrl = `${sandbox.url}/oauth/success`;
});

after(async () => {
  await browser?.close();
  await sandbox?.stop();
  await partner?.close();
});

beforeEach(async () => {
  for (const { id } of sandbox.endpoints.companies) await sandbox.control('POST', `/reset?company=${id}`);
  partner.hooks = [];
  partner.visits = [];
  partner.answer = 204;
});

afterEach(async () => {
  for (const visitor of visitors) await visitor.context.close();
  visitors = [];
});

function authorizeUrl(back, more = {}) {
  const query = new URLSearchParams({
    client_id: sandbox.endpoints.client_id, redirect_uri: back, response_type: 'code', scope: 'public_api', state: 'st&te', ...more,
  });
  return `${sandbox.endpoints.authorize_url}?${query}`;
}

async function arrive(address, options) {
  const visitor = await Visitor.arrive(browser, options);
  visitors.push(visitor);
  await visitor.page.goto(address);
  return visitor;
}

/** Opens the page, and waits until it shows the company. */
async function lookAt(options) {
  const visitor = await arrive(sandbox.url, options);
  await visitor.page.getByRole('heading', { level: 1, name: 'Harbour Lamps' }).waitFor(PATIENCE);
  return visitor;
}

const rowsOf = (visitor, list) => visitor.page.locator(`#${list} > li`);

async function sees(visitor, list, text) {
  await rowsOf(visitor, list).filter({ hasText: text }).first().waitFor(PATIENCE);
}

async function says(visitor, text) {
  await visitor.page.getByRole('status').filter({ hasText: text }).waitFor(PATIENCE);
}

function assertContent(visitor) {
  assert.deepEqual(visitor.complaints, [], 'the browser complained');
}

const effects = async (what) => (await sandbox.control('GET', `/effects?what=${what}`)).effects;

describe('the page of the sandbox', () => {
  it('is for browsers; a client still gets the JSON of the root', async () => {
    const visitor = await lookAt();
    assert.equal(await visitor.page.title(), 'Harbour Lamps - Aircall sandbox');
    assertContent(visitor);
    const answer = await fetch(sandbox.url, { headers: { Accept: 'application/json' } });
    assert.deepEqual(Object.keys(await answer.json()), ['resource', 'contact']);
    assert.deepEqual((await sandbox.control('GET', '/requests')).requests.map(({ path }) => path), ['/'], 'the page is in the request log');
  });

  it('shows users, numbers and contacts', async () => {
    const visitor = await lookAt();
    await sees(visitor, 'users', 'Ines Marchetti');
    await sees(visitor, 'numbers', '+1 984-555-0100');
    await sees(visitor, 'contacts', 'Priya Banerjee');
  });

  it('shows a call that was placed elsewhere, its deliveries and the request log, by itself', async () => {
    const visitor = await lookAt();
    await sandbox.api('POST', '/v1/webhooks', { url: `${partner.url}/in`, events: ['call.ended'] });
    await sandbox.control('POST', '/calls', { from: '+16175550142' });
    await sees(visitor, 'calls', 'From Priya Banerjee');
    await sees(visitor, 'deliveries', 'delivered');
    await sees(visitor, 'deliveries', '1 attempt');
    await sees(visitor, 'requests', 'POST /v1/webhooks');
    await sees(visitor, 'webhooks', `${partner.url}/in`);
    assertContent(visitor);
  });

  it('shows a delivery that fails, with its attempts', async () => {
    partner.answer = 500;
    const visitor = await lookAt();
    await sandbox.api('POST', '/v1/webhooks', { url: `${partner.url}/in`, events: ['call.ended'] });
    await visitor.press('Answered call');
    await sees(visitor, 'deliveries', 'answered 500');
    await sees(visitor, 'deliveries', '2 attempts');
  });

  for (const [name, outcome] of [['Answered call', 'answered'], ['Missed call', 'missed'], ['Voicemail', 'voicemail']]) {
    it(`places a call by the button '${name}'`, async () => {
      const visitor = await lookAt();
      await visitor.page.getByLabel('Who calls').fill('+14155550100');
      await visitor.page.getByLabel('On number').selectOption({ label: 'Sales US +1 617-555-0190' });
      await visitor.press(name);
      await says(visitor, 'was placed');
      await sees(visitor, 'calls', outcome);
      await sees(visitor, 'calls', 'Sales US');
    });
  }

  it('shows a live call as long as it lasts', async () => {
    const visitor = await lookAt();
    await visitor.press('Live call');
    await sees(visitor, 'live-calls', 'ringing');
    await visitor.page.getByRole('button', { name: 'Advance the clock by 1 hour' }).click();
    await sees(visitor, 'calls', 'answered');
    assert.equal(await rowsOf(visitor, 'live-calls').count(), 0);
  });

  it('says why something did not work', async () => {
    const visitor = await lookAt();
    await visitor.page.getByLabel('Who calls').fill('nobody');
    await visitor.press('Answered call');
    await says(visitor, 'not a phone number');
  });

  it('comments and tags as the chosen agent', async () => {
    await sandbox.control('POST', '/calls', { from: 'anonymous' });
    const visitor = await lookAt();
    await visitor.page.getByLabel('Act as').selectOption({ label: 'Tom Okafor' });
    await visitor.page.getByRole('button', { name: /^Comment on call/ }).click();
    await visitor.page.getByLabel('Note').fill('Rang back, <b>all</b> well');
    await visitor.press('Comment');
    await sees(visitor, 'calls', 'Rang back, <b>all</b> well (Tom Okafor)');
    await visitor.page.getByRole('button', { name: /^Tag call/ }).click();
    await visitor.page.getByLabel('Follow Up').check();
    await visitor.press('Tag');
    await sees(visitor, 'calls', 'Tags: Follow Up');
    assert.equal((await effects('call.commented'))[0].agent, 2100002);
    assertContent(visitor);
  });

  it('edits a contact', async () => {
    const visitor = await lookAt();
    await visitor.page.getByRole('button', { name: 'Edit Priya Banerjee' }).click();
    await visitor.page.getByLabel('Last name').fill('Banerjee-Okafor');
    await visitor.page.getByLabel('Information').fill('');
    await visitor.press('Save');
    await sees(visitor, 'contacts', 'Priya Banerjee-Okafor');
    const { contact } = await sandbox.api('GET', '/v1/contacts/520000101');
    assert.equal(contact.information, null);
  });

  it('shows markup in names as the text it is', async () => {
    await sandbox.control('POST', '/contacts', {
      first_name: '<img src=x onerror=alert(1)>', phone_numbers: [{ label: 'Work', value: '+14155550111' }],
    });
    const visitor = await lookAt();
    await sees(visitor, 'contacts', '<img src=x onerror=alert(1)>');
    assert.equal(await visitor.page.locator('img').count(), 0);
    assertContent(visitor);
  });

  it('redelivers, and shows what was sent', async () => {
    await sandbox.api('POST', '/v1/webhooks', { url: `${partner.url}/in`, events: ['call.ended'] });
    await sandbox.control('POST', '/calls', { from: 'anonymous' });
    const visitor = await lookAt();
    await sees(visitor, 'deliveries', 'delivered');
    const [{ id }] = (await sandbox.control('GET', '/deliveries')).deliveries;
    await visitor.page.getByRole('button', { name: `Redeliver ${id}, call.ended` }).click();
    await sees(visitor, 'deliveries', `repeats ${id}`);
    await visitor.page.getByRole('button', { name: `Details of delivery ${id}`, exact: true }).click();
    assert.match(await visitor.page.getByLabel('As JSON').innerText(), /"event": "call.ended"/);
    await visitor.press('Close');
    assert.equal(await visitor.page.getByRole('dialog').count(), 0);
  });

  it('makes a storm of 429 and ends it', async () => {
    const visitor = await lookAt();
    await visitor.press('429 for a minute');
    await says(visitor, '429');
    await assert.rejects(sandbox.api('GET', '/v1/ping'), /answered 429/);
    await sees(visitor, 'requests', '429');
    await visitor.press('End the 429s');
    await says(visitor, 'pass again');
    await sandbox.api('GET', '/v1/ping');
  });

  it('takes a snapshot and restores it', async () => {
    const visitor = await lookAt();
    await visitor.page.getByLabel('Name', { exact: true }).fill('before lunch');
    await visitor.press('Take');
    await says(visitor, 'before lunch is taken');
    await visitor.press('Missed call');
    await sees(visitor, 'calls', 'missed');
    await visitor.page.getByLabel('Restore', { exact: true }).selectOption('before lunch');
    await visitor.press('Restore');
    await rowsOf(visitor, 'calls').waitFor({ state: 'detached', ...PATIENCE });
  });

  it('resets after a question, and not when it is answered with no', async () => {
    await sandbox.control('POST', '/calls', { from: 'anonymous' });
    const visitor = await lookAt();
    await sees(visitor, 'calls', 'anonymous');
    await visitor.press('Reset the company');
    await visitor.press('Cancel');
    assert.equal((await sandbox.control('GET', '/state')).calls, 1);
    await visitor.press('Reset the company');
    await visitor.press('Reset');
    await says(visitor, 'as new');
    assert.equal((await sandbox.control('GET', '/state')).calls, 0);
  });

  it('turns a switch', async () => {
    const visitor = await lookAt();
    await visitor.page.locator('#switches summary').click();
    await visitor.page.getByLabel('rate.retry_after').selectOption('on');
    await says(visitor, 'rate.retry_after is on');
    assert.equal((await sandbox.control('GET', '/state')).switches['rate.retry_after'], 'on');
  });

  it('shows the company that is chosen', async () => {
    const visitor = await lookAt();
    await visitor.page.getByLabel('Company').selectOption({ label: 'Pellegrin Cycles' });
    await visitor.page.getByRole('heading', { level: 1, name: 'Pellegrin Cycles' }).waitFor(PATIENCE);
    await visitor.press('Missed call');
    await sees(visitor, 'calls', 'missed');
    assert.equal((await sandbox.control('GET', '/state')).calls, 0);
    await visitor.page.reload();
    await visitor.page.getByRole('heading', { level: 1, name: 'Pellegrin Cycles' }).waitFor(PATIENCE);
  });

  it('can be used with the keyboard alone, and the focus stays while it refreshes', async () => {
    await sandbox.control('POST', '/calls', { from: 'anonymous' });
    const visitor = await lookAt();
    await visitor.tabTo('#place button');
    const outline = await visitor.page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle);
    assert.notEqual(outline, 'none', 'the focus cannot be seen');
    await visitor.page.keyboard.press('Enter');
    await says(visitor, 'was placed');
    await visitor.tabTo('[aria-label^="Comment on call"]');
    const focused = () => visitor.page.evaluate(() => document.activeElement.getAttribute('aria-label'));
    const label = await focused();
    await sandbox.control('POST', '/calls', { from: '+14155550100' });
    await sees(visitor, 'calls', '+1 415-555-0100');
    assert.equal(await focused(), label);
    await visitor.page.keyboard.press('Enter');
    await visitor.page.keyboard.type('From the keyboard');
    await visitor.tabTo('#dialog-ok');
    await visitor.page.keyboard.press('Enter');
    await sees(visitor, 'calls', 'From the keyboard');
  });

  it('fits on a phone', async () => {
    await sandbox.api('POST', '/v1/webhooks', { url: `${partner.url}/${'long'.repeat(40)}` });
    await sandbox.control('POST', '/calls', { from: '+16175550142' });
    const visitor = await lookAt(PHONE);
    await sees(visitor, 'deliveries', 'call.ended');
    await visitor.page.locator('#switches summary').click();
    await sees(visitor, 'switch-list', 'rate.limit');
    assert.equal(await visitor.overflow(), 0, 'the page scrolls sideways');
  });

  for (const colorScheme of ['light', 'dark']) {
    it(`can be read in ${colorScheme} colours`, async () => {
      await sandbox.api('POST', '/v1/webhooks', { url: `${partner.url}/in` });
      for (const answered of [true, false]) await sandbox.control('POST', '/calls', { from: '+16175550142', answered });
      const visitor = await lookAt({ colorScheme });
      await sees(visitor, 'deliveries', 'delivered');
      assert.deepEqual(await visitor.faintTexts(), []);
    });
  }

  it('says when the sandbox is gone', async () => {
    const visitor = await lookAt();
    await visitor.context.setOffline(true);
    await says(visitor, 'does not answer');
    await visitor.context.setOffline(false);
    await says(visitor, 'answers again');
  });
});

describe('consent in a browser', () => {
  const back = () => `${partner.url}/back`;

  async function exchange(code, redirect) {
    const { client_id, client_secret } = sandbox.endpoints;
    const answer = await fetch(`${sandbox.url}/v1/oauth/token`, {
      method: 'POST', headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ grant_type: 'authorization_code', code, redirect_uri: redirect, client_id, client_secret }),
    });
    assert.equal(answer.status, 200);
    return (await answer.json()).access_token;
  }

  async function integration(token) {
    const answer = await fetch(`${sandbox.url}/v1/integrations/me`, { headers: { Authorization: `Bearer ${token}` } });
    return (await answer.json()).integration;
  }

  it('by an administrator, for chosen numbers, gives the app a token', async () => {
    const visitor = await arrive(authorizeUrl(back()));
    assert.equal(await visitor.heading(), 'Connect Switchboard to Harbour Lamps?');
    await visitor.page.getByLabel('Sales US').uncheck();
    await visitor.authorize();
    await visitor.page.waitForURL(`${back()}?**`);
    const answer = new URL(visitor.page.url()).searchParams;
    assert.equal(answer.get('state'), 'st&te');
    const me = await integration(await exchange(answer.get('code'), back()));
    assert.deepEqual(me.number_ids, [1400001, 1400003]);
    assert.equal(me.user.name, 'Ines Marchetti');
    assertContent(visitor);
  });

  it('needs a number', async () => {
    const visitor = await arrive(authorizeUrl(back()));
    for (const box of await visitor.page.getByRole('checkbox').all()) await box.uncheck();
    await visitor.authorize();
    assert.equal(await visitor.page.getByRole('alert').innerText(), 'Choose at least one number.');
    await visitor.page.getByLabel('Accueil FR').check();
    await visitor.authorize();
    await visitor.page.waitForURL(`${back()}?code=**`);
  });

  it('refused, sends the browser back with access_denied', async () => {
    const visitor = await arrive(authorizeUrl(back()));
    await visitor.press('Cancel');
    await visitor.page.waitForURL(`${back()}?**`);
    const answer = new URL(visitor.page.url()).searchParams;
    assert.equal(answer.get('error'), 'access_denied');
    assert.equal(answer.get('state'), 'st&te');
    assert.equal(answer.get('code'), null);
  });

  it('is not for an agent, who is shown the download page, and can be given by an administrator then', async () => {
    const visitor = await arrive(authorizeUrl(back()));
    await visitor.page.getByLabel('Sign in as', { exact: true }).selectOption({ label: 'Lea Brandt' });
    await visitor.press('Sign in');
    assert.equal(await visitor.heading(), 'Download Aircall');
    assert.ok((await visitor.text()).includes('Lea Brandt'));
    assert.deepEqual(partner.visits, []);
    await visitor.page.getByLabel('Sign in as', { exact: true }).selectOption('2100001');
    await visitor.press('Sign in');
    await visitor.authorize();
    await visitor.page.waitForURL(`${back()}?code=**`);
    assertContent(visitor);
  });

  it('decides which company the app gets', async () => {
    const visitor = await arrive(authorizeUrl(back()));
    await visitor.page.getByLabel('Sign in as', { exact: true }).selectOption('12100001');
    await visitor.press('Sign in');
    assert.equal(await visitor.heading(), 'Connect Switchboard to Pellegrin Cycles?');
    await visitor.authorize();
    await visitor.page.waitForURL(`${back()}?code=**`);
    const me = await integration(await exchange(new URL(visitor.page.url()).searchParams.get('code'), back()));
    assert.equal(me.company_id, 61002);
  });

  it('begun in Aircall runs in a pop-up that closes at the end', async () => {
    const visitor = await lookAt();
    const [popup] = await Promise.all([visitor.page.waitForEvent('popup'), visitor.press('Install')]);
    await popup.getByRole('button', { name: 'Authorize' }).click();
    await popup.waitForURL('**/oauth/success');
    await exchange(partner.visits.at(-1).searchParams.get('code'), `${partner.url}/installed`);
    if (!popup.isClosed()) await popup.waitForEvent('close', PATIENCE);
    assert.deepEqual(partner.visits.map(({ pathname }) => pathname), ['/install', '/installed']);
    await visitor.page.getByText('Switchboard is installed: 3 numbers').waitFor(PATIENCE);
    assertContent(visitor);
  });

  it('can be taken back on the page', async () => {
    const visitor = await arrive(authorizeUrl(back()));
    await visitor.authorize();
    await visitor.page.waitForURL(`${back()}?code=**`);
    const token = await exchange(new URL(visitor.page.url()).searchParams.get('code'), back());
    await visitor.page.goto(sandbox.url);
    await visitor.press('Remove the app');
    await visitor.press('Remove');
    await says(visitor, 'is removed');
    const answer = await fetch(`${sandbox.url}/v1/ping`, { headers: { Authorization: `Bearer ${token}` } });
    assert.equal(answer.status, 403);
  });

  it('can be given with the keyboard alone', async () => {
    const visitor = await arrive(authorizeUrl(back()));
    await visitor.tabTo('input[name=number_ids]');
    await visitor.page.keyboard.press('Space');
    await visitor.tabTo('button[value=authorize]');
    await visitor.page.keyboard.press('Enter');
    await visitor.page.waitForURL(`${back()}?code=**`);
  });

  it('fits on a phone and can be read in both colours', async () => {
    for (const colorScheme of ['light', 'dark']) {
      for (const more of [{}, { user_id: '2100002' }]) {
        const visitor = await arrive(authorizeUrl(back(), more), { ...PHONE, colorScheme });
        assert.equal(await visitor.overflow(), 0);
        assert.deepEqual(await visitor.faintTexts(), []);
        assertContent(visitor);
      }
    }
  });
});
