#!/bin/sh
# usage: install-code-server.sh FOLDER [VERSION]
#
# Installs code-server from npm without its install scripts: those ask for --unsafe-perm as root, fetch ripgrep from a
# place that CI can't reach, and compile modules that the tests never load. 4.100.3 is VS Code 1.100.3, the last that
# runs on Node.js 20. Needs a C++ compiler, make and python3 for two native modules.
set -eu
folder=$1
version=${2:-4.100.3}
[ -e "$folder/installed-$version" ] && exit 0
mkdir -p "$folder"
cd "$folder"
[ -f package.json ] || echo '{"private": true}' >package.json
npm install --ignore-scripts --no-package-lock --no-save "code-server@$version"
[ -d node_modules/argon2/prebuilds ] || npm rebuild argon2 # the only native module that the server loads at its start
cd node_modules/code-server/lib/vscode
npm install --ignore-scripts --omit=dev
npm rebuild @vscode/spdlog # without it the extension host writes no logs
ln -sfn node_modules node_modules.asar
if [ -d node_modules/@vscode/ripgrep ] && command -v rg >/dev/null; then
  mkdir -p node_modules/@vscode/ripgrep/bin
  ln -sf "$(command -v rg)" node_modules/@vscode/ripgrep/bin/rg # search and quick open
fi
touch "$folder/installed-$version"
