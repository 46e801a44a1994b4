-- What users call. Everything else of the plugin is free to change.
local M = {}

---Takes options (see |minicov-options|) and starts the language server for Python buffers.
---@param options table?
function M.setup(options)
  local config = require("minicov.config")
  config.apply(options)
  require("minicov.highlights").define()
  -- Neovim keeps what it once read from lsp/minicov.lua; an empty change makes it read again.
  vim.lsp.config("minicov", {})
  if config.values.enable then
    vim.lsp.enable("minicov")
  end
  require("minicov.gutters").draw_all()
end

---What the server last said about a buffer: state, marks, spans and figures.
---@param bufnr integer? the current one if not given
---@return minicov.Picture?
function M.picture(bufnr)
  return vim.deepcopy(require("minicov.gutters").picture(bufnr or vim.api.nvim_get_current_buf()))
end

---The text for the status line of the window that is being drawn.
---@return string
function M.statusline()
  local window = vim.g.statusline_winid
  local valid = window and vim.api.nvim_win_is_valid(window)
  return require("minicov.statusline").text(vim.api.nvim_win_get_buf(valid and window or 0))
end

---Moves the cursor to a gap.
---@param direction minicov.Direction
---@param options? { count?: integer, marks?: minicov.Mark[], wrap?: boolean }
function M.jump(direction, options)
  require("minicov.jumps").jump(direction, options)
end

---Runs tests under coverage: "covering", "test", "file", "all", "impacted", "last" or "failed".
---@param what string
---@param target? { bufnr?: integer, range?: [integer, integer] } rows from 0, both inclusive
function M.run(what, target)
  target = target or {}
  require("minicov.actions").run(
    what,
    { bufnr = target.bufnr or vim.api.nvim_get_current_buf(), range = target.range }
  )
end

---Shows or hides the signs, or what the spans say.
---@param what "signs"|"spans"
---@param switch "toggle"|"on"|"off"
function M.show(what, switch)
  local values = require("minicov.config").values
  local options, key = values.signs, "enabled"
  if what == "spans" then
    options, key = values.spans, "virtual_text"
  end
  if switch == "toggle" then
    options[key] = not options[key]
  else
    options[key] = switch == "on"
  end
  require("minicov.gutters").draw_all()
end

return M
