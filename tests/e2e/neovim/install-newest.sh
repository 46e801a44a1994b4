#!/usr/bin/env bash
# Unpacks the Neovim of Debian's unstable suite, and the libraries that it needs, into a folder; nothing of the system
# changes: `apt-get install -t` would replace its C library. Needs patchelf, and a Debian or what apt takes for one.
#
#   tests/e2e/neovim/install-newest.sh FOLDER      then FOLDER/nvim runs
set -euo pipefail
mkdir -p "$1"
folder=$(cd "$1" && pwd)
"$folder/nvim" --version >/dev/null 2>&1 && exit

fail() { echo "the newest Neovim can't be had: $1" >&2; exit 1; }
command -v apt-get >/dev/null || fail "there is no apt-get"
command -v patchelf >/dev/null || fail "there is no patchelf"
mirror=$( (cat /etc/apt/sources.list.d/debian.sources /etc/apt/sources.list 2>/dev/null || true) |
  sed -n -e 's/^URIs: *//p' -e 's/^deb \(\[[^]]*\] \)\{0,1\}\([^ ]*\) .*/\2/p' | head -n 1)
[[ -n $mirror ]] || fail "apt has no mirror of Debian"

apt=$folder/apt
trap 'rm -rf "$apt"' EXIT
mkdir -p "$apt/lists/partial" "$apt/cache/archives/partial" "$apt/packages"
echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror sid main" >"$apt/sources.list"
get() {
  apt-get -qq -o Dir::Etc::sourcelist="$apt/sources.list" -o Dir::Etc::sourceparts=/dev/null \
    -o Dir::State::Lists="$apt/lists" -o Dir::Cache="$apt/cache" -o APT::Sandbox::User=root "$@"
}
get update || fail "the mirror does not answer"
# Of all that it depends on, what is loaded into its process; the rest is data that any Debian has.
loaded='neovim|neovim-runtime|libc6|libgcc-s1|lua-.*|lib(uv|luajit|tree-sitter|unibilium|vterm|msgpack|utf8proc).*'
mapfile -t packages < <(get -o Dir::State::status=/dev/null -s install --no-install-recommends neovim |
  sed -n 's/^Inst \([^ :]*\).*/\1/p' | grep -xE "$loaded")
[[ ${#packages[@]} -gt 0 ]] || fail "the mirror has no such package"
(cd "$apt/packages" && get download "${packages[@]}") || fail "its packages could not be loaded"
for package in "$apt"/packages/*.deb; do dpkg -x "$package" "$folder"; done

# Not through ld.so: Neovim starts itself once more for its screen, by the name that the process has.
patchelf --set-interpreter "$(find "$folder" -name 'ld-linux-*' | head -n 1)" \
  --force-rpath --set-rpath "$(dirname "$(find "$folder" -name libc.so.6 | head -n 1)")" "$folder/usr/bin/nvim"
printf '#!/bin/sh\nVIMRUNTIME=%s exec %s "$@"\n' "$folder/usr/share/nvim/runtime" "$folder/usr/bin/nvim" >"$folder/nvim"
chmod +x "$folder/nvim"
"$folder/nvim" --version | head -n 1
