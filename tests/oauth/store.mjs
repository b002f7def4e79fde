// Where oidc-provider keeps what it issues: its own memory store forgets all but the last thousand things.

const GRANTED = new Set(['AccessToken', 'AuthorizationCode', 'RefreshToken']);

export class Store {
  static #things = new Map(); // "AccessToken:abc" -> payload

  #model;

  constructor(model) {
    this.#model = model;
  }

  static #of(model) {
    return [...Store.#things].filter(([key]) => key.startsWith(`${model}:`));
  }

  /** Takes every access token of a user away, as if they had expired. */
  static expireAccessTokens(user) {
    for (const [key, payload] of Store.#of('AccessToken')) if (payload.accountId === user) Store.#things.delete(key);
  }

  #key(id) {
    return `${this.#model}:${id}`;
  }

  async upsert(id, payload) {
    Store.#things.set(this.#key(id), payload);
  }

  async find(id) {
    return Store.#things.get(this.#key(id));
  }

  async findByUid(uid) {
    return Store.#of(this.#model).map(([, payload]) => payload).find((payload) => payload.uid === uid);
  }

  async consume(id) {
    Store.#things.get(this.#key(id)).consumed = Math.floor(Date.now() / 1000);
  }

  async destroy(id) {
    Store.#things.delete(this.#key(id));
  }

  async revokeByGrantId(grantId) {
    for (const [key, payload] of Store.#things) {
      if (payload.grantId === grantId && GRANTED.has(key.slice(0, key.indexOf(':')))) Store.#things.delete(key);
    }
  }
}
