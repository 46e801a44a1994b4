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
// The activation is told as VS Code tells it ("Developer: Show Running Extensions"), and its parts, by the extension host's
// log and marks. VS Code's clock starts when an extension's activation is noted, and runs while the code of those before
// it is loaded: at a Python file that is Emmet, which starts at every language. The rest is minicov's own; of it is told,
// too, what it takes of the processor, for on a busy machine the clock tells how busy that is.
//
//   node measure.mjs [WINDOWS]      TRACE=1 tells all steps on the way
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import * as editor from "./editor.mjs";
import { EXTENSION, until, Workbench } from "./workbench.mjs";

const windows = Number(process.argv[2] ?? 5);
const bench = new Workbench();
const hostMarks = (process.env.MINICOV_TEST_MARKS = path.join(bench.root, "marks"));
process.env.NODE_OPTIONS = `--require ${path.join(EXTENSION, "test/extensions/marks/processor.cjs")}`;
await bench.start();
bench.developed = path.join(EXTENSION, "test/extensions/marks");
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

/** What VS Code says that the activation took, ms. */
async function told(page) {
  await editor.command(page, "Developer: Show Running Extensions");
  const row = page
    .locator(".runtime-extensions-editor .monaco-list-row")
    .filter({ hasText: /^minicov/ })
    .first();
  const [, found] = await until("activation", async () => /Activation: (\d+)ms/.exec(await row.innerText()), Boolean);
  return Number(found);
}

/** [when loading minicov's code began, when it ended, by the clock; processor's time for load and activate()], ms. */
async function loading() {
  await until("the host's marks", () => fs.existsSync(hostMarks), true);
  const { marks, processor } = JSON.parse(fs.readFileSync(hostMarks, "utf8"));
  fs.rmSync(hostMarks);
  const [begun, ended] = ["will", "did"].map(
    (when) => marks.find(({ name }) => name === `code/extHost/${when}LoadExtensionCode/minicov.minicov`).startTime,
  );
  return [begun, ended, processor.load + processor.activate];
}

const median = (numbers) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)];
const figures = { marks: [], told: [], own: [], processor: [] };

for (let number = 1; number <= windows; number++) {
  const page = await bench.open(demo, path.join(demo, "basket.py"));
  const marks = await editor.whenMarked(page);
  const log = await until("the end of the start", hostLog, (steps) => first(steps, "Eager extensions activated"));
  const steps = await pageMarks(page);
  const ready = Math.max(first(steps, "code/didStartWorkbench"), first(log, "Eager extensions activated"));
  const extensions = first(log, "_doActivateExtension");
  const [begun, loaded, processor] = await loading();
  const all = await told(page);
  const waited = Math.max(0, begun - first(log, "_doActivateExtension minicov"));
  const own = all - waited;
  figures.marks.push((marks - ready) / 1000);
  figures.told.push(all);
  figures.own.push(own);
  figures.processor.push(processor);
  console.log(
    `window ${number}: marks ${seconds(ready, marks)} after ready, ${seconds(extensions, marks)} after extensions; ` +
      `activation ${all} ms as VS Code tells it: ${waited} until minicov's turn, ${loaded - begun} to load it, ` +
      `${own - (loaded - begun)} in activate(), with ${processor.toFixed(1)} of the processor; load of the machine ${os.loadavg()[0].toFixed(1)}`,
  );
  if (process.env.TRACE) {
    const way = [...log, ...steps.filter(([, name]) => /code\/did[A-Z]\w*$|Phase/.test(name)), [marks, "marks"]];
    way.sort(([a], [b]) => a - b).forEach(([at, what]) => console.log(`  ${seconds(way[0][0], at)} ${what}`));
  }
  await page.close();
}
console.log(
  `medians: marks ${median(figures.marks).toFixed(2)} s after ready, activation ${median(figures.told)} ms, ` +
    `own ${median(figures.own)} ms, of the processor ${median(figures.processor).toFixed(1)} ms`,
);
await bench.stop();
process.exit(0);
