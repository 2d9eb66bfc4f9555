// Runs before the widget when the shop is shown on the demo's stage: lets the stage see what goes over the wire, and cut
// it. A shop that is opened by itself never comes past the first lines.
(() => {
  let stage;
  try {
    stage = window.parent !== window && window.parent.deskbellStage;
  } catch {
    return; // somebody else's page has the shop in a frame
  }
  if (!stage) return;
  document.documentElement.dataset.staged = 'true';

  let away = false; // no network
  let asleep = false; // a closed laptop: nothing arrives, and nobody is told
  const sockets = new Set();
  const heard = (way, data) => stage.heard(window.frameElement, way, String(data));

  window.WebSocket = class extends WebSocket {
    #dead = asleep; // it was open while the laptop was closed: nothing comes over it ever again
    constructor(...address) {
      super(...address);
      sockets.add(this);
      // First of all listeners, so that it decides what the others hear.
      this.addEventListener('message', (event) => {
        if (this.#dead) event.stopImmediatePropagation();
        else heard('down', event.data);
      });
      this.addEventListener('open', () => heard('note', 'open'));
      this.addEventListener('close', (event) => {
        sockets.delete(this);
        heard('note', `closed ${event.code}`);
      });
      if (away) this.close();
    }
    die() {
      this.#dead = true;
    }
    send(data) {
      if (this.#dead) return;
      heard('up', data);
      super.send(data);
    }
  };

  const plain_fetch = window.fetch;
  window.fetch = (...request) => (away || asleep ? Promise.reject(new TypeError('Failed to fetch')) : plain_fetch(...request));
  const plain_send = XMLHttpRequest.prototype.send;
  XMLHttpRequest.prototype.send = function send(body) {
    plain_send.call(this, body);
    if (away || asleep) this.abort();
  };
  Object.defineProperty(navigator, 'onLine', { get: () => !away });
  Object.defineProperty(document, 'visibilityState', { get: () => (asleep ? 'hidden' : 'visible') });

  stage.entered(window.frameElement, {
    cut() {
      away = true;
      heard('note', 'network cut');
      for (const socket of sockets) socket.close();
      dispatchEvent(new Event('offline'));
    },
    mend() {
      away = false;
      heard('note', 'network back');
      dispatchEvent(new Event('online'));
    },
    sleep() {
      asleep = true;
      heard('note', 'asleep');
      for (const socket of sockets) socket.die();
      document.dispatchEvent(new Event('visibilitychange'));
    },
    wake() {
      asleep = false;
      heard('note', 'awake');
      document.dispatchEvent(new Event('visibilitychange'));
    },
  });
})();
