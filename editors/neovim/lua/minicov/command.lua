-- The command `:Minicov`: its words, what they do, and their completion.
local M = {}

---@param target minicov.Target
local function rows(target)
  local row = vim.api.nvim_win_get_cursor(0)[1] - 1
  return target.range or { row, row }
end

---@type minicov.Subcommand[]
M.subcommands = {
  {
    name = "run",
    arguments = { "covering", "test", "file", "all", "impacted", "last", "failed" },
    doc = "Run tests under coverage: those that cover the function at the cursor (or the lines of the range), "
      .. "the test at the cursor, the current file's, all of them, those that uncommitted changes can affect, "
      .. "the last selection again, or those that fail now. The signs change while they run.",
    run = function(what, target)
      require("minicov.actions").run(what, target)
    end,
  },
  {
    name = "cancel",
    arguments = {},
    doc = "Stop the run that goes on.",
    run = function(_, target)
      require("minicov.actions").cancel(target)
    end,
  },
  {
    name = "tests",
    arguments = {},
    doc = "Pick one of the tests that ran the line at the cursor (or the lines of the range), and jump to it.",
    run = function(_, target)
      local range = rows(target)
      require("minicov.covering").pick(target.bufnr, range[1], range[2])
    end,
  },
  {
    name = "actions",
    arguments = {},
    doc = "Choose from every action that minicov has for the place of the cursor.",
    run = function()
      require("minicov.actions").menu()
    end,
  },
  {
    name = "jump",
    arguments = { "next", "previous", "first", "last" },
    doc = "Move the cursor to a gap: a run of missed or partly covered lines. 'wrapscan' is honoured.",
    run = function(direction)
      require("minicov.jumps").jump(direction)
    end,
  },
  {
    name = "list",
    arguments = { "file", "workspace" },
    doc = "The gaps of the current file as a location list, or the files that have gaps as the quickfix list, "
      .. "those with the most missed statements first.",
    run = function(what, target)
      require("minicov.lists")[what](target.bufnr)
    end,
  },
  {
    name = "summary",
    arguments = { "file", "workspace" },
    doc = "The figures of the current file or of the whole workspace, in a float.",
    run = function(what, target)
      require("minicov.summary")[what](target.bufnr)
    end,
  },
  {
    name = "signs",
    arguments = { "toggle", "on", "off" },
    doc = "Show or hide the signs.",
    run = function(switch)
      require("minicov").show("signs", switch)
    end,
  },
  {
    name = "spans",
    arguments = { "toggle", "on", "off" },
    doc = "Show or hide, at the end of each line, what is not covered on it.",
    run = function(switch)
      require("minicov").show("spans", switch)
    end,
  },
  {
    name = "output",
    arguments = {},
    doc = "What the last run printed, in a split.",
    run = function()
      require("minicov.runs").show_output()
    end,
  },
  {
    name = "continuous",
    arguments = {},
    doc = "Switch continuous running on or off: tests that a change affects run when it is written.",
    run = function(_, target)
      local params = { command = "minicov.toggleContinuous" }
      require("minicov.server").request(target.bufnr, "workspace/executeCommand", params, function(answer)
        local state = answer.on and "on" or "off"
        vim.notify("minicov: continuous running is " .. state, vim.log.levels.INFO)
      end)
    end,
  },
  {
    name = "report",
    arguments = {},
    doc = "Open the HTML report.",
    run = function(_, target)
      require("minicov.server").execute(target.bufnr, "minicov.openReport")
    end,
  },
}

---@param name string
---@return minicov.Subcommand?
local function find(name)
  return vim.iter(M.subcommands):find(function(subcommand)
    return subcommand.name == name
  end)
end

local function complain(text)
  vim.notify("minicov: " .. text, vim.log.levels.ERROR)
end

---@param invocation vim.api.keyset.create_user_command.command_args
function M.run(invocation)
  local name, argument, extra = unpack(invocation.fargs)
  local subcommand = find(name or "summary")
  if not subcommand then
    complain(("there is no :Minicov %s (see :help :Minicov)"):format(name))
  elseif extra or (argument and not vim.list_contains(subcommand.arguments, argument)) then
    local allowed = #subcommand.arguments > 0 and table.concat(subcommand.arguments, ", ") or "nothing"
    complain((":Minicov %s takes %s, not %s"):format(subcommand.name, allowed, extra or argument))
  else
    subcommand.run(argument or subcommand.arguments[1], {
      bufnr = vim.api.nvim_get_current_buf(),
      range = invocation.range > 0 and { invocation.line1 - 1, invocation.line2 - 1 } or nil,
    })
  end
end

---@param lead string what was typed of the word
---@param line string what was typed of the command line
---@return string[]
function M.complete(lead, line)
  local words = vim.split(vim.trim(line:gsub("^.-Minicov", "", 1)), "%s+", { trimempty = true })
  local position = lead == "" and #words + 1 or #words
  local candidates = {}
  if position == 1 then
    for _, subcommand in ipairs(M.subcommands) do
      candidates[#candidates + 1] = subcommand.name
    end
  elseif position == 2 then
    local subcommand = find(words[1])
    candidates = subcommand and subcommand.arguments or {}
  end
  return vim.tbl_filter(function(candidate)
    return vim.startswith(candidate, lead)
  end, candidates)
end

return M
