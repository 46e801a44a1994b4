/** Decides whether a server that ended by itself is started again. */

const MOST_CRASHES = 5;
const WITHIN = 3 * 60_000; // ms

export class CrashCount {
  private times: number[] = [];

  constructor(private readonly now: () => number = Date.now) {}

  /** Notes a crash; whether the server may be started once more. */
  mayRestart(): boolean {
    const now = this.now();
    this.times = [...this.times.filter((time) => now - time < WITHIN), now];
    return this.times.length < MOST_CRASHES;
  }

  /** The user wants another try. */
  forget(): void {
    this.times = [];
  }
}
