-- Follows the runs of tests that the server reports.
local config = require("minicov.config")

local M = {}

---How much of a run's output is kept, in bytes: its end, where the failures are told.
local OUTPUT_LIMIT = 4 * 1024 * 1024

---In the order in which a message names them.
---@type minicov.Outcome[]
local OUTCOMES = { "failed", "error", "passed", "skipped", "xfailed", "xpassed", "cancelled" }

---@type minicov.Run?
local latest

---The run that goes on, or the last one.
---@return minicov.Run?
function M.latest()
  return latest
end

---Takes what the server says of how far its run is: standard progress, which knows how many tests there are.
---@param value { message?: string }
function M.receive_progress(value)
  if latest and not latest.outcome and value.message then
    latest.progress = value.message
    vim.cmd.redrawstatus({ bang = true })
  end
end

---"1 failed, 3 passed".
---@param run minicov.Run
---@return string
function M.describe(run)
  local parts = {}
  for _, outcome in ipairs(OUTCOMES) do
    if (run.counts[outcome] or 0) > 0 then
      parts[#parts + 1] = ("%d %s"):format(run.counts[outcome], outcome)
    end
  end
  return #parts > 0 and table.concat(parts, ", ") or "no tests ran"
end

---@param run minicov.Run
local function announce(run)
  local wanted = config.values.notify
  local fine = run.outcome == "passed"
  if wanted == "all" or (wanted == "failures" and not fine) then
    local text = run.outcome == "cancelled" and "cancelled, " .. M.describe(run) or M.describe(run)
    vim.notify("minicov: " .. text, fine and vim.log.levels.INFO or vim.log.levels.WARN)
  end
end

---@param run minicov.Run
---@param text string
local function keep_output(run, text)
  table.insert(run.output, text)
  run.output_size = run.output_size + #text
  while run.output_size > OUTPUT_LIMIT and #run.output > 1 do
    run.output_size = run.output_size - #table.remove(run.output, 1)
  end
end

---@param event minicov.RunEvent
---@param client_id integer
function M.receive(event, client_id)
  if event.event == "started" then
    latest = {
      id = event.runId,
      client_id = client_id,
      counts = {},
      output = {},
      output_size = 0,
    }
  elseif not latest or latest.id ~= event.runId then
    return
  elseif event.event == "test" then
    latest.counts[event.outcome] = (latest.counts[event.outcome] or 0) + 1
  elseif event.event == "output" then
    keep_output(latest, event.text)
  elseif event.event == "finished" then
    latest.outcome = event.outcome
    latest.counts = event.counts or latest.counts
    announce(latest)
  end
  vim.api.nvim_exec_autocmds("User", { pattern = "MinicovRun", modeline = false, data = event })
  vim.cmd.redrawstatus({ bang = true })
end

---Shows what the last run printed, in a split.
function M.show_output()
  if not latest then
    vim.notify("minicov: nothing has run yet", vim.log.levels.INFO)
    return
  end
  local text = table.concat(latest.output):gsub("\27%[[0-9;]*m", ""):gsub("\r\n?", "\n")
  vim.cmd.new()
  vim.api.nvim_buf_set_lines(0, 0, -1, false, vim.split(text, "\n"))
  vim.bo.buftype = "nofile"
  vim.bo.bufhidden = "wipe"
  vim.bo.modifiable = false
  vim.bo.filetype = "minicov-output"
end

return M
