-- One short text for the status line.
local config = require("minicov.config")
local gutters = require("minicov.gutters")
local runs = require("minicov.runs")
local summary = require("minicov.summary")

local M = {}

---@type table<string, fun(picture: minicov.Picture?): string?>
local parts = {
  state = function(picture)
    return picture and picture.state
  end,
  run = function()
    local run = runs.latest()
    if run and not run.outcome then
      return run.progress and "running " .. run.progress or "running"
    end
  end,
  statements = function(picture)
    return picture and picture.summary and ("%d%%%%"):format(summary.percent(picture.summary.statements))
  end,
  complexity = function(picture)
    local complexity = picture and picture.summary and picture.summary.complexity
    return type(complexity) == "number" and ("X%d"):format(complexity) or nil
  end,
}
for name, letter in pairs({ branches = "B", conditions = "C" }) do
  parts[name] = function(picture)
    local ratio = picture and picture.summary and picture.summary[name]
    return type(ratio) == "table" and ratio[2] > 0 and ("%s%d/%d"):format(letter, ratio[1], ratio[2]) or nil
  end
end

---The text for a buffer, with `%` doubled as 'statusline' wants it; empty when nothing is known.
---@param bufnr integer
---@return string
function M.text(bufnr)
  local picture = gutters.picture(bufnr)
  local texts = {}
  for _, name in ipairs(config.values.statusline) do
    texts[#texts + 1] = parts[name](picture) or nil
  end
  return table.concat(texts, " ")
end

return M
