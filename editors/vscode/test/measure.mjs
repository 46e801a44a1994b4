// Prints how long the extension takes to be activated, and from an editor that is ready to its marks.
import path from "node:path";
import * as editor from "./editor.mjs";
import { until, Workbench } from "./workbench.mjs";

const bench = await new Workbench().start();
const demo = bench.project("demo");
const page = await bench.open(demo, path.join(demo, "basket.py"));
await page.waitForSelector(".editor-instance .view-line");
const ready = performance.now();
await until("marks", () => editor.marks(page, 18, 19), ["partial", "missed"]);
console.log(`from the first line of text to the marks: ${((performance.now() - ready) / 1000).toFixed(2)} s`);
await page.reload(); // a window on an editor and a server's files that are warm
await page.waitForSelector(".editor-instance .view-line");
const again = performance.now();
await until("marks", () => editor.marks(page, 18, 19), ["partial", "missed"]);
console.log(`the same, warm: ${((performance.now() - again) / 1000).toFixed(2)} s`);
await editor.command(page, "Developer: Show Running Extensions");
const row = page
  .locator(".runtime-extensions-editor .monaco-list-row")
  .filter({ hasText: /^minicov/ })
  .first();
await row.waitFor();
console.log(`running extensions: ${(await row.innerText()).replace(/\s+/g, " ")}`);
await bench.stop();
process.exit(0);
