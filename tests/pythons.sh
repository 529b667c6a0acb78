#!/bin/sh
# The unit tests on each Python that the package allows, in a clone and an environment for each:
#   sh tests/pythons.sh FOLDER [VERSION ...]
set -eu
folder=$1 && shift
checkout=$(cd "$(dirname "$0")/.." && pwd)
make -s -C "$checkout" setup
failed=
for version in ${*:-3.11 3.12 3.13}; do
  python=$("$checkout/.venv/bin/python" "$checkout/tests/helpers/pythons.py" "$version")
  if [ -z "$python" ]; then
    "$checkout/.venv/bin/uv" python install "$version"
    python=$("$checkout/.venv/bin/uv" python find --managed-python --no-project "$version")
  fi
  echo "Python $version: $python"
  git clone -q "$checkout" "$folder/$version"
  make -s -C "$folder/$version" unit PYTHON="$python" || failed="$failed $version"
done
[ -z "$failed" ] || { echo "the tests fail on$failed"; exit 1; }
