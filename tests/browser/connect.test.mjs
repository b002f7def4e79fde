// A company's administrator opens a connect link in a browser.

import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'node:test';

import { openBrowser, Visitor } from './visitor.mjs';
import { World } from './world.mjs';

const COMPANY = 'Harbour Lamps';
const PHONE = { viewport: { width: 360, height: 740 }, isMobile: true, hasTouch: true };

describe('the connect link', () => {
  let world;
  let browser;
  let visitors = [];

  before(async () => {
    browser = await openBrowser();
    world = await World.open();
  });

  after(async () => {
    await browser?.close();
    await world?.close();
  });

  afterEach(async () => {
    for (const visitor of visitors) await visitor.context.close();
    visitors = [];
  });

  async function arrive(options) {
    const visitor = await Visitor.arrive(browser, options);
    visitors.push(visitor);
    return visitor;
  }

  async function openLink(tenant, options) {
    const visitor = await arrive(options);
    await visitor.page.goto(await world.link(tenant));
    return visitor;
  }

  async function fillKey(visitor, id, token) {
    await visitor.page.getByText('Use an API key instead').click();
    await visitor.page.getByLabel('API ID').fill(id);
    await visitor.page.getByLabel('API token').fill(token);
    await visitor.press('Connect with this key');
  }

  function assertContent(complaints) {
    assert.deepEqual(complaints, [], 'the browser complained');
  }

  it('says what will be granted, and a grant connects the company', async () => {
    const visitor = await openLink('grant');
    assert.equal(await visitor.heading(), 'Connect Aircall');
    const text = await visitor.text();
    for (const line of ['It will read', 'It may write', 'Notes and tags on calls', 'Only an administrator']) {
      assert.ok(text.includes(line), `the page does not say '${line}'`);
    }
    await visitor.press('Continue to Aircall');
    assert.ok(visitor.page.url().startsWith(world.sandbox.authorize_url), visitor.page.url());
    const asked = new URL(visitor.page.url()).searchParams;
    assert.equal(asked.get('client_id'), world.sandbox.client_id);
    assert.equal(asked.get('redirect_uri'), `${world.server.public_url}/oauth/callback`);
    assert.equal(asked.get('response_type'), 'code');
    assert.equal(asked.get('scope'), 'public_api');
    assert.ok(asked.get('state').length >= 43);
    await visitor.authorize();
    await visitor.page.waitForURL(/\/connect\//);
    assert.equal(await visitor.heading(), `${COMPANY} is connected`);
    assert.ok((await visitor.text()).includes('You can close this window'));
    assertContent(visitor.complaints);

    const [account, ...others] = await world.accounts('grant');
    assert.equal(others.length, 0);
    assert.match(account.state, /ACTIVE$/);
    const { webhooks } = await world.sandboxState();
    const ours = webhooks.filter((hook) => hook.url.startsWith(`${world.server.public_url}/webhooks/aircall/`));
    assert.equal(ours.length, 1);
    assert.equal(ours[0].events, 1, 'it asks for more than the one event that is always wanted');
    const details = await world.cli('account', 'get', account.id);
    assert.deepEqual(details.subscribed_events ?? details.subscribedEvents, ['integration.deleted']);
  });

  it('leaves no trace of its secret in the address that the provider sees', async () => {
    const visitor = await openLink('referrer');
    const secret = visitor.page.url().split('/').pop();
    const seen = [];
    visitor.page.on('request', (request) => seen.push({ url: request.url(), referer: request.headers().referer ?? '' }));
    await visitor.press('Continue to Aircall');
    const abroad = seen.filter(({ url }) => url.startsWith(world.sandbox.base_url));
    assert.ok(abroad.length > 0);
    for (const { url, referer } of abroad) assert.ok(!url.includes(secret) && !referer.includes(secret));
  });

  it('shows a refusal clearly and lets one try again', async () => {
    const visitor = await openLink('refusal');
    const link = visitor.page.url();
    await visitor.press('Continue to Aircall');
    await visitor.press('Cancel');
    assert.equal(await visitor.heading(), 'Access was not granted');
    assert.deepEqual(await world.accounts('refusal'), []);
    await visitor.page.getByRole('link', { name: 'Try again' }).click();
    assert.equal(visitor.page.url(), link);
    assert.ok((await visitor.text()).includes('That did not work'));
    await visitor.press('Continue to Aircall');
    await visitor.authorize();
    await visitor.page.waitForURL(/\/connect\//);
    assert.equal(await visitor.heading(), `${COMPANY} is connected`);
    assertContent(visitor.complaints);
  });

  it('turns a forged state away', async () => {
    const visitor = await openLink('forged');
    await visitor.press('Continue to Aircall');
    await visitor.page.goto(`${world.server.public_url}/oauth/callback?code=stolen&state=forged`);
    assert.equal(await visitor.heading(), 'This answer cannot be used');
    assert.deepEqual(await world.accounts('forged'), []);
    assertContent(visitor.complaints);
  });

  it('turns an answer away that was used before', async () => {
    const visitor = await openLink('reused');
    let answer;
    visitor.page.on('request', (request) => {
      if (request.url().includes('/oauth/callback')) answer = request.url();
    });
    await visitor.press('Continue to Aircall');
    await visitor.authorize();
    await visitor.page.waitForURL(/\/connect\//);
    await visitor.page.goto(answer);
    assert.equal(await visitor.heading(), 'This answer cannot be used');
    assert.equal((await world.accounts('reused')).length, 1);
    assertContent(visitor.complaints);
  });

  it('survives the back button: the page before still leads to the end', async () => {
    const visitor = await openLink('back');
    const link = visitor.page.url();
    await visitor.press('Continue to Aircall');
    await visitor.authorize();
    await visitor.page.waitForURL(/\/connect\//);
    await visitor.page.goBack(); // to the provider's page
    await visitor.authorize(); // with a state that is spent
    assert.equal(await visitor.heading(), 'This answer cannot be used');
    await visitor.page.goto(link);
    assert.equal(await visitor.heading(), `${COMPANY} is connected`);
    assert.equal((await world.accounts('back')).length, 1);
  });

  it('turns an answer away in another browser than the one that asked', async () => {
    const victim = await openLink('other-browser');
    await victim.press('Continue to Aircall');
    const answer = await victim.consentWithoutGoing();
    const other = await arrive();
    await other.page.goto(answer);
    assert.equal(await other.heading(), 'This answer cannot be used');
    assert.deepEqual(await world.accounts('other-browser'), []);
    assertContent(other.complaints);
  });

  it('takes a good API key', async () => {
    const visitor = await openLink('key');
    await fillKey(visitor, world.sandbox.api_id, world.sandbox.api_token);
    assert.equal(await visitor.heading(), `${COMPANY} is connected`);
    const [account] = await world.accounts('key');
    assert.match(account.state, /ACTIVE$/);
    assertContent(visitor.complaints);
  });

  it('explains what is wrong with a bad API key and keeps the form', async () => {
    const visitor = await openLink('bad-key');
    await fillKey(visitor, world.sandbox.api_id, 'not-the-token');
    assert.ok((await visitor.page.getByRole('alert').innerText()).includes('refused this key'));
    assert.equal(await visitor.page.getByLabel('API ID').inputValue(), world.sandbox.api_id);
    assert.equal(await visitor.page.getByLabel('API token').inputValue(), '');
    assert.deepEqual(await world.accounts('bad-key'), []);
    await visitor.page.getByLabel('API token').fill(world.sandbox.api_token);
    await visitor.press('Connect with this key');
    assert.equal(await visitor.heading(), `${COMPANY} is connected`);
    assertContent(visitor.complaints);
  });

  it('goes back to the application that asked for it', async () => {
    const visitor = await arrive();
    const home = `${world.sandbox.base_url}/oauth/success?from=app`;
    await visitor.page.goto(await world.link('return', '--return-url', home));
    await fillKey(visitor, world.sandbox.api_id, world.sandbox.api_token);
    await visitor.page.waitForURL(/oauth\/success/);
    const arrived = new URL(visitor.page.url()).searchParams;
    assert.equal(arrived.get('from'), 'app');
    assert.equal(arrived.get('status'), 'connected');
    assert.equal(arrived.get('account'), (await world.accounts('return'))[0].id);
    assertContent(visitor.complaints);
  });

  it('says so when it has expired, or is not known', async () => {
    const visitor = await arrive();
    const link = await world.link('expired');
    await world.expire(link);
    await visitor.page.goto(link);
    assert.equal(await visitor.heading(), 'This link has expired');
    await visitor.page.goto(`${world.server.public_url}/connect/guessed`);
    assert.equal(await visitor.heading(), 'This link is not known here');
    assertContent(visitor.complaints);
  });

  it('expires while somebody reads it, and says so then', async () => {
    const visitor = await openLink('expired-meanwhile');
    await world.expire(visitor.page.url());
    await visitor.press('Continue to Aircall');
    assert.equal(await visitor.heading(), 'This link has expired');
  });

  it('can be walked with the keyboard alone', async () => {
    const visitor = await openLink('keyboard');
    await visitor.tabTo('button.primary');
    const outline = await visitor.page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle);
    assert.notEqual(outline, 'none', 'the focus cannot be seen');
    await visitor.page.keyboard.press('Enter');
    await visitor.page.waitForURL(`${world.sandbox.authorize_url}**`);
    await visitor.tabTo('button[value=authorize]');
    await visitor.page.keyboard.press('Enter');
    await visitor.page.waitForURL(/\/connect\//);
    assert.equal(await visitor.heading(), `${COMPANY} is connected`);
  });

  it('takes an API key from the keyboard alone', async () => {
    const visitor = await openLink('keyboard-key');
    await visitor.tabTo('summary');
    await visitor.page.keyboard.press('Enter');
    await visitor.tabTo('input[name=api_id]');
    await visitor.page.keyboard.type(world.sandbox.api_id);
    await visitor.tabTo('input[name=api_token]');
    await visitor.page.keyboard.type(world.sandbox.api_token);
    await visitor.page.keyboard.press('Enter');
    await visitor.page.waitForLoadState();
    assert.equal(await visitor.heading(), `${COMPANY} is connected`);
  });

  it('fits on a phone', async () => {
    const visitor = await openLink('phone', PHONE);
    assert.equal(await visitor.overflow(), 0, 'the link page scrolls sideways');
    await visitor.page.getByText('Use an API key instead').click();
    assert.equal(await visitor.overflow(), 0, 'the form scrolls sideways');
    await visitor.page.getByLabel('API ID').fill('x');
    await visitor.page.getByLabel('API token').fill('y');
    await visitor.press('Connect with this key');
    assert.equal(await visitor.overflow(), 0, 'the refusal scrolls sideways');
    await visitor.press('Continue to Aircall');
    await visitor.authorize();
    await visitor.page.waitForURL(/\/connect\//);
    assert.equal(await visitor.heading(), `${COMPANY} is connected`);
    assert.equal(await visitor.overflow(), 0, 'the last page scrolls sideways');
    await visitor.page.goto(`${world.server.public_url}/`);
    assert.equal(await visitor.overflow(), 0, 'the home page scrolls sideways');
  });

  it('fits a tenant with a very long name', async () => {
    const visitor = await openLink('t'.repeat(60), PHONE);
    assert.equal(await visitor.overflow(), 0);
  });

  for (const colorScheme of ['light', 'dark']) {
    it(`can be read in ${colorScheme} colours`, async () => {
      const visitor = await openLink(`contrast-${colorScheme}`, { colorScheme });
      await visitor.page.getByText('Use an API key instead').click();
      assert.deepEqual(await visitor.faintTexts(), []);
      await visitor.page.getByLabel('API ID').fill('x');
      await visitor.page.getByLabel('API token').fill('y');
      await visitor.press('Connect with this key');
      assert.deepEqual(await visitor.faintTexts(), []);
      await visitor.page.goto(`${world.server.public_url}/connect/guessed`);
      assert.deepEqual(await visitor.faintTexts(), []);
      await visitor.page.goto(`${world.server.public_url}/`);
      assert.deepEqual(await visitor.faintTexts(), []);
    });
  }

  it('names every field and every page for those who do not see them', async () => {
    const visitor = await openLink('names');
    assert.match(await visitor.page.title(), /^Connect Aircall/);
    assert.equal(await visitor.page.locator('html').getAttribute('lang'), 'en');
    await visitor.page.getByText('Use an API key instead').click();
    for (const input of await visitor.page.locator('input:not([type=hidden])').all()) {
      const id = await input.getAttribute('id');
      assert.equal(await visitor.page.locator(`label[for=${id}]`).count(), 1, `${id} has no label`);
      const help = await input.getAttribute('aria-describedby');
      assert.equal(await visitor.page.locator(`#${help}`).count(), 1, `${id} has no help`);
    }
    assert.equal(await visitor.page.getByRole('main').count(), 1);
    assert.equal(await visitor.page.getByRole('heading', { level: 1 }).count(), 1);
  });

  it('leaves neither tokens nor links in the log', async () => {
    const visitor = await openLink('log');
    const secret = visitor.page.url().split('/').pop();
    await visitor.press('Continue to Aircall');
    const state = new URL(visitor.page.url()).searchParams.get('state');
    await visitor.authorize();
    await visitor.page.waitForURL(/\/connect\//);
    const log = world.serveLog();
    assert.ok(log.includes('account.connected'));
    for (const hidden of [secret, state, world.sandbox.client_secret, world.sandbox.api_token]) assert.ok(!log.includes(hidden));
  });
});
