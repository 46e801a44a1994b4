// The debug profile, with the debugger that the Python Debugger extension brings.
const assert = require("node:assert/strict");
const vscode = require("vscode");
const { file, running, show, until } = require("./looking.cjs");

/** What the runs of the Testing view are told from now on, as [outcome, label of the test, message]. */
function listen(controller) {
  const told = [];
  const create = controller.createTestRun;
  controller.createTestRun = (...args) => {
    const run = create(...args);
    const note = (outcome) => (item, message) => told.push([outcome, item.label, message?.message]);
    const end = run.end;
    return Object.assign(Object.create(run), {
      passed: note("passed"),
      failed: note("failed"),
      end: () => (told.push(["ended"]), end()),
    });
  };
  return told;
}

async function debugTestAt(uri, line) {
  const editor = await show(uri);
  editor.selection = new vscode.Selection(line - 1, 4, line - 1, 4);
  void vscode.commands.executeCommand("testing.debugAtCursor");
}

exports.cases = {
  async "a test stops at a breakpoint with its values at hand, and its outcome is told"() {
    const { tree } = await running();
    await until(
      "tests",
      () => tree.leaves().length,
      (count) => count === 5,
    );
    const told = listen(tree.controller);
    const basket = await file("basket.py");
    const at = new vscode.Location(basket, new vscode.Position(20, 0));
    vscode.debug.addBreakpoints([new vscode.SourceBreakpoint(at)]);
    await debugTestAt(await file("test_basket.py"), 22);
    const frame = await until(
      "a stop",
      () => vscode.debug.activeStackItem,
      (item) => item?.frameId !== undefined,
    );
    const { session, threadId, frameId } = frame;
    assert.equal(session.configuration.module, "pytest");
    const { stackFrames } = await session.customRequest("stackTrace", { threadId });
    assert.deepEqual([stackFrames[0].name, stackFrames[0].line], ["discount", 21]);
    const { result } = await session.customRequest("evaluate", { expression: "member", frameId, context: "repl" });
    assert.equal(result, "True");
    vscode.debug.removeBreakpoints(vscode.debug.breakpoints);
    await session.customRequest("continue", { threadId });
    await until(
      "the run's end",
      () => told.length,
      (length) => length === 2,
    );
    assert.deepEqual(told, [["passed", "test_members_pay_less", undefined], ["ended"]]);
  },
};
