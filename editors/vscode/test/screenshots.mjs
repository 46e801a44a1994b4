// Pictures of the real editor for docs/, in each kind of theme. Usage: node screenshots.mjs FOLDER [THEME…]
// The last theme, dark if it isn't said, also shows the Testing view with results and VS Code's own coverage.
import fs from "node:fs";
import path from "node:path";
import * as editor from "./editor.mjs";
import { until, Workbench } from "./workbench.mjs";

const THEMES = {
  light: "Default Light Modern",
  "high-contrast": "Default High Contrast",
  dark: "Default Dark Modern",
};

const [folder, ...themes] = [path.resolve(process.argv[2] ?? "pictures"), ...process.argv.slice(3)];
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
// A test that was never run, and fails.
fs.appendFileSync(
  path.join(demo, "tests/test_basket.py"),
  "\n\ndef test_shipping_abroad_costs_as_much():\n    assert to_pay([TEA], 'DE') == 940\n",
);
const picture = (page, name) => page.screenshot({ path: path.join(folder, `vscode-${name}.png`) });

let page;
for (const name of themes.length ? themes : Object.keys(THEMES)) {
  await page?.close();
  bench.writeSettings({ "workbench.colorTheme": THEMES[name] });
  page = await bench.open(demo, path.join(demo, "basket.py"));
  await page.setViewportSize({ width: 1100, height: 640 });
  await until("marks", () => editor.marks(page, 18, 19), ["partial", "missed"]);
  // They come while the text has the keyboard; VS Code does not ask for them when something else takes it.
  await page.locator(".codelens-decoration").filter({ hasText: "80% covered" }).waitFor();
  await editor.command(page, "View: Show minicov");
  await page.locator(".pane-body .monaco-list-row").filter({ hasText: "basket.py" }).first().waitFor();
  await editor.goToLine(page, 24);
  await page.mouse.move(1060, 360);
  await new Promise((resolve) => setTimeout(resolve, 2000)); // icons fade in
  await picture(page, name);
}

await editor.command(page, "Testing: Focus on Test Explorer View");
await page.locator(".test-explorer .monaco-list-row").first().waitFor();
await editor.command(page, "Test: Run All Tests with Coverage");
await page.locator(".test-explorer .codicon-testing-failed-icon").first().waitFor();
await page.locator(".test-explorer .monaco-list-row .monaco-tl-twistie").first().click();
await editor.openFile(page, "test_basket.py");
await editor.goToLine(page, 32);
await until("message", () => page.locator(".editor-instance").getByText("assert 1440 == 940").count(), Boolean);
await until("coverage", () => page.locator(".test-coverage-list-item").count(), Boolean);
await new Promise((resolve) => setTimeout(resolve, 1000));
await picture(page, "tests");
console.log(await bench.stop());
process.exit(0);
