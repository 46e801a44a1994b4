-- The tests that ran some lines: pick one and go there.
local server = require("minicov.server")

local M = {}

---@param test minicov.CoveringTest
---@return string
function M.format(test)
  local parts = { test.label or test.id }
  if type(test.outcome) == "string" and test.outcome ~= "passed" then
    parts[#parts + 1] = test.outcome
  end
  if type(test.duration) == "number" then
    parts[#parts + 1] = ("%.2f s"):format(test.duration)
  end
  return table.concat(parts, "  ")
end

---@param test minicov.CoveringTest
---@param client vim.lsp.Client
local function visit(test, client)
  if type(test.location) ~= "table" then
    vim.notify(
      ("minicov: %s was not found in the tests as they are now"):format(test.id),
      vim.log.levels.WARN
    )
  else
    vim.lsp.util.show_document(test.location, client.offset_encoding, { focus = true })
  end
end

---Lets the user pick one of the tests that ran these rows, and jumps to it.
---@param bufnr integer
---@param first integer row from 0
---@param last integer inclusive
function M.pick(bufnr, first, last)
  local params = { textDocument = server.document(bufnr), range = server.range(first, last) }
  server.request(bufnr, "minicov/coveringTests", params, function(tests, client)
    if #tests == 0 then
      vim.notify("minicov: no test runs this", vim.log.levels.INFO)
      return
    end
    vim.ui.select(
      tests,
      { prompt = "Tests that run this", kind = "minicov.test", format_item = M.format },
      function(test)
        if test then
          visit(test, client)
        end
      end
    )
  end)
end

return M
