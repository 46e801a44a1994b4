// Prints, for some windows in a row, how long the extension takes to be activated, and when the first mark is painted,
// counted from
//
// - ready: VS Code itself takes its start as done. The workbench is restored, with its editors (the page's mark
//   `code/didStartWorkbench`), and the extensions that start with it have started (the extension host's log,
//   "Eager extensions activated"): whichever comes later. It is what `onStartupFinished` waits for. Before it a person
//   sees text, and neither bracket colours nor diagnostics, nor does a menu answer soon.
// - extensions: the extension host activates its first extension, the earliest that any extension could do something.
// The aim is 2 s after ready. A negative figure says that the marks were there before.
//
//   node measure.mjs [WINDOWS]      TRACE=1 tells all steps on the way
import fs from "node:fs";
import path from "node:path";
import * as editor from "./editor.mjs";
import { until, Workbench } from "./workbench.mjs";

const windows = Number(process.argv[2] ?? 3);
const bench = await new Workbench().start();
const demo = bench.project("demo");

/** [ms, line] of the newest extension host's log. */
function hostLog() {
  const [log] = fs
    .readdirSync(path.join(bench.root, "data/logs"), { recursive: true })
    .filter((name) => name.endsWith("remoteexthost.log"))
    .map((name) => path.join(bench.root, "data/logs", name))
    .sort((a, b) => fs.statSync(b).birthtimeMs - fs.statSync(a).birthtimeMs);
  const lines = fs.readFileSync(log, "utf8").matchAll(/^(\d\S+ \S+) (\[info\] .*)$/gm);
  return [...lines].map(([, stamp, text]) => [new Date(stamp.replace(" ", "T")).getTime(), text]);
}

/** [ms, name] of the marks that the workbench sets on its way. */
function pageMarks(page) {
  return page.evaluate(() =>
    performance.getEntriesByType("mark").map(({ name, startTime }) => [performance.timeOrigin + startTime, name]),
  );
}

const first = (steps, words) => steps.find(([, text]) => text.includes(words))?.[0];
const seconds = (from, to) => `${((to - from) / 1000).toFixed(2)} s`;

async function activation(page) {
  await editor.command(page, "Developer: Show Running Extensions");
  const row = page
    .locator(".runtime-extensions-editor .monaco-list-row")
    .filter({ hasText: /^minicov/ })
    .first();
  const [, found] = await until("activation", async () => /Activation: (\d+)ms/.exec(await row.innerText()), Boolean);
  return found;
}

for (let number = 1; number <= windows; number++) {
  const page = await bench.open(demo, path.join(demo, "basket.py"));
  const marks = await editor.whenMarked(page);
  const log = await until("the end of the start", hostLog, (steps) => first(steps, "Eager extensions activated"));
  const steps = await pageMarks(page);
  const ready = Math.max(first(steps, "code/didStartWorkbench"), first(log, "Eager extensions activated"));
  const extensions = first(log, "_doActivateExtension");
  console.log(
    `window ${number}: marks ${seconds(ready, marks)} after ready, ${seconds(extensions, marks)} after extensions; ` +
      `activation ${await activation(page)} ms`,
  );
  if (process.env.TRACE) {
    const way = [...log, ...steps.filter(([, name]) => /code\/did[A-Z]\w*$|Phase/.test(name)), [marks, "marks"]];
    way.sort(([a], [b]) => a - b).forEach(([at, what]) => console.log(`  ${seconds(way[0][0], at)} ${what}`));
  }
  await page.close();
}
await bench.stop();
process.exit(0);
