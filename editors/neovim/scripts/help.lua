-- Writes doc/minicov.txt from the schema of the options, the table of the commands and that of the highlight
-- groups. Run in this directory's parent:
--
--     nvim --clean -l scripts/help.lua            writes it
--     nvim --clean -l scripts/help.lua --check    fails if it differs from what would be written
local here = vim.fs.dirname(vim.fs.abspath(_G.arg[0]))
local root = vim.fs.dirname(here)
vim.opt.runtimepath:prepend(root)

local WIDTH = 78

---@return string
local function read(path)
  local file = assert(io.open(path, "rb"))
  local text = file:read("*a")
  file:close()
  return text
end

---Breaks a text into lines of at most WIDTH cells.
---@param text string
---@param indent string
---@param head string? stands before the first line, and makes the others hang
---@return string
local function wrap(text, indent, head)
  local lines, line = {}, indent
  if head then
    line = indent .. head
    indent = (" "):rep(vim.fn.strdisplaywidth(line))
    text, line = text:gsub("^(%S+)%s*", ""), line .. text:match("^%S+")
  end
  for word in text:gmatch("%S+") do
    local longer = line == indent and line .. word or line .. " " .. word
    if vim.fn.strdisplaywidth(longer) > WIDTH and line ~= indent then
      table.insert(lines, line)
      longer = indent .. word
    end
    line = longer
  end
  table.insert(lines, line)
  return table.concat(lines, "\n")
end

---A line with its help tag at the right margin, or on a line of its own where both don't fit.
---@param left string
---@param tag string
---@return string
local function tagged(left, tag)
  tag = "*" .. tag .. "*"
  local gap = WIDTH - vim.fn.strdisplaywidth(left) - #tag
  if gap < 2 then
    return (" "):rep(WIDTH - #tag) .. tag .. "\n" .. left
  end
  return left .. (" "):rep(gap) .. tag
end

---@param option minicov.Option
---@return string
local function describe_type(option)
  if option.type == "enum" then
    return vim.iter(option.values):map(vim.inspect):join(" or ")
  elseif option.type == "parts" then
    return "list of " .. vim.iter(option.values):map(vim.inspect):join(", ")
  end
  return option.type == "string[]" and "list of strings" or option.type
end

local function options()
  return vim
    .iter(require("minicov.config").schema)
    :map(function(option)
      local default = vim.inspect(option.default, { newline = " ", indent = "" })
      return table.concat({
        tagged(option.name, "minicov-option-" .. option.name),
        wrap(("%s; default: `%s`"):format(describe_type(option), default), "    "),
        wrap(option.doc, "    "),
      }, "\n")
    end)
    :join("\n\n")
end

local function commands()
  return vim
    .iter(require("minicov.command").subcommands)
    :map(function(subcommand)
      local words = vim.iter(subcommand.arguments):join("|")
      local head = ":Minicov " .. subcommand.name .. (words ~= "" and " [" .. words .. "]" or "")
      return tagged(head, ":Minicov-" .. subcommand.name) .. "\n" .. wrap(subcommand.doc, "    ")
    end)
    :join("\n\n")
end

local function highlights()
  return vim
    .iter(require("minicov.highlights").groups)
    :map(function(group)
      local name, link, doc = unpack(group)
      return tagged(name, "hl-" .. name) .. "\n" .. wrap(("%s; linked to `%s`"):format(doc, link), "    ")
    end)
    :join("\n\n")
end

local function signs()
  local config = require("minicov.config")
  local lines = {}
  for _, mark in ipairs({ "covered", "partial", "missed", "excluded", "edited" }) do
    local text = config.values.signs[mark].text
    for _, option in ipairs(config.schema) do
      if option.name == ("signs.%s.text"):format(mark) then
        table.insert(lines, wrap(option.doc, "    ", ("%s  %-10s"):format(text, mark)))
      end
    end
  end
  return table.concat(lines, "\n")
end

local parts = { OPTIONS = options(), COMMANDS = commands(), HIGHLIGHTS = highlights(), SIGNS = signs() }
local wanted = read(here .. "/help_template.txt"):gsub("{{(%u+)}}", parts)
local path = root .. "/doc/minicov.txt"

if _G.arg[1] == "--check" then
  if vim.uv.fs_stat(path) and read(path) == wanted then
    os.exit(0)
  end
  io.stderr:write(
    "doc/minicov.txt is not what scripts/help.lua writes; run nvim --clean -l scripts/help.lua\n"
  )
  os.exit(1)
end
local file = assert(io.open(path, "wb"))
file:write(wanted)
file:close()
