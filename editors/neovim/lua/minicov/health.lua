-- `:checkhealth minicov`
local config = require("minicov.config")
local gutters = require("minicov.gutters")
local server = require("minicov.server")

local M = {}

local function check_neovim()
  if vim.fn.has("nvim-0.11") == 1 then
    vim.health.ok("Neovim " .. tostring(vim.version()))
  else
    vim.health.error("Neovim " .. tostring(vim.version()) .. " is too old", "Install Neovim 0.11 or newer")
  end
end

local function check_options()
  if #config.problems == 0 then
    vim.health.ok("the options are understood")
  end
  for _, problem in ipairs(config.problems) do
    vim.health.error(problem, "See :help minicov-options")
  end
end

local function check_program()
  local program = config.values.cmd[1]
  if program and vim.fn.executable(program) == 1 then
    vim.health.ok("the server is " .. vim.fn.exepath(program))
  else
    vim.health.error(("%s is not an executable program"):format(program or "`cmd`"), {
      "Install it: pip install minicov",
      'Or say where it is: require("minicov").setup({ cmd = { "/path/to/minicov-lsp" } })',
    })
  end
  if vim.lsp.is_enabled and not vim.lsp.is_enabled(server.name) then
    vim.health.warn(
      "the server is not enabled",
      'Call require("minicov").setup() or vim.lsp.enable("minicov")'
    )
  end
end

---@param client vim.lsp.Client
local function check_client(client)
  local info = client.server_info or {}
  vim.health.ok(
    ("%s %s serves %s"):format(
      info.name or "the server",
      info.version or "",
      client.root_dir or "single files"
    )
  )
  for bufnr in pairs(client.attached_buffers) do
    local picture = gutters.picture(bufnr)
    local name = vim.fn.fnamemodify(vim.api.nvim_buf_get_name(bufnr), ":.")
    if not picture then
      vim.health.warn(name .. ": the server has said nothing of it yet")
    elseif picture.state == "none" then
      vim.health.info(name .. ": no test ran it yet (:Minicov run all)")
    else
      vim.health.ok(("%s: %s"):format(name, picture.state))
    end
  end
end

local function check_screen()
  for _, window in ipairs(vim.api.nvim_list_wins()) do
    local bufnr = vim.api.nvim_win_get_buf(window)
    if gutters.picture(bufnr) and vim.wo[window].signcolumn == "no" and config.values.signs.enabled then
      vim.health.warn("'signcolumn' is \"no\": the signs can't be seen", ":set signcolumn=auto:2")
      return
    end
  end
end

function M.check()
  vim.health.start("minicov")
  check_neovim()
  check_options()
  check_program()
  check_screen()
  local clients = vim.lsp.get_clients({ name = server.name })
  if #clients == 0 then
    vim.health.info("no server runs: open a Python file")
  end
  vim.tbl_map(check_client, clients)
end

return M
