// Prints how long the extension takes to be activated, and how long the marks take to come: from the first line of text,
// and from the moment the editor lets any extension begin. What lies between the two is the editor's own start.
//
//   node measure.mjs [WINDOWS]
import fs from "node:fs";
import path from "node:path";
import * as editor from "./editor.mjs";
import { until, Workbench } from "./workbench.mjs";

const windows = Number(process.argv[2] ?? 3);
const bench = await new Workbench().start();
const demo = bench.project("demo");

/** When the newest extension host activated its first extension, by its own log. */
function extensionsReady() {
  const [log] = fs
    .readdirSync(path.join(bench.root, "data/logs"), { recursive: true })
    .filter((name) => name.endsWith("remoteexthost.log"))
    .map((name) => path.join(bench.root, "data/logs", name))
    .sort((a, b) => fs.statSync(b).birthtimeMs - fs.statSync(a).birthtimeMs);
  const [, stamp] = /^(\S+ \S+) \[info\] ExtensionService#_doActivateExtension/m.exec(fs.readFileSync(log, "utf8"));
  return new Date(stamp.replace(" ", "T")).getTime();
}

const seconds = (from, to) => `${((to - from) / 1000).toFixed(2)} s`;

for (let number = 1; number <= windows; number++) {
  const page = await bench.open(demo, path.join(demo, "basket.py"));
  await page.waitForSelector(".editor-instance .view-line");
  const text = Date.now();
  const marks = await editor.whenMarked(page);
  const ready = extensionsReady();
  await editor.command(page, "Developer: Show Running Extensions");
  const row = page
    .locator(".runtime-extensions-editor .monaco-list-row")
    .filter({ hasText: /^minicov/ })
    .first();
  const [, activation] = await until(
    "activation",
    async () => /Activation: (\d+)ms/.exec(await row.innerText()),
    Boolean,
  );
  console.log(
    `window ${number}: extensions may begin to marks ${seconds(ready, marks)}; ` +
      `first text to marks ${seconds(text, marks)}, of which ${seconds(text, ready)} until extensions may begin; ` +
      `activation ${activation} ms`,
  );
  await page.close();
}
await bench.stop();
process.exit(0);
