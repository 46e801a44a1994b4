-- Receives the server's pictures, keeps the latest of each buffer and has it drawn.
local config = require("minicov.config")
local server = require("minicov.server")

local M = {}

---How long to wait, in ms, for the picture of the text on screen when one of an older text came.
local PATIENCE = 1000

---@type table<integer, minicov.Picture>
local pictures = {}

---@param bufnr integer
---@return minicov.Picture?
function M.picture(bufnr)
  return pictures[bufnr]
end

---@param picture minicov.Picture
local function is_outdated(picture, bufnr)
  return picture.version ~= nil
    and picture.version ~= vim.NIL
    and picture.version < vim.lsp.util.buf_versions[bufnr]
end

---Draws the picture a buffer has; again after a change of options.
---@param bufnr integer
function M.draw(bufnr)
  local picture = pictures[bufnr]
  local client = server.client(bufnr)
  if picture and client and vim.api.nvim_buf_is_loaded(bufnr) then
    require("minicov.signs").draw(bufnr, picture.runs)
    require("minicov.spans").draw(bufnr, picture.spans, client.offset_encoding)
  end
end

---Draws every picture again.
function M.draw_all()
  for bufnr in pairs(pictures) do
    M.draw(bufnr)
  end
end

---Asks for the picture of the text on screen, if none came by itself.
local function catch_up(bufnr, client)
  vim.defer_fn(function()
    local picture = pictures[bufnr]
    if not client.attached_buffers[bufnr] or (picture and not is_outdated(picture, bufnr)) then
      return
    end
    client:request(
      "minicov/gutters",
      { textDocument = { uri = vim.uri_from_bufnr(bufnr) } },
      function(err, latest)
        if not err and latest then
          M.receive(latest, client.id)
        end
      end,
      bufnr
    )
  end, PATIENCE)
end

---Takes a picture from the server. One of an older text is not drawn: the marks of the last one have moved with
---the text since, and are nearer to the truth.
---@param picture minicov.Picture
---@param client_id integer
function M.receive(picture, client_id)
  local client = vim.lsp.get_client_by_id(client_id)
  local bufnr = client and server.buffer(client, picture.uri)
  if not client or not bufnr then
    return
  end
  if is_outdated(picture, bufnr) then
    catch_up(bufnr, client)
    return
  end
  if picture.summary == vim.NIL then
    picture.summary = nil
  end
  pictures[bufnr] = picture
  M.draw(bufnr)
  if config.values.code_lens then
    require("minicov.lenses").refresh(bufnr)
  end
  vim.api.nvim_exec_autocmds("User", { pattern = "MinicovPicture", modeline = false, data = { buf = bufnr } })
  vim.cmd.redrawstatus({ bang = true })
end

---Takes a buffer's picture away.
---@param bufnr integer
function M.forget(bufnr)
  pictures[bufnr] = nil
  if vim.api.nvim_buf_is_valid(bufnr) then
    require("minicov.signs").clear(bufnr)
    require("minicov.spans").clear(bufnr)
  end
end

return M
