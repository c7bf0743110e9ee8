// Keep the screen on while a session plays. Browsers release the lock whenever the page is hidden.

export class WakeLock {
  constructor() {
    this.wanted = false;
    this.lock = null;
    this.asking = false; // two requests at once would be two locks, of which one is never released
    document.addEventListener("visibilitychange", () => this.wanted && this.keep());
  }

  async keep() {
    this.wanted = true;
    if (!("wakeLock" in navigator) || document.visibilityState !== "visible" || this.asking || (this.lock && !this.lock.released)) return;
    this.asking = true;
    try {
      this.lock = await navigator.wakeLock.request("screen");
    } catch {
      // refused, for example because the battery is low; the screen may turn off, but playback continues
    }
    this.asking = false;
    if (!this.wanted) this.release();
  }

  release() {
    this.wanted = false;
    this.lock?.release();
    this.lock = null;
  }
}
