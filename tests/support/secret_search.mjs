// Looks for secrets in what was logged or printed, as tests/support/live/secret_search.h does.

const SHORTEST = 8; // anything shorter is found by accident

/** What base64 makes of a secret wherever it begins within other bytes, without what its neighbours have a part in. */
function inBase64(secret) {
  return [0, 1, 2].map((before) => {
    const text = Buffer.from('x'.repeat(before) + secret).toString('base64');
    const first = before === 0 ? 0 : before + 1;
    return text.slice(first, Math.floor((before + Buffer.byteLength(secret)) / 3) * 4);
  });
}

function formsOf(secret) {
  const base64 = inBase64(secret);
  const base64url = base64.map((form) => form.replaceAll('+', '-').replaceAll('/', '_'));
  const forms = [secret, Buffer.from(secret).toString('hex'), encodeURIComponent(secret), ...base64, ...base64url];
  return forms.filter((form) => form.length >= SHORTEST);
}

/** Where a text tells secrets, given by what they are: "API token, behind: ..." for each that stands in it in any form. */
export function findSecrets(text, secrets) {
  const found = [];
  for (const [what, secret] of Object.entries(secrets)) {
    const at = formsOf(secret).map((form) => text.indexOf(form)).find((index) => index >= 0);
    if (at === undefined) continue;
    const line = text.lastIndexOf('\n', at) + 1;
    found.push(`${what}, behind: ${text.slice(Math.max(line, at - 200), at)}`);
  }
  return found;
}
