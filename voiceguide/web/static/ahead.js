// Build the session on the screen in advance, so that it is ready when Play is tapped. Build one at a time.

import { make } from "./server.js";

const SETTLED_MS = 400;

export class Ahead {
  /** Build this request after a short delay, unless another one arrives first. */
  soon(wish) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.begin(wish), SETTLED_MS);
  }

  stop() {
    clearTimeout(this.timer);
    this.next = null;
  }

  async begin(wish) {
    if (this.busy) {
      this.next = wish;
      return;
    }
    this.busy = true;
    this.next = null;
    // Errors are ignored here, and shown when Play is tapped.
    await make(wish, () => {}, () => false).catch(() => null);
    this.busy = false;
    if (this.next) this.begin(this.next);
  }
}
