// Pictures of the real editor for docs/, in each kind of theme. Usage: node screenshots.mjs FOLDER
import fs from "node:fs";
import path from "node:path";
import * as editor from "./editor.mjs";
import { until, Workbench } from "./workbench.mjs";

const THEMES = {
  light: "Default Light Modern",
  "high-contrast": "Default High Contrast",
  dark: "Default Dark Modern",
};

const folder = path.resolve(process.argv[2] ?? "pictures");
fs.mkdirSync(folder, { recursive: true });
const bench = new Workbench({
  settings: {
    "workbench.layoutControl.enabled": false,
    "window.commandCenter": false,
    "breadcrumbs.enabled": false,
    "editor.lineHeight": 20,
    "editor.stickyScroll.enabled": false,
    "files.exclude": { "**/.coverage*": true, "**/.pytest_cache": true },
  },
});
await bench.start();
const demo = bench.project("demo");
const picture = (page, name) => page.screenshot({ path: path.join(folder, `vscode-${name}.png`) });

let page;
for (const [name, theme] of Object.entries(THEMES)) {
  await page?.close();
  bench.writeSettings({ "workbench.colorTheme": theme });
  page = await bench.open(demo, path.join(demo, "basket.py"));
  await page.setViewportSize({ width: 1100, height: 640 });
  await until("marks", () => editor.marks(page, 18, 19), ["partial", "missed"]);
  await editor.goToLine(page, 24);
  await editor.command(page, "View: Show minicov");
  await page.locator(".pane-body .monaco-list-row").filter({ hasText: "basket.py" }).first().waitFor();
  await page.mouse.move(1060, 360);
  await new Promise((resolve) => setTimeout(resolve, 2000)); // icons fade in
  await picture(page, name);
}

fs.appendFileSync(
  path.join(demo, "tests/test_basket.py"),
  "\n\ndef test_express_is_dearer():\n    assert to_pay([TEA], 'NL', express=True) == 450 + 1490\n",
);
await editor.command(page, "Testing: Focus on Test Explorer View");
await page.locator(".test-explorer .monaco-list-row").first().waitFor();
await editor.command(page, "Test: Run All Tests with Coverage");
await page.locator(".test-explorer .codicon-testing-failed-icon").first().waitFor();
await page.locator(".test-explorer .monaco-list-row .monaco-tl-twistie").first().click();
await editor.openFile(page, "test_basket.py");
await page.locator(".editor-instance").getByText("AssertionError").first().waitFor();
await until("coverage", () => page.locator(".test-coverage-list-item").count(), Boolean);
await new Promise((resolve) => setTimeout(resolve, 1000));
await picture(page, "tests");
console.log(await bench.stop());
process.exit(0);
