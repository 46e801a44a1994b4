-- A float with the figures of a file or of the workspace.
local gutters = require("minicov.gutters")
local highlights = require("minicov.highlights")
local lists = require("minicov.lists")
local server = require("minicov.server")

local M = {}

local BAR_CELLS = 24
local METRICS = { "statements", "branches", "conditions" }
local namespace = vim.api.nvim_create_namespace("minicov_summary")

---A line of the float: pieces of text with their highlight group.
---@alias minicov.Pieces [string, string?][]

---Rounded as in reports; 100 % still means all of it, and 0 % nothing.
---@param ratio minicov.Ratio
---@return integer
function M.percent(ratio)
  local covered, all = ratio[1], ratio[2]
  if covered == all then
    return 100
  end
  return covered == 0 and 0 or math.min(99, math.max(1, math.floor(100 * covered / all + 0.5)))
end

---@param label string
---@param ratio minicov.Ratio
---@return minicov.Pieces
local function bar(label, ratio)
  local full = math.floor(BAR_CELLS * M.percent(ratio) / 100)
  local group = full == BAR_CELLS and "MinicovCovered" or full == 0 and "MinicovMissed" or "MinicovPartial"
  return {
    { (" %-11s "):format(label) },
    { ("━"):rep(full), group },
    { ("━"):rep(BAR_CELLS - full), "MinicovBar" },
    { (" %3d%%  %d of %d "):format(M.percent(ratio), ratio[1], ratio[2]) },
  }
end

---@param summary minicov.Summary
---@return minicov.Pieces[]
local function bars(summary)
  local lines = {}
  for _, metric in ipairs(METRICS) do
    if type(summary[metric]) == "table" then
      table.insert(lines, bar(metric, summary[metric]))
    end
  end
  if type(summary.complexity) == "number" then
    table.insert(lines, { { (" %-11s "):format("complexity") }, { tostring(summary.complexity) } })
  end
  return lines
end

---How many lines have each mark.
---@param picture minicov.Picture
---@return minicov.Pieces
local function marks(picture)
  local counts = {}
  for _, run in ipairs(picture.runs) do
    counts[run[3]] = (counts[run[3]] or 0) + run[2] - run[1] + 1
  end
  local pieces = { { (" %-11s"):format("lines") } }
  for _, mark in ipairs({ "covered", "partial", "missed", "excluded", "edited" }) do
    if counts[mark] then
      table.insert(pieces, { (" %d %s "):format(counts[mark], mark), highlights.of_sign(mark) })
    end
  end
  return pieces
end

---@param lines minicov.Pieces[]
---@param id string so that a second call enters the float that is open
local function open(lines, id)
  local texts = {}
  for index, pieces in ipairs(lines) do
    texts[index] = table.concat(vim
      .iter(pieces)
      :map(function(piece)
        return piece[1]
      end)
      :totable())
  end
  local bufnr = vim.lsp.util.open_floating_preview(texts, "", { focus_id = id, wrap = false })
  for index, pieces in ipairs(lines) do
    local column = 0
    for _, piece in ipairs(pieces) do
      if piece[2] then
        vim.api.nvim_buf_set_extmark(bufnr, namespace, index - 1, column, {
          end_col = column + #piece[1],
          hl_group = piece[2],
        })
      end
      column = column + #piece[1]
    end
  end
end

---@param bufnr integer
function M.file(bufnr)
  local picture = gutters.picture(bufnr)
  if not picture or not picture.summary then
    vim.notify("minicov: nothing is known of this file", vim.log.levels.INFO)
    return
  end
  local title = " " .. vim.fn.fnamemodify(vim.api.nvim_buf_get_name(bufnr), ":.")
  local lines = { { { title, "MinicovTitle" }, { "  " .. picture.state .. " ", "MinicovBar" } } }
  vim.list_extend(lines, bars(picture.summary))
  table.insert(lines, marks(picture))
  open(lines, "minicov_file")
end

---@param files minicov.FileSummary[]
---@return minicov.Summary
local function sum(files)
  local total = {}
  for _, file in ipairs(files) do
    for _, metric in ipairs(METRICS) do
      local part = file.summary[metric]
      if type(part) == "table" then
        local before = total[metric] or { 0, 0 }
        total[metric] = { before[1] + part[1], before[2] + part[2] }
      end
    end
    if type(file.summary.complexity) == "number" then
      total.complexity = (total.complexity or 0) + file.summary.complexity
    end
  end
  return total
end

---@param bufnr integer
function M.workspace(bufnr)
  server.request(bufnr, "minicov/files", vim.empty_dict(), function(files, client)
    local known = lists.by_missed(files)
    local root = vim.fs.basename(client.root_dir or vim.fn.getcwd())
    local lines = { { { " " .. root, "MinicovTitle" }, { ("  %d files "):format(#known), "MinicovBar" } } }
    vim.list_extend(lines, bars(sum(known)))
    for index = 1, math.min(#known, 10) do
      local file = known[index]
      local name = vim.fs.relpath(client.root_dir or "/", vim.uri_to_fname(file.uri)) or file.uri
      local ratio = file.summary.statements
      table.insert(
        lines,
        { { (" %3d%%  %5d missed  %s "):format(M.percent(ratio), ratio[2] - ratio[1], name) } }
      )
    end
    open(lines, "minicov_workspace")
  end)
end

return M
