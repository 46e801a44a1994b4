-- Draws a picture's marks in the sign column.
local config = require("minicov.config")
local highlights = require("minicov.highlights")

local M = {}

M.namespace = vim.api.nvim_create_namespace("minicov_signs")

---@param bufnr integer
function M.clear(bufnr)
  vim.api.nvim_buf_clear_namespace(bufnr, M.namespace, 0, -1)
end

---@param mark minicov.Mark
---@return vim.api.keyset.set_extmark?
local function appearance(mark)
  local options = config.values.signs
  local sign = options[mark]
  if type(sign) ~= "table" or (sign.text == "" and not options.number_highlight) then
    return nil
  end
  return {
    sign_text = sign.text ~= "" and sign.text or nil,
    sign_hl_group = highlights.of_sign(mark),
    number_hl_group = options.number_highlight and highlights.of_number(mark) or nil,
    priority = sign.priority,
    -- A deleted line takes its sign along, and undo brings it back: until the server has seen the change, the
    -- signs are still right.
    invalidate = true,
    undo_restore = true,
  }
end

---Draws these marks and no others.
---@param bufnr integer
---@param runs minicov.MarkedRows[]
function M.draw(bufnr, runs)
  M.clear(bufnr)
  if not config.values.signs.enabled then
    return
  end
  local last_row = vim.api.nvim_buf_line_count(bufnr) - 1
  local looks = {} ---@type table<minicov.Mark, vim.api.keyset.set_extmark|false>
  for _, run in ipairs(runs) do
    local mark = run[3]
    if looks[mark] == nil then
      looks[mark] = appearance(mark) or false
    end
    local look = looks[mark]
    -- One extmark a row, not one over many: a line typed in between has not run and must not look so.
    for row = run[1], look and math.min(run[2], last_row) or -1 do
      vim.api.nvim_buf_set_extmark(bufnr, M.namespace, row, 0, look)
    end
  end
end

return M
