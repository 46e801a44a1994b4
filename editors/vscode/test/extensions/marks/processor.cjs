// Loaded into each node before all else (NODE_OPTIONS): notes how much of the processor an extension host spends on
// loading minicov's code and in its activate(), ms in globalThis.minicovProcessor. Unlike the time by the clock, that is
// much the same on a busy machine.
const Module = require("node:module");

const MINICOV = /minicov\.minicov[^/\\]*[/\\]dist[/\\]extension/;

function measured(what, work) {
  const before = process.cpuUsage();
  const result = work();
  const { user, system } = process.cpuUsage(before); // µs
  globalThis.minicovProcessor = { ...globalThis.minicovProcessor, [what]: (user + system) / 1000 };
  return result;
}

const load = Module._load;
Module._load = function (name, ...rest) {
  if (!MINICOV.test(name)) {
    return load.call(this, name, ...rest);
  }
  const loaded = measured("load", () => load.call(this, name, ...rest));
  const { activate, deactivate } = loaded;
  return { activate: (context) => measured("activate", () => activate(context)), deactivate };
};
