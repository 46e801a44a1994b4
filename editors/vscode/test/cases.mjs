// Runs cases one after the other, goes on after a failure, and ends with a line that counts them.
import fs from "node:fs";
import path from "node:path";

export class Cases {
  constructor(pictures) {
    this.pictures = pictures && path.resolve(pictures);
    this.started = Date.now();
    this.passed = 0;
    this.failures = [];
    if (this.pictures) {
      fs.mkdirSync(this.pictures, { recursive: true });
    }
  }

  get hasFailed() {
    return this.failures.length > 0;
  }

  /** This page is pictured when a case fails. */
  watch(page) {
    this.page = page;
    return page;
  }

  async run(name, body) {
    if (this.failures.length > (process.env.BAIL ? 0 : 3)) {
      return; // what follows would only wait in vain
    }
    if (process.env.ONLY && !name.includes(process.env.ONLY)) {
      return;
    }
    const began = Date.now();
    try {
      await this.page?.keyboard.press("Escape"); // whatever a case that failed has left open
      await this.page?.keyboard.press("Escape");
      await body();
      this.passed++;
      console.log(`ok - ${name} (${((Date.now() - began) / 1000).toFixed(1)} s)`);
    } catch (error) {
      this.failures.push(name);
      console.log(`FAILED - ${name}: ${error?.stack ?? error}`);
      await this.picture(`failed-${this.failures.length}`);
    }
  }

  async picture(name) {
    if (this.pictures && this.page) {
      await this.page.screenshot({ path: path.join(this.pictures, `${name}.png`) }).catch(() => undefined);
    }
  }

  /** Says how it went, and ends the process. */
  end() {
    console.log(
      `${this.passed} passed, ${this.failures.length} failed in ${((Date.now() - this.started) / 1000).toFixed(0)} s`,
    );
    process.exit(this.failures.length ? 1 : 0);
  }
}
