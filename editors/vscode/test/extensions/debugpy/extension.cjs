// Stands in for Microsoft's Python Debugger extension, which only its marketplace has. The debugger is the real one: the
// adapter of debugpy, as that extension starts it.
const vscode = require("vscode");

exports.activate = function activate(context) {
  const createDebugAdapterDescriptor = () =>
    new vscode.DebugAdapterExecutable(process.env.DEBUGPY, ["-m", "debugpy.adapter"]);
  context.subscriptions.push(
    vscode.debug.registerDebugAdapterDescriptorFactory("debugpy", { createDebugAdapterDescriptor }),
  );
};
