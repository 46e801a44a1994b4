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
vim.api.nvim_create_autocmd("LspDetach", {
  group = group,
  desc = "minicov: a picture ends with the server that drew it",
  callback = function(event)
    local client = vim.lsp.get_client_by_id(event.data.client_id)
    if client and client.name == "minicov" then
      require("minicov.gutters").forget(event.buf)
    end
  end,
})
vim.api.nvim_create_autocmd("LspProgress", {
  group = group,
  desc = "minicov: how far the run of tests is, for the status line",
  callback = function(event)
    local client = vim.lsp.get_client_by_id(event.data.client_id)
    if client and client.name == "minicov" then
      require("minicov.runs").receive_progress(event.data.params.value)
    end
  end,
})
vim.api.nvim_create_autocmd("ColorScheme", {
  group = group,
  desc = "minicov: a colour scheme clears the groups that it doesn't know",
  callback = function()
    require("minicov.highlights").define()
  end,
})
