// The OAuth server: oidc-provider with every strictness that it has. A refresh token works once, and using it again
// revokes everything that came of the same consent.

import { randomBytes } from 'node:crypto';

import Provider from 'oidc-provider';

import { Store } from './store.mjs';

const secret = () => randomBytes(24).toString('base64url');

export function makeStrictServer(issuer, switches, redirectUri) {
  const clients = [['post', 'post'], ['basic', 'basic'], ['other', 'post']].map(([name, method]) => ({
    client_id: `switchboard-${name}`,
    client_secret: secret(),
    redirect_uris: [redirectUri],
    response_types: ['code'],
    grant_types: ['authorization_code', 'refresh_token'],
    token_endpoint_auth_method: `client_secret_${method}`,
  }));
  const provider = new Provider(issuer, {
    adapter: Store,
    clients,
    scopes: ['openid', 'notes'],
    pkce: { required: () => switches.pkce },
    rotateRefreshToken: true,
    issueRefreshToken: () => true,
    findAccount: (_, user) => ({ accountId: user, claims: () => ({ sub: user }) }),
    interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
    features: { devInteractions: { enabled: false } },
    ttl: { AccessToken: () => switches.access_token_seconds },
    cookies: { keys: [secret()] },
  });
  provider.on('server_error', (_, error) => console.error('server_error', error));
  return { provider, clients };
}

const page = (uid) => `<!doctype html><title>Notebook</title>
<form method="post" action="/interaction/${uid}"><label>Who are you? <input name="user"></label><button>Allow</button></form>`;

/** The page where a person signs in and consents: GET shows the form, POST with `user` goes back into the flow. */
export async function answerInteraction(provider, request, response, form) {
  const { uid, params } = await provider.interactionDetails(request, response);
  if (request.method === 'GET') {
    response.writeHead(200, { 'Content-Type': 'text/html' });
    response.end(page(uid));
    return;
  }
  const grant = new provider.Grant({ accountId: form.user, clientId: params.client_id });
  grant.addOIDCScope(params.scope);
  const result = { login: { accountId: form.user }, consent: { grantId: await grant.save() } };
  await provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false });
}
