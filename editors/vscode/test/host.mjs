// Runs the cases of host/cases.cjs inside the extension host, with the real `vscode` API, on several workspaces.
//
// The same two options as `code --extensionDevelopmentPath --extensionTestsPath`; the workbench reports through two
// functions if its page has them.
import fs from "node:fs";
import path from "node:path";
import { EXTENSION, Workbench } from "./workbench.mjs";

const PATIENCE = Number(process.env.PATIENCE ?? 90) * 4000; // ms for all cases of one window

let passed = 0;
const failures = [];

/** One window; `suite` names the cases to run in it. */
async function window(bench, suite, folder, ...more) {
  const page = await bench.context.newPage();
  await page.exposeFunction("codeAutomationLog", (_type, args) => take(suite, args.map(String).join(" ")));
  const ended = new Promise((resolve) => void page.exposeFunction("codeAutomationExit", (code) => resolve(code)));
  fs.writeFileSync(path.join(bench.root, "suite"), suite);
  const payload = [
    ["extensionDevelopmentPath", bench.remote(EXTENSION)],
    ["extensionTestsPath", bench.remote(path.join(EXTENSION, "test/host/index.cjs"))],
    ...more,
  ];
  await page.goto(bench.address(folder, payload));
  const code = await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, PATIENCE, "timeout"))]);
  if (code !== 0) {
    failures.push(`${suite} (${code})`);
    console.log(`FAILED - ${suite}: ended with ${code}`);
  }
  await page.close().catch(() => undefined);
}

function take(suite, line) {
  if (line.startsWith("ok - ")) {
    passed++;
    console.log(`ok - ${suite}: ${line.slice(5)}`);
  } else if (line.startsWith("FAILED") || line.startsWith("note - ")) {
    console.log(line);
  }
}

/** A program that stands in for the server. */
function script(bench, name, text) {
  const file = path.join(bench.folder("programs"), name);
  fs.writeFileSync(file, `#!/bin/sh\n${text}\n`, { mode: 0o755 });
  return file;
}

const wanted = process.argv.slice(2);
const bench = new Workbench({ withExtension: false });
process.env.MINICOV_SUITE = path.join(bench.root, "suite");
await bench.start();
const suites = {
  async demo() {
    await window(bench, "demo", bench.project("demo"));
  },
  async roots() {
    const [sound, broken] = [bench.project("sound"), bench.project("broken", { data: false })];
    fs.writeFileSync(path.join(broken, "pyproject.toml"), "[tool.coverage.run\nbranch =");
    fs.writeFileSync(path.join(broken, ".coverage.db"), "no database\n".repeat(1000));
    fs.writeFileSync(path.join(bench.root, "elsewhere.py"), "x = 1\n");
    const file = path.join(bench.root, "two.code-workspace");
    fs.writeFileSync(file, JSON.stringify({ folders: [{ path: broken }, { path: sound }] }));
    await window(bench, "roots", file);
  },
  async missing() {
    bench.writeSettings({ "minicov.server.path": path.join(bench.root, "nowhere/minicov-lsp") });
    await window(bench, "missing", bench.project("missing", { data: false }));
  },
  async old() {
    const old = script(bench, "python3.10", 'echo "3 10 False"');
    bench.writeSettings({ "minicov.server.path": old });
    await window(bench, "old", bench.project("old", { data: false }));
  },
  async crashing() {
    const crashing = script(bench, "minicov-lsp", 'echo "the disk is on fire" >&2; exit 3');
    bench.writeSettings({ "minicov.server.path": crashing });
    await window(bench, "crashing", bench.project("crashing", { data: false }));
  },
};
for (const [name, run] of Object.entries(suites)) {
  if (!wanted.length || wanted.includes(name)) {
    await run();
  }
}
const log = await bench.stop(failures.length > 0);
if (log) {
  console.log(log);
}
console.log(`${passed} passed, ${failures.length} failed`);
process.exit(failures.length ? 1 : 0);
