-- Draws what is not covered within a line: underlined, and in words at the line's end.
local config = require("minicov.config")

local M = {}

M.namespace = vim.api.nvim_create_namespace("minicov_spans")

---@param bufnr integer
function M.clear(bufnr)
  vim.api.nvim_buf_clear_namespace(bufnr, M.namespace, 0, -1)
end

---@param position lsp.Position
---@param encoding "utf-8"|"utf-16"|"utf-32"
---@return integer row, integer column in bytes
function M.place(bufnr, position, encoding)
  local row = math.min(position.line, vim.api.nvim_buf_line_count(bufnr) - 1)
  local text = vim.api.nvim_buf_get_lines(bufnr, row, row + 1, false)[1] or ""
  return row, vim.str_byteindex(text, encoding, position.character, false)
end

---@param spans minicov.Span[]
local function underline(bufnr, spans, encoding)
  for _, span in ipairs(spans) do
    local row, column = M.place(bufnr, span.range.start, encoding)
    local end_row, end_column = M.place(bufnr, span.range["end"], encoding)
    vim.api.nvim_buf_set_extmark(bufnr, M.namespace, row, column, {
      end_row = end_row,
      end_col = end_column,
      hl_group = "MinicovSpan",
      strict = false,
      invalidate = true,
      undo_restore = true,
    })
  end
end

---@param spans minicov.Span[]
local function explain(bufnr, spans)
  local last_row = vim.api.nvim_buf_line_count(bufnr) - 1
  local messages = {} ---@type table<integer, string[]>
  for _, span in ipairs(spans) do
    local row = math.min(span.range.start.line, last_row)
    messages[row] = messages[row] or {}
    table.insert(messages[row], span.message)
  end
  for row, parts in pairs(messages) do
    vim.api.nvim_buf_set_extmark(bufnr, M.namespace, row, 0, {
      virt_text = { { "  " .. table.concat(parts, "; "), "MinicovSpanText" } },
      invalidate = true,
      undo_restore = true,
    })
  end
end

---Draws these spans and no others.
---@param bufnr integer
---@param spans minicov.Span[]
---@param encoding "utf-8"|"utf-16"|"utf-32"
function M.draw(bufnr, spans, encoding)
  M.clear(bufnr)
  if config.values.spans.highlight then
    underline(bufnr, spans, encoding)
  end
  if config.values.spans.virtual_text then
    explain(bufnr, spans)
  end
end

return M
