---@brief
--- The language server of minicov: coverage in the gutter, and actions that run the tests that matter.
--- `vim.lsp.enable("minicov")` is enough; `require("minicov").setup()` does it with options.

local config = require("minicov.config").values

local handlers = {
  ["minicov/gutters"] = function(_, picture, context)
    require("minicov.gutters").receive(picture, context.client_id)
  end,
  ["minicov/testRun"] = function(_, event, context)
    require("minicov.runs").receive(event, context.client_id)
  end,
}
if not vim.lsp.handlers["workspace/diagnostic/refresh"] then
  -- Neovim 0.11 pulls diagnostics after edits only; a run of tests changes them too.
  handlers["workspace/diagnostic/refresh"] = function(_, _, context)
    return require("minicov.diagnostics").pull(context.client_id)
  end
end

---@type vim.lsp.Config
return {
  cmd = config.cmd,
  filetypes = { "python" },
  root_markers = {
    { "pyproject.toml", "setup.py", "setup.cfg", "tox.ini", "pytest.ini", ".coveragerc", ".coverage.db" },
    ".git",
  },
  init_options = {
    minicov = vim.tbl_extend("keep", { gutters = true, testRuns = true }, config.settings),
  },
  settings = { minicov = config.settings },
  capabilities = { workspace = { diagnostics = { refreshSupport = true } } },
  handlers = handlers,
}
