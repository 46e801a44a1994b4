// An extension that paints nothing must fail: the same checks as in e2e.mjs, on a packaged extension whose drawing was
// taken out after it was installed. If they pass, they prove nothing.
import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { Cases } from "./cases.mjs";
import * as editor from "./editor.mjs";
import { until, Workbench } from "./workbench.mjs";

const cases = new Cases();
const bench = new Workbench();
bench.installed = (extensions) => {
  const [name] = fs.readdirSync(extensions).filter((each) => each.startsWith("minicov."));
  const bundle = path.join(extensions, name, "dist/extension.js");
  const whole = fs.readFileSync(bundle, "utf8");
  const mutant = whole.replace(/[\w$]+\.setDecorations\(/g, "void(");
  assert.notEqual(mutant, whole);
  fs.writeFileSync(bundle, mutant);
};
await bench.start();
const demo = bench.project("demo");
const page = await bench.open(demo, path.join(demo, "basket.py"));

await cases.run("an extension that paints nothing fails the checks of the gutter", async () => {
  // The picture has come, and everything but the drawing works.
  await until(
    "status",
    () => editor.statusBar(page),
    (text) => text.includes("93%"),
  );
  const check = until("marks", () => editor.marks(page, 18, 19), ["partial", "missed"], 5000);
  await assert.rejects(check, /seen \[null,null\]/);
  assert.deepEqual(await editor.spans(page, editor.SPAN), [0, 0]);
  const painted = await editor.paintedColors(page, ["#2ea043", "#d29922", "#f85149"]);
  assert.ok(Object.keys(painted).length > 10);
  assert.deepEqual(Object.values(painted).flat(), []);
});

const log = await bench.stop(cases.hasFailed);
if (log) {
  console.log(log);
}
cases.end();
