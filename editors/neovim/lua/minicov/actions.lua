-- What `:Minicov run` and its like ask of the server.
local config = require("minicov.config")
local runs = require("minicov.runs")
local server = require("minicov.server")

local M = {}

---Offers the server's code actions of these kinds at the cursor; takes it at once when there is just one.
---@param kinds string[]
local function code_action(kinds)
  vim.lsp.buf.code_action({ context = { only = kinds, diagnostics = {} }, apply = #kinds == 1 })
end

---@param client vim.lsp.Client
local function write_buffers(client)
  for bufnr in pairs(client.attached_buffers) do
    if vim.bo[bufnr].modified and vim.bo[bufnr].buftype == "" then
      vim.api.nvim_buf_call(bufnr, function()
        vim.cmd.update()
      end)
    end
  end
end

---What can be run, by name.
---@type table<string, fun(target: minicov.Target)>
M.kinds_of_run = {
  covering = function(target)
    if target.range then
      local range = server.range(target.range[1], target.range[2])
      server.execute(target.bufnr, "minicov.runCoveringTests", { vim.uri_from_bufnr(target.bufnr), range })
    else
      code_action({ "source.minicov.runCovering" })
    end
  end,
  test = function()
    code_action({ "source.minicov.runTest" })
  end,
  file = function(target)
    server.execute(target.bufnr, "minicov.runFile", { vim.uri_from_bufnr(target.bufnr) })
  end,
  all = function(target)
    server.execute(target.bufnr, "minicov.runAll")
  end,
  impacted = function(target)
    server.execute(target.bufnr, "minicov.runImpacted")
  end,
  last = function(target)
    server.execute(target.bufnr, "minicov.rerunLast")
  end,
  failed = function(target)
    server.execute(target.bufnr, "minicov.rerunFailed")
  end,
}

---@param what string a key of `kinds_of_run`
---@param target minicov.Target
function M.run(what, target)
  local client = server.need(target.bufnr)
  if client then
    if config.values.write_before_run then
      write_buffers(client)
    end
    M.kinds_of_run[what](target)
  end
end

---Stops the run that goes on.
---@param target minicov.Target
function M.cancel(target)
  local run = runs.latest()
  if run and not run.outcome then
    server.execute(target.bufnr, "minicov.cancel", { run.id })
  else
    vim.notify("minicov: nothing is running", vim.log.levels.INFO)
  end
end

---Every action that the server has for the cursor's place.
function M.menu()
  code_action({ "source.minicov", "quickfix" })
end

return M
