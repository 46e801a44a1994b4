-- Keeps the server's code lenses on screen as fresh as the signs.
local M = {}

---Buffers whose lenses were switched on; once each, so that the user can switch them off.
---@type table<integer, true>
local switched_on = {}

---@param bufnr integer
function M.refresh(bufnr)
  if not vim.lsp.codelens.enable then
    vim.lsp.codelens.refresh({ bufnr = bufnr })
  elseif not switched_on[bufnr] then
    -- From 0.12 on Neovim itself asks again when the text or the server says so.
    switched_on[bufnr] = true
    vim.lsp.codelens.enable(true, { bufnr = bufnr })
  end
end

return M
