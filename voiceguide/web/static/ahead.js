// Has the session made that a person is looking at, so that it is there when they tap Play. One at a time.

import { make } from "./server.js";

const SETTLED_MS = 400;

export class Ahead {
  /** What will probably be asked for, unless something else is within a moment. */
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
    // What goes wrong is told when the session is really asked for.
    await make(wish, () => {}, () => false).catch(() => null);
    this.busy = false;
    if (this.next) this.begin(this.next);
  }
}
