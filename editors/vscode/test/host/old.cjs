// The setting names a Python that is too old for the server.
const assert = require("node:assert/strict");
const { minicov, until } = require("./looking.cjs");

exports.cases = {
  async "it says that the Python is too old, and that tests may run on any"() {
    const { session } = await minicov();
    await until(
      "no server",
      () => session.state,
      (state) => state === "missing",
    );
    assert.match(session.problem, /python3\.10 is Python 3\.10; minicov's server needs 3\.11 or later/);
    assert.match(session.problem, /minicov\.python/);
  },
};
