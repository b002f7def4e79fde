// A platform embeds "Connect": from its own page, in its own look, with applications of its own.

import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'node:test';

import { Platform } from './platform.mjs';
import { openBrowser, Visitor } from './visitor.mjs';
import { World } from './world.mjs';

const COMPANY = 'Harbour Lamps';
const PHONE = { viewport: { width: 360, height: 740 }, isMobile: true, hasTouch: true };
const LOGO = `data:image/svg+xml;base64,${Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="32" height="32"><rect width="32" height="32" fill="#7a1fa2"/></svg>').toString('base64')}`;
const BRAND = ['--brand-name', 'Acme CRM', '--brand-logo', LOGO, '--brand-accent', '#7a1fa2', '--brand-background', '#fff4e6', '--brand-text', 'Calls & notes appear beside every customer.'];

describe('a platform', () => {
  let platform;
  let world;
  let browser;
  let visitors = [];

  before(async () => {
    browser = await openBrowser();
    platform = await Platform.open();
    world = await World.open(platform.origin);
    platform.switchboard = world.server.public_url;
  });

  after(async () => {
    await browser?.close();
    await world?.close();
    await platform?.close();
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

  /** Somebody presses "Connect Aircall" in the platform's page; gives the platform's page and the pop-up. */
  async function pressConnect(tenant, { origin = platform.origin, options, more = [] } = {}) {
    platform.newLink = () => world.link(tenant, '--opener-origin', origin, ...more);
    const visitor = await arrive(options);
    await visitor.page.goto(platform.origin);
    const [popup] = await Promise.all([visitor.context.waitForEvent('page'), visitor.page.click('#connect')]);
    await popup.waitForURL(/\/connect\//);
    return { visitor, platformPage: visitor.page, popup };
  }

  const told = (page) => page.evaluate(() => window.told);

  /** Waits until the platform's page was told something by that name. */
  async function hear(page, name) {
    await page.waitForFunction((wanted) => window.told.some((each) => each.name === wanted), name);
    return (await told(page)).find((each) => each.name === name);
  }

  async function consent(popup) {
    await popup.getByRole('button', { name: 'Continue to Aircall' }).click();
    await popup.getByRole('button', { name: 'Authorize' }).click();
  }

  it('is told of success, and the pop-up closes', async () => {
    const { platformPage, popup } = await pressConnect('popup');
    const closed = popup.waitForEvent('close');
    await consent(popup);
    const { account, session } = await hear(platformPage, 'success');
    await closed;
    const [connected] = await world.accounts('popup');
    assert.equal(account, connected.id);
    assert.match(session, /^con_/);
    assert.equal((await told(platformPage)).length, 1);
  });

  it('is told of a key that connects', async () => {
    const { platformPage, popup } = await pressConnect('popup-key', { more: ['--method', 'api-key'] });
    await popup.getByLabel('API ID').fill(world.sandbox.api_id);
    await popup.getByLabel('API token').fill(world.sandbox.api_token);
    await popup.getByRole('button', { name: 'Connect with this key' }).click();
    assert.equal((await hear(platformPage, 'success')).account, (await world.accounts('popup-key'))[0].id);
  });

  it('is told of a refusal, and one may try again in the same window', async () => {
    const { platformPage, popup } = await pressConnect('popup-refused');
    await popup.getByRole('button', { name: 'Continue to Aircall' }).click();
    await popup.getByRole('button', { name: 'Cancel' }).click();
    const { code, message } = await hear(platformPage, 'refused');
    assert.equal(code, 'OAUTH_REFUSED');
    assert.ok(message.includes('access_denied'), message);
    await popup.getByRole('link', { name: 'Try again' }).click();
    await consent(popup);
    await hear(platformPage, 'success');
  });

  it('is told that the window was closed', async () => {
    const { platformPage, popup } = await pressConnect('popup-closed');
    await popup.close();
    await hear(platformPage, 'close');
    assert.deepEqual((await told(platformPage)).map(({ name }) => name), ['close']);
    assert.deepEqual(await world.accounts('popup-closed'), []);
  });

  it('is told of success also where the provider cut the windows apart', async () => {
    const { visitor, platformPage, popup } = await pressConnect('popup-cut');
    const link = popup.url();
    const apart = await visitor.context.newPage(); // the same browser, but nobody opened this window
    await apart.goto(link);
    await consent(apart);
    await apart.waitForURL(/\/connect\//);
    assert.equal(await apart.getByRole('heading', { level: 1 }).innerText(), `${COMPANY} is connected`);
    await popup.close();
    assert.equal((await hear(platformPage, 'success')).account, (await world.accounts('popup-cut'))[0].id);
  });

  it('learns that there is no link, and no window stays behind', async () => {
    platform.newLink = () => Promise.reject(new Error('not signed in'));
    const { page, context } = await arrive();
    await page.goto(platform.origin);
    await page.click('#connect');
    assert.ok('error' in await hear(page, 'close'));
    assert.equal(context.pages().length, 1);
  });

  it('believes nobody but the window that it opened, on the right origin', async () => {
    const { platformPage, popup } = await pressConnect('popup-forged');
    await platformPage.evaluate(() => window.postMessage({ source: 'switchboard-connect', type: 'connected', account: 'acc_forged' }, '*'));
    await popup.goto(`${world.sandbox.base_url}/oauth/success`); // another origin in the right window
    await popup.evaluate(() => window.opener?.postMessage({ source: 'switchboard-connect', type: 'connected', account: 'acc_forged' }, '*'));
    await popup.close();
    await hear(platformPage, 'close');
    assert.deepEqual((await told(platformPage)).map(({ name }) => name), ['close']);
  });

  it('of another origin hears nothing', async () => {
    const { platformPage, popup } = await pressConnect('popup-foreign', { origin: world.sandbox.base_url });
    await consent(popup);
    await popup.waitForURL(/\/connect\//);
    await popup.getByRole('heading', { name: `${COMPANY} is connected` }).waitFor();
    await popup.close();
    await hear(platformPage, 'close');
    assert.deepEqual((await told(platformPage)).map(({ name }) => name), ['close']);
  });

  it('has people connect on a phone, with the keyboard alone', async () => {
    const { platformPage, popup } = await pressConnect('popup-phone', { options: PHONE, more: BRAND });
    assert.equal(await popup.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth), 0);
    const visitor = Object.assign(new Visitor(), { page: popup });
    await visitor.tabTo('button.primary');
    await popup.keyboard.press('Enter');
    await popup.waitForURL(`${world.sandbox.authorize_url}**`);
    await visitor.tabTo('button[value=authorize]');
    await popup.keyboard.press('Enter');
    await hear(platformPage, 'success');
  });

  for (const colorScheme of ['light', 'dark']) {
    it(`gives the page its look, which stays readable in ${colorScheme} colours`, async () => {
      const visitor = await arrive({ colorScheme });
      await visitor.page.goto(await world.link(`brand-${colorScheme}`, ...BRAND));
      const whole = await visitor.page.locator('body').innerText();
      assert.ok(whole.includes('Acme CRM') && whole.includes('Calls & notes appear'));
      assert.ok(!whole.includes('Switchboard'), 'it names somebody whom nobody knows');
      const width = await visitor.page.locator('img.logo').evaluate((image) => image.naturalWidth);
      assert.ok(width > 0, 'the logo was not shown');
      await visitor.page.getByText('Use an API key instead').click();
      assert.deepEqual(await visitor.faintTexts(), []);
      const button = await visitor.page.locator('button.primary').evaluate((each) => getComputedStyle(each).backgroundColor);
      if (colorScheme === 'light') assert.equal(button, 'rgb(122, 31, 162)');
      assert.deepEqual(visitor.complaints, []);
    });
  }

  it('gets the browser back when somebody would rather not', async () => {
    const visitor = await arrive();
    await visitor.page.goto(await world.link('cancel', '--return-url', `${platform.origin}/settings`));
    await visitor.page.getByRole('link', { name: 'Cancel and go back' }).click();
    const { searchParams } = new URL(visitor.page.url());
    assert.equal(searchParams.get('status'), 'cancelled');
    assert.match(searchParams.get('session'), /^con_/);
  });

  it('connects an account again and keeps its id', async () => {
    const first = await arrive();
    await first.page.goto(await world.link('again'));
    await consent(first.page);
    await first.page.waitForURL(/\/connect\//);
    const [account] = await world.accounts('again');
    const visitor = await arrive();
    await visitor.page.goto(await world.link('again', '--account', account.id));
    assert.equal(await visitor.heading(), 'Connect Aircall again');
    assert.ok((await visitor.text()).includes(COMPANY));
    await consent(visitor.page);
    await visitor.page.waitForURL(/\/connect\//);
    assert.equal(await visitor.heading(), `${COMPANY} is connected`);
    assert.deepEqual((await world.accounts('again')).map(({ id }) => id), [account.id]);
    await assert.rejects(world.link('somebody-else', '--account', account.id), /ACCOUNT_NOT_FOUND/);
  });

  it('cannot connect somebody who is no administrator, and the link stays good', async () => {
    const visitor = await arrive();
    const link = await world.link('no-admin');
    await visitor.page.goto(link);
    await visitor.press('Continue to Aircall');
    await visitor.page.getByLabel('Sign in as', { exact: true }).selectOption({ label: 'Tom Okafor' });
    await visitor.press('Sign in');
    assert.equal(await visitor.page.getByRole('heading', { level: 1 }).innerText(), 'Download Aircall');
    assert.deepEqual(await world.accounts('no-admin'), []);
    await visitor.page.goto(link);
    assert.equal(await visitor.heading(), 'Connect Aircall');
  });

  it('loses nothing to somebody who got hold of a link', async () => {
    const link = await world.link('stolen');
    const owner = await arrive();
    await owner.page.goto(link);
    await consent(owner.page);
    await owner.page.waitForURL(/\/connect\//);
    assert.equal(await owner.heading(), `${COMPANY} is connected`);
    const thief = await arrive();
    await thief.page.goto(link);
    assert.equal(await thief.heading(), 'This link was used');
    assert.ok(!(await thief.page.content()).includes(COMPANY));
  });

  it('brings an application of its own, from which an installation may begin at the provider', async () => {
    const { client_id: id, client_secret: secret } = world.sandbox;
    const application = await world.cliWith(secret, 'application', 'set', '--tenant', 'own-app', '--client-id', id);
    assert.ok(!JSON.stringify(application).includes(secret));
    const install = application.install_url ?? application.installUrl;
    const visitor = await arrive();
    await visitor.page.goto(install);
    assert.equal(await visitor.heading(), 'Connect Aircall');
    assert.equal(await visitor.page.getByText('Use an API key instead').count(), 0);
    await consent(visitor.page);
    await visitor.page.waitForURL(/\/oauth\/success/);
    assert.equal((await world.accounts('own-app')).length, 1);
    await visitor.page.goto(`${install}x`);
    assert.equal(await visitor.heading(), 'This installation cannot go on here');
  });

  it('claims an installation of the server\'s application for whoever is signed in', async () => {
    const { client_id: id, client_secret: secret } = world.sandbox;
    const application = await world.cliWith(secret, 'application', 'set', '--client-id', id, '--claim-url', `${platform.origin}/claim`);
    const visitor = await arrive();
    await visitor.page.goto(application.install_url ?? application.installUrl);
    assert.equal(visitor.page.url(), `${platform.origin}/claim`);
    await world.cli('application', 'delete');
  });

  it('cannot be led to or told at an address that is not allowed', async () => {
    await assert.rejects(world.link('astray', '--return-url', 'https://evil.example/'), /ADDRESS_NOT_ALLOWED/);
    await assert.rejects(world.link('astray', '--opener-origin', 'https://evil.example'), /ADDRESS_NOT_ALLOWED/);
  });
});
