// The screen stays on while a session plays. Browsers take the lock back whenever the page is hidden.

export class WakeLock {
  constructor() {
    this.wanted = false;
    this.lock = null;
    document.addEventListener("visibilitychange", () => this.wanted && this.keep());
  }

  async keep() {
    this.wanted = true;
    if (!("wakeLock" in navigator) || document.visibilityState !== "visible" || (this.lock && !this.lock.released)) return;
    try {
      this.lock = await navigator.wakeLock.request("screen");
      if (!this.wanted) this.release();
    } catch {
      // refused on a low battery: the screen may go dark, the sound goes on
    }
  }

  release() {
    this.wanted = false;
    this.lock?.release();
    this.lock = null;
  }
}
