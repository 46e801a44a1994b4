-- Finding the language server's client, and asking it.
local M = {}

M.name = "minicov"

---The client of a buffer, else any that runs: commands for the whole workspace work from every buffer.
---@param bufnr integer
---@return vim.lsp.Client?
function M.client(bufnr)
  return vim.lsp.get_clients({ name = M.name, bufnr = bufnr })[1] or vim.lsp.get_clients({ name = M.name })[1]
end

---The buffer that a client opened under this URI; never makes a new one.
---@param client vim.lsp.Client
---@param uri lsp.DocumentUri
---@return integer?
function M.buffer(client, uri)
  for bufnr in pairs(client.attached_buffers) do
    if vim.uri_from_bufnr(bufnr) == uri then
      return bufnr
    end
  end
end

---The client, or a message that there is none.
---@param bufnr integer
---@return vim.lsp.Client?
function M.need(bufnr)
  local client = M.client(bufnr)
  if not client then
    vim.notify("minicov: no server runs (see :checkhealth minicov)", vim.log.levels.WARN)
  end
  return client
end

---Sends a request; an error becomes a message, an answer goes to `on_answer`.
---@param bufnr integer
---@param method string
---@param params table
---@param on_answer fun(answer: any, client: vim.lsp.Client)
function M.request(bufnr, method, params, on_answer)
  local client = M.need(bufnr)
  if client then
    client:request(method, params, function(err, answer)
      if err then
        vim.notify(("minicov: %s: %s"):format(method, err.message), vim.log.levels.ERROR)
      else
        on_answer(answer, client)
      end
    end, bufnr)
  end
end

---Has the server run one of its commands.
---@param bufnr integer
---@param command string
---@param arguments any[]?
function M.execute(bufnr, command, arguments)
  M.request(bufnr, "workspace/executeCommand", { command = command, arguments = arguments }, function() end)
end

---Whole rows as a range of the protocol.
---@param first integer row from 0
---@param last integer row from 0, inclusive
---@return lsp.Range
function M.range(first, last)
  return { start = { line = first, character = 0 }, ["end"] = { line = last + 1, character = 0 } }
end

---@param bufnr integer
---@return lsp.TextDocumentIdentifier
function M.document(bufnr)
  return { uri = vim.uri_from_bufnr(bufnr) }
end

return M
