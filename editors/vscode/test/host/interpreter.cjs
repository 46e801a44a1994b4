// Beside the Python extension: its interpreter brings the server and runs the tests, but marks do not wait for it.
const assert = require("node:assert/strict");
const fs = require("node:fs");
const path = require("node:path");
const vscode = require("vscode");
const { file, mark, running, show, until } = require("./looking.cjs");

const CHOICE = process.env.MINICOV_TEST_INTERPRETER;
const interpreter = (name) => path.join(path.dirname(CHOICE), name, "bin/python");
const server = (session) => session.process?.program.command;

/** Chooses an interpreter, as a person does in that extension, and waits for the server beside it. */
async function choose(session, name) {
  fs.writeFileSync(CHOICE, interpreter(name));
  const wanted = path.join(path.dirname(interpreter(name)), "minicov-lsp");
  await until(
    "the server of that environment",
    () => [session.state, server(session)],
    ([state, program]) => state === "running" && program === wanted,
  );
}

/** Runs a test; what the environment's interpreter has been asked for since then. */
async function runWith(name) {
  const { runs } = await running();
  const used = `${interpreter(name)}.used`;
  fs.rmSync(used, { force: true });
  const { runId } = await vscode.commands.executeCommand("minicov.runTest", [
    "tests/test_basket.py::test_shipping_is_added",
  ]);
  const last = await until(
    "the run's end",
    () => runs.last,
    (state) => state?.runId === runId,
  );
  assert.equal(last.outcome, "passed");
  return fs.existsSync(used) ? fs.readFileSync(used, "utf8") : "";
}

/** A server that has just started may run something before it has taken the settings that it was told. */
const soonRunsWith = (name) =>
  until(
    `${name} runs the tests`,
    () => runWith(name),
    (asked) => asked.includes("pytest"),
  );

exports.cases = {
  async "marks come while that extension still starts"() {
    const { pictures, session } = await running();
    const uri = await file("basket.py");
    await show(uri);
    const picture = await until("a picture", () => pictures.of(uri), Boolean);
    assert.equal(mark(picture, 19), "missed");
    assert.equal(server(session), path.join(path.dirname(uri.fsPath), ".venv/bin/minicov-lsp"));
    assert.equal(vscode.extensions.getExtension("ms-python.python").isActive, false);
  },

  async "its interpreter brings the server, and runs the tests"() {
    const { session } = await running();
    await choose(session, "first");
    await soonRunsWith("first");
  },

  async "another choice counts from then on"() {
    const { session } = await running();
    await choose(session, "second");
    await soonRunsWith("second");
  },
};
