-- Moves the cursor from gap to gap.
local gutters = require("minicov.gutters")

local M = {}

---@alias minicov.Direction "next"|"previous"|"first"|"last"

---What counts as a gap.
---@type table<minicov.Mark, boolean>
M.gaps = { missed = true, partial = true }

---The first rows of the runs with one of these marks, ascending.
---@param picture minicov.Picture
---@param marks table<minicov.Mark, boolean>
---@return integer[]
local function starts(picture, marks)
  local rows = {}
  for _, run in ipairs(picture.runs) do
    if marks[run[3]] then
      rows[#rows + 1] = run[1]
    end
  end
  return rows
end

---The row to go to, or nil.
---@param rows integer[] ascending
---@param row integer where the cursor is
---@param direction minicov.Direction
---@param count integer
---@param wrap boolean
---@return integer?
function M.target(rows, row, direction, count, wrap)
  if #rows == 0 then
    return nil
  elseif direction == "first" or direction == "last" then
    return direction == "first" and rows[1] or rows[#rows]
  end
  local passed = 0 -- how many gaps begin at or before the cursor
  local here = 0 -- whether one begins just there
  for _, start in ipairs(rows) do
    passed = passed + (start <= row and 1 or 0)
    here = here + (start == row and 1 or 0)
  end
  local index = direction == "next" and passed + count or passed - here + 1 - count
  if wrap then
    index = (index - 1) % #rows + 1
  end
  return rows[index]
end

---@param direction minicov.Direction
---@param options? { count?: integer, marks?: minicov.Mark[], wrap?: boolean }
function M.jump(direction, options)
  options = options or {}
  local picture = gutters.picture(vim.api.nvim_get_current_buf())
  local marks = M.gaps
  if options.marks then
    marks = {}
    for _, mark in ipairs(options.marks) do
      marks[mark] = true
    end
  end
  local wrap = options.wrap
  if wrap == nil then
    wrap = vim.o.wrapscan
  end
  local row = vim.api.nvim_win_get_cursor(0)[1] - 1
  local rows = picture and starts(picture, marks) or {}
  local target = M.target(rows, row, direction, options.count or vim.v.count1, wrap)
  if not target then
    vim.notify(
      picture and "minicov: no gap there" or "minicov: nothing is known of this file",
      vim.log.levels.INFO
    )
    return
  end
  vim.cmd.normal({ "m'", bang = true })
  vim.api.nvim_win_set_cursor(0, { math.min(target + 1, vim.api.nvim_buf_line_count(0)), 0 })
  vim.cmd.normal({ "^zv", bang = true })
end

return M
