-- The options: one table that checks them, holds their defaults and writes the help file.
local M = {}

---@type minicov.Option[]
M.schema = {
  {
    name = "cmd",
    type = "string[]",
    default = { "minicov-lsp" },
    doc = "How to start the language server.",
  },
  {
    name = "enable",
    type = "boolean",
    default = true,
    doc = "Start the server for Python buffers (|vim.lsp.enable()|). Turn it off to do that yourself.",
  },
  {
    name = "settings",
    type = "table",
    default = {},
    doc = "The server's own settings, section `minicov`: `python` (interpreter that runs the tests), "
      .. "`testArgs`, `conditions`, `diagnostics`, `inlayHints`, `codeLens`, `dataFile`, `pathMappings`, "
      .. "`watch`, `debounce`. What is not given here, the project's own configuration or the server decides.",
  },
  { name = "signs.enabled", type = "boolean", default = true, doc = "Draw marks in the sign column." },
  {
    name = "signs.number_highlight",
    type = "boolean",
    default = false,
    doc = "Colour the line numbers too (groups |hl-MinicovCoveredNr| and so on).",
  },
  { name = "signs.covered.text", type = "string", default = "▎", doc = "Sign of a line that ran." },
  {
    name = "signs.covered.priority",
    type = "integer",
    default = 5,
    doc = "Below version control signs, which usually have 6.",
  },
  {
    name = "signs.partial.text",
    type = "string",
    default = "▞",
    doc = "Sign of a line that ran, but with a branch, region or condition that is not covered.",
  },
  {
    name = "signs.partial.priority",
    type = "integer",
    default = 8,
    doc = "Above version control signs, below diagnostics, which have 10.",
  },
  { name = "signs.missed.text", type = "string", default = "█", doc = "Sign of a line that never ran." },
  { name = "signs.missed.priority", type = "integer", default = 9, doc = "Above a partly covered line." },
  {
    name = "signs.excluded.text",
    type = "string",
    default = "╌",
    doc = "Sign of a line that is not to be measured.",
  },
  { name = "signs.excluded.priority", type = "integer", default = 4, doc = "Below everything else." },
  {
    name = "signs.edited.text",
    type = "string",
    default = "┆",
    doc = "Sign of a line that changed since it ran: nothing is known of it.",
  },
  { name = "signs.edited.priority", type = "integer", default = 5, doc = "As for a covered line." },
  {
    name = "spans.highlight",
    type = "boolean",
    default = false,
    doc = "Underline the pieces of a line that are not covered. The server's diagnostics stand on the same "
      .. "pieces: this is for those who turn them off.",
  },
  {
    name = "spans.virtual_text",
    type = "boolean",
    default = false,
    doc = "Say at the end of the line what is not covered on it.",
  },
  {
    name = "quiet_diagnostics",
    type = "boolean",
    default = true,
    doc = "Keep minicov's diagnostics from repeating, and hiding, what the signs say: no sign but for failing tests, "
      .. "no underline below lines that never ran. Off: they look as |vim.diagnostic.config()| has it.",
  },
  {
    name = "code_lens",
    type = "boolean",
    default = false,
    doc = "Show the server's code lenses above functions and tests, and keep them up to date.",
  },
  {
    name = "notify",
    type = "enum",
    values = { "all", "failures", "none" },
    default = "failures",
    doc = "Which runs end with a message (|vim.notify()|).",
  },
  {
    name = "write_before_run",
    type = "boolean",
    default = false,
    doc = "Write changed Python buffers before `:Minicov run` starts tests, which read files, not buffers.",
  },
  {
    name = "statusline",
    type = "parts",
    values = { "state", "run", "statements", "branches", "conditions", "complexity" },
    default = { "run", "statements", "branches", "conditions" },
    doc = "What |minicov.statusline()| shows, in this order.",
  },
}

local function is_list_of_strings(value)
  return vim.islist(value) and vim.iter(value):all(function(item)
    return type(item) == "string"
  end)
end

---What is wrong with a value, or nil.
---@param option minicov.Option
---@return string?
local function complaint(option, value)
  local kind = option.type
  if kind == "enum" then
    return not vim.list_contains(option.values, value)
        and ("must be one of " .. table.concat(option.values, ", "))
      or nil
  elseif kind == "parts" then
    local known = type(value) == "table"
      and is_list_of_strings(value)
      and vim.iter(value):all(function(part)
        return vim.list_contains(option.values, part)
      end)
    return not known and ("must be a list of " .. table.concat(option.values, ", ")) or nil
  elseif kind == "string[]" then
    return not (type(value) == "table" and is_list_of_strings(value)) and "must be a list of strings" or nil
  elseif kind == "integer" then
    return not (type(value) == "number" and value % 1 == 0) and "must be a whole number" or nil
  elseif type(value) ~= kind then
    return ("must be a %s, is a %s"):format(kind, type(value))
  elseif vim.endswith(option.name, ".text") and vim.fn.strdisplaywidth(value) > 2 then
    return "must be at most two cells wide"
  end
end

---@type table<string, minicov.Option>
local by_name = {}
for _, option in ipairs(M.schema) do
  by_name[option.name] = option
end

local function assign(into, name, value)
  local path = vim.split(name, ".", { plain = true })
  for index = 1, #path - 1 do
    into[path[index]] = into[path[index]] or {}
    into = into[path[index]]
  end
  into[path[#path]] = value
end

---Whether some option's name begins with this path.
local function is_group(path)
  return vim.iter(M.schema):any(function(option)
    return vim.startswith(option.name, path .. ".")
  end)
end

---The configuration that the given options make, and what is wrong with them. A wrong one is left out.
---@param options table?
---@return minicov.Config config, string[] problems
function M.resolve(options)
  local config, problems = {}, {}
  for _, option in ipairs(M.schema) do
    assign(config, option.name, vim.deepcopy(option.default))
  end
  local function take(values, prefix)
    for key, value in vim.spairs(values) do
      local name = prefix .. tostring(key)
      local option = by_name[name]
      if option then
        local wrong = complaint(option, value)
        if wrong then
          problems[#problems + 1] = ("option %s %s"):format(name, wrong)
        else
          assign(config, name, value)
        end
      elseif type(value) == "table" and is_group(name) then
        take(value, name .. ".")
      else
        problems[#problems + 1] = ("there is no option %s (see :help minicov-options)"):format(name)
      end
    end
  end
  take(options or {}, "")
  return config, problems
end

---The configuration in force.
---@type minicov.Config
M.values = (M.resolve())

---What was wrong with the options that setup() was given; for |:checkhealth|.
---@type string[]
M.problems = {}

---Takes the user's options into force and says what is wrong with them.
---@param options table?
function M.apply(options)
  M.values, M.problems = M.resolve(options)
  if #M.problems > 0 then
    vim.notify("minicov: " .. table.concat(M.problems, "; "), vim.log.levels.WARN)
  end
end

return M
