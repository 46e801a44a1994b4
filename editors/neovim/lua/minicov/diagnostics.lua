-- The server's diagnostics beside its signs: how they look, and when they are asked for.
local config = require("minicov.config")
local server = require("minicov.server")

local M = {}

local severity = vim.diagnostic.severity

---What the user configured for all diagnostics, for the severe ones only.
---@param configured boolean|table|function|nil
---@param least vim.diagnostic.Severity
local function only_severe(configured, least)
  if not configured or type(configured) == "function" then
    return configured
  end
  return vim.tbl_extend("force", configured == true and {} or configured, { severity = { min = least } })
end

---Keeps a client's diagnostics from hiding the signs: theirs have a higher priority.
---@param client vim.lsp.Client
function M.quieten(client)
  if not config.values.quiet_diagnostics then
    return
  end
  local all = vim.diagnostic.config() or {}
  local quiet = {
    signs = only_severe(all.signs, severity.ERROR),
    underline = only_severe(all.underline, severity.INFO),
  }
  local provider = client.server_capabilities.diagnosticProvider
  vim.diagnostic.config(quiet, vim.lsp.diagnostic.get_namespace(client.id, false))
  -- The third argument is 0.12's.
  local pulled = vim.lsp.diagnostic.get_namespace(client.id, true, provider and provider.identifier)
  vim.diagnostic.config(quiet, pulled)
end

---Asks for the diagnostics of every buffer anew, as the server wishes.
---@param client_id integer
---@return vim.NIL
function M.pull(client_id)
  local client = vim.lsp.get_client_by_id(client_id)
  for bufnr in pairs(client and client.attached_buffers or {}) do
    client:request("textDocument/diagnostic", { textDocument = server.document(bufnr) }, nil, bufnr)
  end
  return vim.NIL
end

return M
