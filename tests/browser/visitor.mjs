// A person at a real browser: Debian's Chromium, driven by playwright-core.

import fs from 'node:fs';

const CHROMIUM = process.env.CHROMIUM_BIN ?? '/usr/bin/chromium';
const FLAGS = [
  '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync', '--disable-dev-shm-usage',
];

export async function openBrowser() {
  if (!fs.existsSync(CHROMIUM)) throw new Error(`there is no browser at ${CHROMIUM}: install the package chromium, or set CHROMIUM_BIN`);
  let driver;
  try {
    driver = await import('playwright-core');
  } catch {
    throw new Error("playwright-core is missing: run 'npm ci' in tests/browser, as 'make test' does");
  }
  return driver.chromium.launch({ executablePath: CHROMIUM, headless: true, args: FLAGS });
}

/**
 * Chromium asks for a page's icon late. When somebody has gone to another site by then, it holds the icon of the page left behind
 * against the policy of the page arrived at, and complains: neither page can help it.
 */
function isIconLeftBehind(complaint, here) {
  const refused = /^(?:Loading|Refused to load) the image '([^']+\/(?:icon|favicon)\.(?:svg|ico))'/.exec(complaint);
  return refused !== null && new URL(refused[1]).origin !== new URL(here).origin;
}

/** Somebody with a browser of their own (cookies and all), who notices whatever the browser complains about. */
export class Visitor {
  /** What the console said that it should not have: errors, refused resources, exceptions. */
  complaints = [];

  static async arrive(browser, options = {}) {
    const visitor = new Visitor();
    visitor.context = await browser.newContext({ viewport: { width: 1100, height: 900 }, ...options });
    visitor.page = await visitor.context.newPage();
    visitor.page.on('console', (message) => {
      // A page that says "refused" or "expired" comes with such a status, and the browser notes that.
      const status = /^Failed to load resource: the server responded with a status of 4\d\d/.test(message.text());
      if (['error', 'warning'].includes(message.type()) && !status && !isIconLeftBehind(message.text(), visitor.page.url())) {
        visitor.complaints.push(message.text());
      }
    });
    visitor.page.on('pageerror', (error) => visitor.complaints.push(String(error)));
    visitor.page.on('response', (response) => {
      const type = response.request().resourceType();
      if (response.status() >= 400 && type !== 'document') visitor.complaints.push(`${response.status()} ${response.url()}`);
    });
    return visitor;
  }

  heading() {
    return this.page.getByRole('heading', { level: 1 }).innerText();
  }

  text() {
    return this.page.locator('main').innerText();
  }

  press(name) {
    return this.page.getByRole('button', { name, exact: true }).click();
  }

  /** Consents at the sandbox's page. */
  async authorize() {
    await this.page.getByRole('button', { name: 'Authorize' }).click();
  }

  /** Consents, and answers with the address that the provider then sends the browser to. */
  async consentWithoutGoing() {
    const form = await this.page.evaluate(() => [...new FormData(document.forms[0])]);
    const answer = await fetch(this.page.url(), {
      method: 'POST', redirect: 'manual', body: new URLSearchParams([...form, ['decision', 'authorize']]),
    });
    return answer.headers.get('location');
  }

  /** Moves the focus by Tab until it is on what `selector` names. */
  async tabTo(selector, limit = 40) {
    for (let i = 0; i < limit; ++i) {
      await this.page.keyboard.press('Tab');
      if (await this.page.evaluate((wanted) => document.activeElement?.matches(wanted), selector)) return;
    }
    throw new Error(`Tab never reached ${selector}`);
  }

  /** How far the page is wider than the screen. */
  overflow() {
    return this.page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  }

  /** Texts whose contrast to what is behind them is below WCAG AA (4.5, or 3 for large type). */
  faintTexts() {
    return this.page.evaluate(() => {
      const parse = (color) => color.match(/[\d.]+/g).map(Number);
      const luminance = ([r, g, b]) => {
        const linear = [r, g, b].map((v) => (v / 255 <= 0.03928 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4));
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2];
      };
      const groundOf = (element) => {
        for (let at = element; at; at = at.parentElement) {
          const color = parse(getComputedStyle(at).backgroundColor);
          if (color.length === 3 || color[3] === 1) return color;
        }
        return [255, 255, 255];
      };
      const faint = [];
      for (const element of document.querySelectorAll('body *')) {
        const own = [...element.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.textContent.trim());
        if (!own || element.getClientRects().length === 0) continue;
        const style = getComputedStyle(element);
        const [a, b] = [luminance(parse(style.color)), luminance(groundOf(element))].sort((x, y) => y - x);
        const ratio = (a + 0.05) / (b + 0.05);
        const large = parseFloat(style.fontSize) >= 24 || (parseFloat(style.fontSize) >= 18.66 && Number(style.fontWeight) >= 700);
        if (ratio < (large ? 3 : 4.5)) faint.push(`${ratio.toFixed(2)} '${element.textContent.trim().slice(0, 40)}' ${style.color} on ${groundOf(element)}`);
      }
      return faint;
    });
  }
}
