if vim.g.loaded_minicov then
  return
end
vim.g.loaded_minicov = true

if vim.fn.has("nvim-0.11") == 0 then
  vim.notify("minicov: needs Neovim 0.11 or newer", vim.log.levels.ERROR)
  return
end

-- Everything else is loaded on first use.
vim.api.nvim_create_user_command("Minicov", function(invocation)
  require("minicov.command").run(invocation)
end, {
  nargs = "*",
  range = true,
  desc = "minicov: run tests under coverage, jump to gaps, show summaries",
  complete = function(lead, line)
    return require("minicov.command").complete(lead, line)
  end,
})

vim.keymap.set("n", "<Plug>(minicov-next)", function()
  require("minicov").jump("next")
end, { desc = "minicov: next gap" })
vim.keymap.set("n", "<Plug>(minicov-previous)", function()
  require("minicov").jump("previous")
end, { desc = "minicov: previous gap" })

local group = vim.api.nvim_create_augroup("minicov", {})

---@param name string an event of the language client
---@param desc string
---@param callback fun(event: table, client: vim.lsp.Client) called for our server's client only
local function on_client(name, desc, callback)
  vim.api.nvim_create_autocmd(name, {
    group = group,
    desc = "minicov: " .. desc,
    callback = function(event)
      local client = vim.lsp.get_client_by_id(event.data.client_id)
      if client and client.name == "minicov" then
        callback(event, client)
      end
    end,
  })
end

on_client("LspAttach", "diagnostics must not hide the signs", function(_, client)
  require("minicov.diagnostics").quieten(client)
end)
on_client("LspDetach", "a picture ends with the server that drew it", function(event)
  require("minicov.gutters").forget(event.buf)
end)
on_client("LspProgress", "how far the run of tests is, for the status line", function(event)
  require("minicov.runs").receive_progress(event.data.params.value)
end)
vim.api.nvim_create_autocmd("ColorScheme", {
  group = group,
  desc = "minicov: a colour scheme clears the groups that it doesn't know",
  callback = function()
    require("minicov.highlights").define()
  end,
})
