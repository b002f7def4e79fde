// The person between app and Aircall, without a browser: reads the consent page, and sends its form as a browser would.

import assert from 'node:assert/strict';

/** The fields that the page's first form would send as it stands. */
function fieldsOf(page) {
  const form = page.slice(page.indexOf('<form'), page.indexOf('</form>'));
  const unescape = (text) => text.replace(/&quot;/g, '"').replace(/&#39;/g, "'").replace(/&lt;/g, '<').replace(/&gt;/g, '>').replace(/&amp;/g, '&');
  const fields = [];
  for (const [input] of form.matchAll(/<input[^>]*>/g)) {
    const attribute = (name) => input.match(new RegExp(` ?${name}="([^"]*)"`))?.[1];
    if (attribute('type') === 'checkbox' && !input.includes(' checked')) continue;
    fields.push([attribute('name'), unescape(attribute('value') ?? '')]);
  }
  return fields;
}

/** Opens the authorize URL that a client made, decides, and answers with the address that the browser is sent to. */
export async function consent(authorizeUrl, decision = 'authorize') {
  const page = await fetch(authorizeUrl);
  assert.equal(page.status, 200, `the consent page answered ${page.status}`);
  const answer = await fetch(new URL('/oauth/authorize', authorizeUrl), {
    method: 'POST', redirect: 'manual',
    body: new URLSearchParams([...fieldsOf(await page.text()), ['decision', decision]]),
  });
  assert.equal(answer.status, 302);
  return new URL(answer.headers.get('location'));
}
