-- The gaps as a location list (one file) or the quickfix list (the whole workspace).
local gutters = require("minicov.gutters")
local jumps = require("minicov.jumps")
local server = require("minicov.server")
local spans = require("minicov.spans")

local M = {}

---@param picture minicov.Picture
---@param into vim.quickfix.entry[]
local function add_rows(picture, bufnr, into)
  local explained = {} ---@type table<integer, true>
  for _, span in ipairs(picture.spans) do
    explained[span.range.start.line] = true
  end
  for _, run in ipairs(picture.runs) do
    local first, last, mark = run[1], run[2], run[3]
    if mark == "missed" then
      local text = first == last and "never ran" or ("never ran, %d lines"):format(last - first + 1)
      table.insert(
        into,
        { bufnr = bufnr, lnum = first + 1, end_lnum = last + 1, col = 1, text = text, type = "W" }
      )
    elseif jumps.gaps[mark] then
      for row = first, last do
        if not explained[row] then
          table.insert(into, { bufnr = bufnr, lnum = row + 1, col = 1, text = "partly covered", type = "I" })
        end
      end
    end
  end
end

---@param picture minicov.Picture
---@param into vim.quickfix.entry[]
local function add_spans(picture, bufnr, encoding, into)
  for _, span in ipairs(picture.spans) do
    local row, column = spans.place(bufnr, span.range.start, encoding)
    local end_row, end_column = spans.place(bufnr, span.range["end"], encoding)
    table.insert(into, {
      bufnr = bufnr,
      lnum = row + 1,
      col = column + 1,
      end_lnum = end_row + 1,
      end_col = end_column + 1,
      text = span.message,
      type = "I",
    })
  end
end

---The gaps of one file, in the order of its lines.
---@param picture minicov.Picture
---@param bufnr integer
---@param encoding "utf-8"|"utf-16"|"utf-32"
---@return vim.quickfix.entry[]
function M.items(picture, bufnr, encoding)
  local items = {}
  add_rows(picture, bufnr, items)
  add_spans(picture, bufnr, encoding, items)
  table.sort(items, function(a, b)
    return a.lnum < b.lnum or (a.lnum == b.lnum and a.col < b.col)
  end)
  return items
end

---Fills the window's location list with the gaps of its buffer, and opens it.
---@param bufnr integer
function M.file(bufnr)
  local picture = gutters.picture(bufnr)
  local client = server.need(bufnr)
  if client then
    local items = picture and M.items(picture, bufnr, client.offset_encoding) or {}
    vim.fn.setloclist(0, {}, " ", { title = "minicov: gaps", items = items })
    if #items > 0 then
      vim.cmd.lopen()
    else
      vim.notify(
        picture and "minicov: no gaps" or "minicov: nothing is known of this file",
        vim.log.levels.INFO
      )
    end
  end
end

---Fills the quickfix list with the files of the workspace, those with the most missed statements first.
---@param bufnr integer
function M.workspace(bufnr)
  server.request(bufnr, "minicov/files", vim.empty_dict(), function(files)
    local items = {}
    for _, file in ipairs(M.by_missed(files)) do
      local hit, of = unpack(file.summary.statements)
      if hit < of then
        table.insert(items, {
          filename = vim.uri_to_fname(file.uri),
          lnum = 1,
          nr = of - hit,
          text = ("%d of %d statements never ran"):format(of - hit, of),
          type = "W",
        })
      end
    end
    vim.fn.setqflist({}, " ", { title = "minicov: files with gaps", items = items })
    if #items > 0 then
      vim.cmd.copen()
    else
      vim.notify("minicov: no gaps", vim.log.levels.INFO)
    end
  end)
end

---The files that have a summary, those with the most missed statements first.
---@param files minicov.FileSummary[]
---@return minicov.FileSummary[]
function M.by_missed(files)
  local known = vim.tbl_filter(function(file)
    return type(file.summary) == "table"
  end, files)
  table.sort(known, function(a, b)
    local missed_a = a.summary.statements[2] - a.summary.statements[1]
    local missed_b = b.summary.statements[2] - b.summary.statements[1]
    return missed_a > missed_b or (missed_a == missed_b and a.uri < b.uri)
  end)
  return known
end

return M
