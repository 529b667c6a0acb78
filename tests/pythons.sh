#!/bin/sh
# The unit tests on each Python that the package allows, in a clone and an environment for each:
#   sh tests/pythons.sh FOLDER [VERSION ...]
set -eu
folder=$1 && shift
checkout=$(cd "$(dirname "$0")/.." && pwd)
make -s -C "$checkout" setup
uv="$checkout/.venv/bin/uv"
failed=
for version in ${*:-3.11 3.12 3.13}; do
  python=$("$uv" python find --system --no-project "$version" || { "$uv" python install "$version" && "$uv" python find --system --no-project "$version"; })
  git clone -q "$checkout" "$folder/$version"
  make -s -C "$folder/$version" unit PYTHON="$python" || failed="$failed $version"
done
[ -z "$failed" ] || { echo "the tests fail on$failed"; exit 1; }
