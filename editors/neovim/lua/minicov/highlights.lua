-- The highlight groups, each linked to a standard one so that any colour scheme fits.
local M = {}

---Name, the group it is linked to, and what it is for.
---@type [string, string, string][]
M.groups = {
  { "MinicovCovered", "DiagnosticSignOk", "sign of a covered line" },
  { "MinicovPartial", "DiagnosticSignWarn", "sign of a partly covered line" },
  { "MinicovMissed", "DiagnosticSignError", "sign of a line that never ran" },
  { "MinicovExcluded", "NonText", "sign of an excluded line" },
  { "MinicovEdited", "Comment", "sign of a line that changed since it ran" },
  { "MinicovCoveredNr", "MinicovCovered", "number of a covered line" },
  { "MinicovPartialNr", "MinicovPartial", "number of a partly covered line" },
  { "MinicovMissedNr", "MinicovMissed", "number of a line that never ran" },
  { "MinicovExcludedNr", "MinicovExcluded", "number of an excluded line" },
  { "MinicovEditedNr", "MinicovEdited", "number of a line that changed since it ran" },
  { "MinicovSpan", "DiagnosticUnderlineWarn", "piece of a line that is not covered" },
  { "MinicovSpanText", "DiagnosticVirtualTextWarn", "what is said of it at the end of the line" },
  { "MinicovTitle", "Title", "headings of the summary" },
  { "MinicovBar", "NonText", "the empty part of the summary's bars" },
}

---Defines what the user or the colour scheme has not.
function M.define()
  for _, group in ipairs(M.groups) do
    vim.api.nvim_set_hl(0, group[1], { link = group[2], default = true })
  end
end

M.define()

---@param mark minicov.Mark
---@return string
function M.of_sign(mark)
  return "Minicov" .. mark:sub(1, 1):upper() .. mark:sub(2)
end

---@param mark minicov.Mark
---@return string
function M.of_number(mark)
  return M.of_sign(mark) .. "Nr"
end

return M
