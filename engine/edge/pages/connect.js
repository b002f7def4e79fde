// Opens a Switchboard connect link in a pop-up from a platform's own page. Needs nothing else; docs/connect.md explains it.
//
//   SwitchboardConnect.open(link, { onSuccess, onRefused, onClose, onBlocked })
//
// Call it where somebody clicks, or the browser blocks the pop-up. `link` is the url of CreateConnectSession, or a function that
// gets one and may take its time. The session must name this page's origin as its opener_origin.
(() => {
  'use strict';

  const FEATURES = 'popup,width=540,height=800';
  const LOOK_EVERY_MS = 400;

  /** One pop-up on its way. Exactly one of onSuccess, onClose and onBlocked is called in the end. */
  class Connection {
    constructor(handlers) {
      this.handlers = handlers;
      this.over = false;
      this.popup = window.open('about:blank', '_blank', FEATURES);
      this.listen = (event) => this.hear(event);
      window.addEventListener('message', this.listen);
      this.timer = setInterval(() => this.look(), LOOK_EVERY_MS);
    }

    async follow(link) {
      try {
        this.url = new URL(typeof link === 'function' ? await link() : link);
      } catch (error) {
        this.end('onClose', { error });
        return;
      }
      if (this.over) return;
      if (this.popup) this.popup.location.href = this.url.href;
      else this.end('onBlocked', { url: this.url.href });
    }

    /** Only what this pop-up says counts, while it shows a page of the link's own server. */
    hear({ source, origin, data }) {
      if (source !== this.popup || origin !== this.url?.origin || data?.source !== 'switchboard-connect') return;
      const { type, account, session, code, message } = data;
      if (type === 'connected') this.end('onSuccess', { account, session });
      else if (type === 'refused') this.handlers.onRefused?.({ session, code, message });
    }

    /** A provider may cut the pop-up off from this page, which then looks closed: so the server is asked how it stands. */
    async look() {
      if (!this.popup?.closed || this.over) return;
      clearInterval(this.timer);
      const { state, account, session } = this.url ? await this.outcome() : {};
      if (state === 'connected') this.end('onSuccess', { account, session });
      else this.end('onClose', {});
    }

    async outcome() {
      try {
        const answer = await fetch(`${this.url.origin}${this.url.pathname}/outcome`, { credentials: 'omit', cache: 'no-store' });
        return answer.ok ? await answer.json() : {};
      } catch {
        return {};
      }
    }

    end(name, news) {
      if (this.over) return;
      this.over = true;
      clearInterval(this.timer);
      window.removeEventListener('message', this.listen);
      if (name !== 'onBlocked') this.popup?.close();
      this.handlers[name]?.(news);
    }
  }

  window.SwitchboardConnect = {
    open(link, handlers = {}) {
      const connection = new Connection({ onBlocked: ({ url }) => window.location.assign(url), ...handlers });
      connection.follow(link);
      return { close: () => connection.end('onClose', {}) };
    },
  };
})();
