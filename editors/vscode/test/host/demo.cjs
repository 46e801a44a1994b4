// The sample project with data: everything that needs no look at the screen.
const assert = require("node:assert/strict");
const fs = require("node:fs");
const path = require("node:path");
const { execFileSync } = require("node:child_process");
const vscode = require("vscode");
const { file, mark, running, show, until } = require("./looking.cjs");

const run = (command, ...args) => vscode.commands.executeCommand(command, ...args);
const labels = (collection) => [...collection].map(([, item]) => item.label);

/** The rows of the coverage view below a node. */
async function rows(view, node) {
  await view.refresh();
  return view.getChildren(node).map((child) => [child.name, view.getTreeItem(child).description]);
}

exports.cases = {
  async "a picture comes for an open document"() {
    const { pictures } = await running();
    const editor = await show(await file("basket.py"));
    const picture = await until("a picture", () => pictures.of(editor.document.uri), Boolean);
    assert.deepEqual(
      [17, 19, 22].map((line) => mark(picture, line)),
      ["covered", "missed", "covered"],
    );
    assert.deepEqual(picture.summary.statements, [25, 27]);
  },

  async "jumps go round the end of the file"() {
    const editor = vscode.window.activeTextEditor;
    const at = async (command) => {
      await run(command);
      return editor.selection.active.line + 1;
    };
    editor.selection = new vscode.Selection(0, 0, 0, 0);
    assert.equal(await at("minicov.nextMissed"), 19);
    assert.equal(await at("minicov.nextMissed"), 30);
    assert.equal(await at("minicov.nextMissed"), 19);
    assert.equal(await at("minicov.previousMissed"), 30);
    assert.equal(await at("minicov.previousPartial"), 29);
  },

  async "diagnostics say what never happened"() {
    const uri = await file("basket.py");
    const found = await until(
      "diagnostics",
      () => vscode.languages.getDiagnostics(uri),
      (each) => each.some(({ code }) => code === "uncovered-branch"),
    );
    assert.ok(found.every(({ source }) => source === "minicov"));
    assert.ok(found.some(({ message }) => message === "the condition on line 18 was never true"));
  },

  async "the hover names the tests and links to them"() {
    const uri = await file("basket.py");
    const hovers = await run("vscode.executeHoverProvider", uri, new vscode.Position(20, 8));
    const text = hovers.flatMap(({ contents }) => contents.map((each) => each.value)).join("\n");
    assert.match(text, /test_members_pay_less/);
    assert.match(text, /command:minicov\.peekCoveringTests\?/);
    assert.match(text, /command:minicov\.runCoveringTests\?/);
  },

  async "the tests are found, as a tree, without running anything"() {
    const { tree } = await running();
    await until(
      "tests",
      () => tree.leaves().length,
      (count) => count === 5,
    );
    const [[, testFile]] = [...tree.controller.items];
    assert.deepEqual([testFile.label, testFile.description], ["test_basket.py", "tests"]);
    const folder = vscode.workspace.workspaceFolders[0].uri.toString();
    const item = tree.find("tests/test_basket.py::test_members_pay_less", folder);
    assert.equal(item.range.start.line, 20);
  },

  async "a test that is written is found before it is saved, and goes when it is taken back"() {
    const { tree } = await running();
    const editor = await show(await file("test_basket.py"));
    const end = new vscode.Position(editor.document.lineCount, 0);
    await editor.edit((edit) => edit.insert(end, "\n\ndef test_new():\n    pass\n"));
    await until(
      "a test more",
      () => tree.leaves().map(({ label }) => label),
      (names) => names.includes("test_new"),
    );
    await run("undo");
    await until(
      "five tests",
      () => tree.leaves().length,
      (count) => count === 5,
    );
    await run("workbench.action.files.revert");
  },

  async "a test that is written into a file that is not open is found, too"() {
    const { tree } = await running();
    const { fsPath } = vscode.Uri.joinPath(await file("test_basket.py"), "../test_elsewhere.py");
    const names = () => tree.leaves().map(({ label }) => label);
    fs.writeFileSync(fsPath, "def test_first():\n    pass\n");
    await until("the new file", names, (found) => found.includes("test_first"));
    fs.appendFileSync(fsPath, "\n\ndef test_second():\n    pass\n");
    await until("the new test", names, (found) => found.includes("test_second"));
    fs.unlinkSync(fsPath);
    await until("five tests", names, ({ length }) => length === 5);
  },

  async "a run tells its tests one by one, and the picture follows"() {
    const { runs, pictures } = await running();
    const uri = await file("basket.py");
    const seen = [];
    const listening = runs.onDidChange(() => runs.current && seen.push(runs.current.done));
    const { runId } = await run("minicov.runTest", ["tests/test_basket.py"]);
    assert.ok(runId);
    const last = await until(
      "the run's end",
      () => runs.last,
      (state) => state?.runId === runId,
    );
    listening.dispose();
    assert.equal(last.outcome, "passed");
    assert.deepEqual([...new Set(seen)].slice(0, 6), [0, 1, 2, 3, 4, 5]);
    await show(uri);
    await until(
      "its picture",
      () => mark(pictures.of(uri), 19),
      (found) => found === "missed",
    );
  },

  async "parameters get items of their own"() {
    const { tree, runs } = await running();
    const uri = vscode.Uri.file(path.join(path.dirname((await file("test_basket.py")).fsPath), "test_many.py"));
    const text = 'import pytest\n\n\n@pytest.mark.parametrize("n", [1, 2])\ndef test_n(n):\n    assert n == 1\n';
    fs.writeFileSync(uri.fsPath, text);
    await until(
      "the new file",
      () => tree.leaves().map(({ label }) => label),
      (names) => names.includes("test_n"),
    );
    const { runId } = await run("minicov.runTest", ["tests/test_many.py::test_n"]);
    const last = await until(
      "the run's end",
      () => runs.last,
      (state) => state?.runId === runId,
    );
    assert.deepEqual([last.outcome, last.done, last.failed], ["failed", 2, 1]);
    const folder = vscode.workspace.workspaceFolders[0].uri.toString();
    const item = tree.find("tests/test_many.py::test_n", folder);
    assert.deepEqual(labels(item.children), ["[1]", "[2]"]);
    const failed = await until(
      "the failure's diagnostic",
      () => vscode.languages.getDiagnostics(uri).filter(({ code }) => code === "test-failed"),
      (found) => found.length === 1,
    );
    assert.equal(failed[0].range.start.line, 5);
    fs.unlinkSync(uri.fsPath);
    await until(
      "it is gone",
      () => tree.leaves().map(({ label }) => label),
      (names) => !names.includes("test_n"),
    );
  },

  async "a run is cancelled"() {
    const { runs } = await running();
    const uri = vscode.Uri.file(path.join(path.dirname((await file("test_basket.py")).fsPath), "test_slow.py"));
    fs.writeFileSync(uri.fsPath, "import time\n\n\ndef test_slow():\n    time.sleep(300)\n");
    const { runId } = await run("minicov.runTest", ["tests/test_slow.py"]);
    await until(
      "it runs",
      () => runs.current?.runId,
      (id) => id === runId,
    );
    await run("minicov.cancel");
    const last = await until(
      "the run's end",
      () => runs.last,
      (state) => state?.runId === runId,
    );
    assert.equal(last.outcome, "cancelled");
    fs.unlinkSync(uri.fsPath);
  },

  async "details have statements, branches by name, conditions and functions, of all tests and of one"() {
    const { details, tree } = await running();
    const uri = await file("basket.py");
    const coverage = new vscode.FileCoverage(uri, new vscode.TestCoverageCount(25, 27));
    const all = await details(coverage);
    const statements = all.filter((each) => each instanceof vscode.StatementCoverage);
    const functions = all.filter((each) => each instanceof vscode.DeclarationCoverage);
    const at = (line) => statements.find(({ location }) => location.start.line === line - 1);
    assert.deepEqual([at(19).executed, at(21).executed], [false, true]);
    const branches = Object.fromEntries(at(18).branches.map(({ label, executed }) => [label, executed]));
    assert.equal(branches["line 19"], false);
    assert.equal(branches["line 20"], true);
    assert.equal(branches["condition `member` true"], false);
    assert.deepEqual(
      functions.map(({ name }) => name),
      ["subtotal", "discount", "shipping", "to_pay"],
    );
    const folder = vscode.workspace.workspaceFolders[0].uri.toString();
    const test = tree.find("tests/test_basket.py::test_shipping_is_added", folder);
    const own = await details(coverage, test);
    const ofOne = own.find((each) => each.location.start?.line === 20);
    assert.equal(ofOne.executed, false);
  },

  async "the coverage view has bars, orders and a filter"() {
    const { view } = await running();
    await view.sortBy("path");
    const found = await until(
      "rows",
      () => rows(view),
      (each) => each.length === 1,
    );
    assert.match(found[0].join(" "), /^basket\.py █{8,9}[▏▎▍▌▋▊▉]?░+ \d\d%$/);
    await view.sortBy("risk");
    assert.match((await rows(view))[0].join(" "), /^basket\.py .* risk \d/);
    await view.sortBy("gain");
    assert.match((await rows(view))[0].join(" "), /^basket\.py .* \+1$/);
    await view.sortBy("path");
    const folder = vscode.workspace.workspaceFolders[0].uri.fsPath;
    const git = (...args) =>
      execFileSync("git", ["-c", "user.name=a", "-c", "user.email=a@b", ...args], { cwd: folder });
    git("init", "-q");
    git("add", "-A");
    git("commit", "-qm", "all");
    await view.showChangedSince("HEAD");
    assert.deepEqual(await rows(view), []);
    fs.appendFileSync(path.join(folder, "basket.py"), "# changed\n");
    await view.refresh(); // what is shown is what has changed by now
    assert.deepEqual(
      (await rows(view)).map(([name]) => name),
      ["basket.py"],
    );
    await assert.rejects(view.showChangedSince("nowhere"), /can't compare demo with nowhere: there is no such commit/);
    await view.showAll();
  },

  async "a file of 20,000 lines gets its picture"() {
    const { pictures } = await running();
    const folder = vscode.workspace.workspaceFolders[0].uri;
    const uri = vscode.Uri.joinPath(folder, "huge.py");
    fs.writeFileSync(uri.fsPath, "def f(x):\n" + "    x += 1\n".repeat(20_000) + "    return x\n");
    const test = path.join(folder.fsPath, "tests/test_huge.py");
    fs.writeFileSync(test, "import huge\n\n\ndef test_huge():\n    assert huge.f(0) == 20000\n");
    const { runs } = await running();
    const { runId } = await run("minicov.runTest", ["tests/test_huge.py"]);
    await until(
      "the run's end",
      () => runs.last,
      (state) => state?.runId === runId,
    );
    await show(uri);
    const picture = await until("its picture", () => pictures.of(uri), Boolean);
    assert.deepEqual(picture.summary.statements, [20_002, 20_002]);
    fs.unlinkSync(uri.fsPath);
    fs.unlinkSync(test);
  },

  async "restarts come one after the other, and the pictures come back"() {
    const { session, pictures } = await running();
    const before = session.pid;
    await Promise.all([run("minicov.restartServer"), run("minicov.restartServer"), run("minicov.restartServer")]);
    await until(
      "a server",
      () => session.state,
      (state) => state === "running",
    );
    assert.notEqual(session.pid, before);
    const editor = await show(await file("basket.py"));
    await editor.edit((edit) => edit.insert(new vscode.Position(0, 0), "# new\n"));
    await until(
      "an edited line",
      () => mark(pictures.of(editor.document.uri), 1),
      (found) => found === "edited",
    );
    await run("undo");
  },
};
