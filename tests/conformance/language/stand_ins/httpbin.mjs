// httpbin.org, as much of it as the kit asks for: a page behind a user's name and password that the address itself tells.

import { answer, Host, isFrom } from './host.mjs';

export const openHttpbin = () => Host.open('httpbin.org', [
  ['GET', /^\/basic-auth\/([^/]+)\/([^/]+)$/, ([, user, password], request, response) => {
    if (isFrom(request, decodeURIComponent(user), decodeURIComponent(password))) return answer(response, 200, { authenticated: true, user });
    answer(response, 401, {}, { 'WWW-Authenticate': 'Basic realm="Fake Realm"' });
  }],
]);
