// End to end, with the packaged .vsix: what a person sees and does in the window.
//
//   node e2e.mjs [FOLDER FOR PICTURES]      ONLY=words runs the cases whose name has them
import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { Cases } from "./cases.mjs";
import * as editor from "./editor.mjs";
import { descendants, until, Workbench } from "./workbench.mjs";

const COLORS = { covered: "#2ea043", partial: "#d29922", missed: "#f85149" };

const cases = new Cases(process.argv[2]);
const bench = await new Workbench({ trust: false }).start();
const demo = bench.project("demo");
const basket = path.join(demo, "basket.py");
const testFile = path.join(demo, "tests/test_basket.py");
const page = cases.watch(await bench.open(demo, basket));
const server = () => descendants(bench.server.pid, "minicov-lsp");

await cases.run("an untrusted workspace shows its data", async () => {
  await until("marks", () => editor.marks(page, 17, 18, 19, 22), ["covered", "partial", "missed", "covered"]);
  await until(
    "status",
    () => editor.statusBar(page),
    (text) => text.includes("93%") && text.includes("8/10"),
  );
});

await cases.run("an untrusted workspace runs nothing", async () => {
  assert.deepEqual(descendants(bench.server.pid, "pytest"), []);
  await editor.goToLine(page, 20);
  await editor.codeActions(page);
  await editor.takeAction(page, "Rerun the 4 tests covering discount");
  const refusal = page.locator(".notification-list-item-message").filter({ hasText: "not trusted" });
  await refusal.first().waitFor();
  await page.locator(".notifications-toasts .monaco-button").getByText("Manage Workspace Trust").first().waitFor();
  await editor.command(page, "Notifications: Clear All Notifications");
  for (const title of ["minicov: Run All Tests", "minicov: Show Only Files Changed Since…"]) {
    await page.keyboard.press("F1");
    await page.locator(".quick-input-widget input").first().fill(`>${title}`);
    await until(
      "palette",
      () => editor.rows(page, ".quick-input-list .monaco-list-row"),
      (rows) => rows.length > 0,
    );
    const offered = await editor.rows(page, ".quick-input-list .monaco-list-row");
    assert.ok(!offered.some((row) => row.startsWith(title)), offered.join("; "));
    await page.keyboard.press("Escape");
  }
});

await cases.run("from the walkthrough a jump opens a file with gaps", async () => {
  await editor.goToLine(page, 20);
  await editor.command(page, "View: Close All Editors");
  await editor.command(page, "Welcome: Open Walkthrough...");
  await page.locator(".quick-input-list .monaco-list-row").filter({ hasText: "minicov" }).first().click();
  await page.locator(".getting-started-step").filter({ hasText: "Read the gutter" }).first().click();
  await cases.picture("walkthrough");
  await page.locator(".gettingStartedContainer .monaco-button").getByText("Go to the Next Gap").first().click();
  await until(
    "the gap after line 20, where the file was left",
    () => editor.cursorLine(page),
    (text) => text.startsWith("Ln 29,"),
  );
});

await cases.run("trust brings the runs", async () => {
  await editor.command(page, "Workspaces: Manage Workspace Trust");
  await page.locator(".workspace-trust-editor .monaco-button").getByText("Trust", { exact: true }).first().click();
  await until("restricted mode", () => page.locator(".statusbar-item").getByText("Restricted Mode").count(), 0);
  await editor.openFile(page, "basket.py");
  await until("server", server, (pids) => pids.length === 1);
  await until("marks", () => editor.marks(page, 18, 19), ["partial", "missed"]);
});

await cases.run("a debug run in a trusted window says which debugger is missing, and where it is found", async () => {
  await editor.openFile(page, "test_basket.py");
  await editor.goToLine(page, 22);
  await until(
    "the test's icon",
    () => page.locator(".editor-instance .testing-run-glyph").count(),
    (count) => count > 0,
  );
  await editor.command(page, "Test: Debug Test at Cursor");
  const toast = page.locator(".notifications-toasts .notification-list-item").filter({ hasText: "ms-python.debugpy" });
  await toast.locator(".monaco-button").getByText("Find It").click();
  await until(
    "search",
    () => page.locator(".extensions-viewlet .view-line").first().innerText(),
    "@id:ms-python.debugpy",
  );
  await editor.openFile(page, "basket.py");
});

await cases.run("the gutter's marks are painted, each in its colour", async () => {
  const want = { 17: "covered", 18: "partial", 19: "missed", 22: "covered", 29: "partial", 30: "missed" };
  await until(
    "colours",
    () => editor.paintedColors(page, Object.values(COLORS)),
    (seen) => Object.entries(want).every(([line, mark]) => seen[line]?.join() === COLORS[mark]),
  );
  assert.deepEqual((await editor.paintedColors(page, Object.values(COLORS)))[24], []);
});

await cases.run(
  "what is missing within a line is tinted, underlined by its diagnostic, and said in Problems",
  async () => {
    await until("spans", () => editor.spans(page, editor.SPAN), [3, 0]); // four, of which one lies in another
    await until(
      "squiggles",
      () => page.locator(".editor-instance .cdr.squiggly-info").count(),
      (count) => count >= 3,
    );
    await page.keyboard.press("Control+Shift+M");
    await page.locator(".markers-panel").getByText("the condition on line 18 was never true").first().waitFor();
    await cases.picture("problems");
    await page.keyboard.press("Control+j"); // the panel closes
  },
);

await cases.run("a breakpoint stands beside a mark, and goes with a click", async () => {
  const glyph = page.locator(".editor-instance .glyph-margin-widgets .codicon-debug-breakpoint");
  await editor.goToLine(page, 22);
  await editor.inText(page, "F9");
  await until("breakpoint", () => glyph.count(), 1);
  await until("marks", () => editor.marks(page, 21, 22), ["covered", "covered"]);
  await glyph.click();
  await until("no breakpoint", () => glyph.count(), 0);
});

await cases.run("jumps go from gap to gap", async () => {
  await editor.goToLine(page, 1);
  for (const [title, line] of [
    ["minicov: Go to Next Gap", 18],
    ["minicov: Go to Next Missed Line", 19],
    ["minicov: Go to Next Partial Line", 20],
    ["minicov: Go to Previous Missed Line", 19],
  ]) {
    await editor.command(page, title);
    await until(
      title,
      () => editor.cursorLine(page),
      (text) => text.startsWith(`Ln ${line},`),
    );
  }
});

await cases.run("marks can be hidden", async () => {
  await editor.command(page, "minicov: Toggle Coverage Marks");
  await until("no marks", () => editor.gutter(page), {});
  await editor.command(page, "minicov: Toggle Coverage Marks");
  await until("marks", () => editor.marks(page, 19), ["missed"]);
});

await cases.run("covering tests are peeked", async () => {
  await editor.goToLine(page, 21);
  await editor.command(page, "minicov: Peek the Tests That Cover the Selection");
  await until("peek", () => page.locator(".peekview-widget .filename").first().innerText(), "test_basket.py");
  await page.keyboard.press("Escape");
});

await cases.run("the hover names the tests and links to them", async () => {
  await page.keyboard.press("Escape");
  await editor.goToLine(page, 21);
  await editor.command(page, "Show or Focus Hover");
  const hover = page.locator(".monaco-hover").filter({ hasText: "test_members_pay_less" }).first();
  await hover.waitFor();
  assert.match(await hover.innerText(), /Peek the tests.*Rerun them/s);
  await page.keyboard.press("Escape");
});

await cases.run("an edit makes a line edited, undo makes it what it was", async () => {
  await editor.goToLine(page, 22);
  await editor.inText(page, "End", "#");
  await until("edited", () => editor.marks(page, 21, 22), ["covered", "edited"]);
  await editor.inText(page, "Control+z");
  await until("covered", () => editor.marks(page, 21, 22), ["covered", "covered"]);
});

await cases.run("the code action runs a test, and marks follow", async () => {
  fs.appendFileSync(
    testFile,
    '\n\ndef test_welcome():\n    assert to_pay([TEA], "NL", voucher="WELCOME") == 450 - 45 + 490\n',
  );
  await editor.openFile(page, "test_basket.py");
  await editor.goToLine(page, 31);
  const actions = await editor.codeActions(page);
  assert.ok(
    actions.some((title) => title.includes("Run test_welcome")),
    actions.join("; "),
  );
  await cases.picture("code-action");
  await editor.takeAction(page, "Run test_welcome");
  await editor.openFile(page, "basket.py");
  await until("marks", () => editor.marks(page, 19, 29, 30), ["covered", "partial", "missed"]);
  await editor.openFile(page, "test_basket.py");
});

await cases.run("the tests' tree runs them, with live results and failures in place", async () => {
  fs.appendFileSync(testFile, "\n\ndef test_that_fails():\n    assert to_pay([TEA], 'NL') == 1\n");
  await editor.command(page, "Testing: Focus on Test Explorer View");
  await until(
    "tree",
    () => editor.rows(page, ".test-explorer .monaco-list-row"),
    (rows) => rows.length > 0,
  );
  await editor.command(page, "Test: Run All Tests");
  const failed = ".test-explorer .monaco-list-row .codicon-testing-failed-icon";
  await until(
    "failure in the tree",
    () => page.locator(failed).count(),
    (count) => count > 0,
  );
  await page.locator(".test-explorer").getByText("6/7").first().waitFor();
  const message = page.locator(".editor-instance").getByText("assert 940 == 1").first();
  await message.waitFor();
  await cases.picture("tests");
});

await cases.run("VS Code's own coverage view has the figures", async () => {
  await editor.command(page, "Test: Run All Tests with Coverage");
  await until(
    "coverage view",
    () => editor.rows(page, ".test-coverage-list-item"),
    (rows) => rows.some((row) => /basket\.py.*95\.\d+%/.test(row)),
  );
  await editor.openFile(page, "basket.py");
  await until(
    "native marks",
    () => page.locator(".editor-instance .coverage-deco-gutter").count(),
    (n) => n > 3,
  );
  await cases.picture("native-coverage");
});

await cases.run("VS Code's own coverage can be that of one test", async () => {
  const covered = () => page.locator(".editor-instance .coverage-deco-gutter.coverage-deco-hit").count();
  const ofAll = await covered();
  await editor.command(page, "Test: Filter Coverage by Test");
  const tests = page.locator(".quick-input-list .monaco-list-row");
  await tests.filter({ hasText: "test_shipping_is_added" }).first().click();
  await until("less is covered", covered, (count) => count > 0 && count < ofAll);
  await cases.picture("coverage-of-one-test");
  await editor.command(page, "Test: Filter Coverage by Test");
  await tests
    .filter({ hasText: /All tests/i })
    .first()
    .click();
  await until("as before", covered, ofAll);
});

await cases.run("continuous run: a save runs the tests of the file, and those that ran it", async () => {
  const failed = page.locator(".test-explorer .monaco-list-row .codicon-testing-failed-icon");
  await editor.command(page, "Test: Start Continuous Run");
  const profile = page.locator(".quick-input-list .monaco-list-row").filter({ hasText: /^Run\s*minicov/ });
  await profile.first().click();
  await page.locator(".quick-input-widget .monaco-button").getByText("OK", { exact: true }).first().click();
  await editor.openFile(page, "test_basket.py");
  await editor.goToLine(page, 35);
  await editor.inText(page, "End", "Backspace", "9", "4", "0", "Control+s");
  await until("all pass", () => failed.count(), 0);
  await editor.command(page, "Test: Stop Continuous Run");
});

await cases.run("the coverage view lists files with bars", async () => {
  await editor.command(page, "View: Show minicov");
  await until(
    "view",
    () => editor.rows(page, ".tree-explorer-viewlet-tree-view .monaco-list-row"),
    (rows) => rows.some((row) => /basket\.py.*█.*9\d%/.test(row)),
  );
  await cases.picture("coverage-view");
});

await cases.run("the coverage view says how it is sorted, and the list of orders begins there", async () => {
  const message = page.locator(".tree-explorer-viewlet-tree-view .message").first();
  for (const order of ["Risk", "Path"]) {
    await editor.command(page, "minicov: Sort the Files By…");
    await page.locator(".quick-input-list .monaco-list-row").filter({ hasText: order }).first().click();
    await until(
      "order",
      () => message.innerText(),
      (text) => /^\d\d% covered · by /.test(text) && text.includes(`by ${order.toLowerCase()}`),
    );
    await editor.command(page, "minicov: Sort the Files By…");
    const focused = page.locator(".quick-input-list .monaco-list-row.focused");
    await until("the order of now", () => focused.filter({ hasText: order }).locator(".codicon-check").count(), 1);
    await page.keyboard.press("Escape");
  }
});

await cases.run("where no browser can open the report, its path is told", async () => {
  await editor.command(page, "minicov: Open the Report");
  const told = page
    .locator(".notifications-toasts .notification-list-item-message")
    .filter({ hasText: "the report is" });
  await until(
    "the path",
    async () => (await told.allInnerTexts()).some((text) => text.endsWith("htmlcov/index.html")),
    true,
  );
  assert.ok(fs.existsSync(path.join(demo, "htmlcov/index.html")));
  await page.keyboard.press("Escape");
});

await cases.run("a server that is killed comes back, with its marks", async () => {
  await editor.openFile(page, "basket.py");
  const [before] = server();
  process.kill(before, "SIGKILL");
  await until("a new server", server, (pids) => pids.length === 1 && pids[0] !== before);
  await editor.goToLine(page, 22);
  await editor.inText(page, "End", "#");
  await until("marks", () => editor.marks(page, 30, 22), ["missed", "edited"]);
  await editor.inText(page, "Control+z");
  await until("marks", () => editor.marks(page, 30, 22), ["missed", "covered"]);
});

await cases.run("marks at the edge of the text leave the gutter to breakpoints", async () => {
  // The project's own settings: those of the user are read by the window that is left, just when it is left.
  fs.mkdirSync(path.join(demo, ".vscode"));
  fs.writeFileSync(path.join(demo, ".vscode/settings.json"), '{"minicov.marks.place": "edge"}');
  await bench.load(page);
  await editor.openFile(page, "basket.py");
  await until(
    "edges",
    () => editor.edges(page),
    (seen) => seen[21] === "2px solid" && seen[29] === "4px dashed" && seen[30] === "5px solid",
  );
  assert.deepEqual(await editor.gutter(page), {});
  await cases.picture("edge");
  const glyph = page.locator(".editor-instance .glyph-margin-widgets .codicon-debug-breakpoint");
  await editor.clickGutter(page, 21);
  await until("breakpoint", () => glyph.count(), 1);
  await glyph.click();
  await until("no breakpoint", () => glyph.count(), 0);
});

await cases.run("without diagnostics spans are underlined", async () => {
  fs.writeFileSync(path.join(demo, ".vscode/settings.json"), '{"minicov.diagnostics": false}');
  await until(
    "spans",
    () => editor.spans(page, editor.SPAN),
    ([all, dotted]) => all > 2 && dotted === all,
  );
  await until("no squiggles", () => page.locator(".editor-instance .cdr.squiggly-info").count(), 0);
});

await cases.run("without data the coverage view says how to get some", async () => {
  await editor.command(page, "View: Show minicov");
  const rows = () => editor.rows(page, ".tree-explorer-viewlet-tree-view .monaco-list-row");
  await until("files", rows, (found) => found.length > 0);
  bench.minicov(demo, "erase");
  const welcome = page.locator(".welcome-view-content").filter({ hasText: "Nothing is known" });
  await welcome.first().waitFor();
  assert.doesNotMatch(await welcome.first().innerText(), /`/); // VS Code knows no code there
  await until("no files", rows, []);
  await cases.picture("welcome");
});

await cases.run("a server that only crashes is said to, once", async () => {
  const crashing = path.join(bench.root, "crashing");
  fs.writeFileSync(crashing, "#!/bin/sh\necho the disk is on fire >&2\nexit 3\n", { mode: 0o755 });
  await editor.command(page, "Notifications: Clear All Notifications");
  bench.writeSettings({ "minicov.server.path": crashing });
  const shown = page.locator(".notifications-toasts .notification-list-item-message");
  await shown.filter({ hasText: /ended 5 times .* the disk is on fire/ }).waitFor();
  await cases.picture("crashing");
  await editor.command(page, "Notifications: Show Notifications");
  assert.equal(await page.locator(".notifications-center .notification-list-item-message").count(), 1);
});

const log = await bench.stop(cases.hasFailed);
if (log) {
  console.log(log);
}
cases.end();
