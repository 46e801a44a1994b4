// End to end, with the packaged .vsix: what a person sees in the window. Usage: node e2e.mjs [PICTURES]
import path from "node:path";
import { codeActions, command, goToLine, gutter, marks, paintedColors, rows, statusBar } from "./editor.mjs";
import { Cases } from "./cases.mjs";
import { descendants, until, Workbench } from "./workbench.mjs";

const cases = new Cases(process.argv[2]);
const bench = await new Workbench({ trust: false }).start();
const demo = bench.project("demo");
let page;

await cases.run("an untrusted workspace shows its data and runs nothing", async () => {
  page = cases.watch(await bench.open(demo, path.join(demo, "basket.py")));
  await until("marks", () => marks(page, 17, 18, 19, 22, 42), ["covered", "partial", "missed", "covered", "excluded"]);
});

await bench.stop(cases.hasFailed).then((log) => log && console.log(log));
cases.end();
