#!/usr/bin/env bash
# Takes the pictures of Neovim in this folder: the real editor and server in a real terminal, on the sample project.
#
#   NVIM=/path/to/nvim docs/pictures/neovim.sh      needs Xvfb, xterm and ImageMagick's import, and `make venv`
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
top=$(cd "$here/../.." && pwd)
nvim=${NVIM:-nvim}
folder=$(mktemp -d)
trap 'rm -rf "$folder"; [[ -z ${screen:-} ]] || kill "$screen"' EXIT
export HOME=$folder XDG_CONFIG_HOME=$folder/config XDG_DATA_HOME=$folder/data XDG_STATE_HOME=$folder/state
export MINICOV_CACHE_DIR=$folder/cache COLORTERM=truecolor

cp -r "$top/tests/projects/demo" "$folder/shop"
cd "$folder/shop"
"$top/.venv/bin/minicov" run -q -m pytest -q -p no:cacheprovider >/dev/null 2>&1

Xvfb :97 -screen 0 1400x900x24 >/dev/null 2>&1 &
screen=$!
export DISPLAY=:97
until xwininfo -root >/dev/null 2>&1; do sleep 0.1; done

for background in light dark; do
  cat >"$folder/init.lua" <<LUA
vim.opt.runtimepath:prepend("$top/editors/neovim")
vim.o.swapfile, vim.o.shadafile, vim.o.ruler, vim.o.showcmd = false, "NONE", false, false
vim.o.termguicolors, vim.o.background = true, "$background"
vim.o.number, vim.o.laststatus, vim.o.signcolumn = true, 2, "yes:1"
vim.o.statusline = " %f %= %{%v:lua.require'minicov'.statusline()%} "
require("minicov").setup({ cmd = { "$top/.venv/bin/minicov-lsp" }, spans = { virtual_text = true, highlight = true } })
-- The picture is taken when the gutter is there, not after some time that may be too short.
vim.api.nvim_create_autocmd("User", {
  pattern = "MinicovPicture",
  callback = function()
    local picture = require("minicov").picture()
    if picture and picture.state == "fresh" then
      vim.schedule(function() vim.cmd.redraw() vim.fn.writefile({}, "$folder/drawn") end)
    end
  end,
})
LUA
  rm -f "$folder/drawn"
  colours=(-bg '#e0e2ea' -fg '#14161b')
  [[ $background == dark ]] && colours=(-bg '#14161b' -fg '#e0e2ea')
  xterm -geometry 112x26+0+0 -b 12 -fa 'DejaVu Sans Mono' -fs 11 "${colours[@]}" \
    -e "$nvim" --clean -u "$folder/init.lua" +17 +'normal! zt' basket.py &
  terminal=$!
  for _ in {1..200}; do [[ -e $folder/drawn ]] && break; sleep 0.1; done
  sleep 0.5 # the terminal paints after the editor has
  import -window "$(xwininfo -root -tree | awk '/xterm|nvim|basket/ { print $1; exit }')" -strip \
    +dither -colors 48 -define png:compression-level=9 "$here/neovim-$background.png"
  kill "$terminal"
  wait "$terminal" 2>/dev/null || true
done
ls -l "$here"/neovim-*.png
