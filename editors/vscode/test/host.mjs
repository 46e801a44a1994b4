// Runs the cases of host/*.cjs inside the extension host, with the real `vscode` API, on several workspaces.
//
//   node host.mjs [SUITE…]      DEBUGPY   a Python with debugpy, for the suite "debugging"
//
// The same two options as `code --extensionDevelopmentPath --extensionTestsPath`; the workbench reports through two
// functions if its page has them.
import fs from "node:fs";
import path from "node:path";
import { EXTENSION, seeing, Workbench } from "./workbench.mjs";

const PATIENCE = Number(process.env.PATIENCE ?? 90) * 4000; // ms for all cases of one window

let passed = 0;
const failures = [];

/**
 * One window; `suite` names the cases to run in it. One extension of a window is under development: minicov as it is
 * built, or one of extensions/, and minicov as it was packaged and installed.
 */
async function window(bench, suite, folder, beside) {
  const developed = beside ? path.join(EXTENSION, "test/extensions", beside) : EXTENSION;
  await seeing(() => attempt(bench, suite, folder, developed));
}

/** Whether the window had read its files; if so, its cases have been run. */
async function attempt(bench, suite, folder, developed) {
  const page = await bench.context.newPage();
  let blind = false;
  await page.exposeFunction("codeAutomationLog", (_type, args) => {
    const line = args.map(String).join(" ");
    blind ||= line.startsWith("BLIND");
    take(suite, line);
  });
  const ended = new Promise((resolve) => void page.exposeFunction("codeAutomationExit", (code) => resolve(code)));
  fs.writeFileSync(path.join(bench.root, "suite"), `${suite}\n${bench.title}`);
  const payload = [
    ["extensionTestsPath", bench.remote(path.join(EXTENSION, "test/host/index.cjs"))],
    ["extensionDevelopmentPath", bench.remote(developed)],
  ];
  await page.goto(bench.address(folder, payload));
  const code = await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, PATIENCE, "timeout"))]);
  if (code !== 0 && !blind) {
    failures.push(`${suite} (${code})`);
    console.log(`FAILED - ${suite}: ended with ${code}`);
  }
  await page.close().catch(() => undefined);
  return !blind;
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

/** An environment with a server and an interpreter of its own, which notes what it is asked for. */
function environment(bench, name) {
  const bin = bench.folder(`${name}/bin`);
  const real = (program) => path.join(bench.bin, program);
  fs.symlinkSync(real("minicov-lsp"), path.join(bin, "minicov-lsp"));
  const note = `echo "$@" >>"$0.used"\nexec ${real("python")} "$@"`;
  fs.writeFileSync(path.join(bin, "python"), `#!/bin/sh\n${note}\n`, { mode: 0o755 });
}

const wanted = process.argv.slice(2);
const bench = new Workbench();
process.env.MINICOV_SUITE = path.join(bench.root, "suite");
process.env.MINICOV_TEST_INTERPRETER = path.join(bench.root, "interpreter");
const { settings } = bench;
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
  async interpreter() {
    for (const name of ["first", "second"]) {
      environment(bench, name);
    }
    const project = bench.project("interpreter");
    environment(bench, path.relative(bench.root, path.join(project, ".venv")));
    bench.writeSettings({ "minicov.server.path": "", "minicov.python": "" });
    await window(bench, "interpreter", project, "python");
  },
  async mappings() {
    const elsewhere = bench.project("elsewhere");
    const here = path.join(bench.folder("projects"), "mappings");
    fs.renameSync(elsewhere, here);
    fs.writeFileSync(path.join(here, "elsewhere"), elsewhere);
    const text = fs.readFileSync(path.join(here, "basket.py"), "utf8");
    fs.rmSync(path.join(here, "basket.py"));
    fs.mkdirSync(path.join(here, "src"));
    fs.writeFileSync(path.join(here, "src/basket.py"), `${text}# no file that the data knows has this text\n`);
    await window(bench, "mappings", here);
  },
  async debugging() {
    if (process.env.DEBUGPY) {
      await window(bench, "debugging", bench.project("debugging"), "debugpy");
    } else {
      console.log("left out - debugging: DEBUGPY names no Python with debugpy");
    }
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
    const crashing = script(bench, "minicov-lsp", 'echo >>"$0.starts"; echo "the disk is on fire" >&2; exit 3');
    bench.writeSettings({ "minicov.server.path": crashing });
    await window(bench, "crashing", bench.project("crashing", { data: false }));
  },
};
for (const [name, run] of Object.entries(suites)) {
  if (!wanted.length || wanted.includes(name)) {
    bench.writeSettings(settings); // those of all suites
    await run();
  }
}
const log = await bench.stop(failures.length > 0);
if (log) {
  console.log(log);
}
console.log(`${passed} passed, ${failures.length} failed`);
process.exit(failures.length ? 1 : 0);
