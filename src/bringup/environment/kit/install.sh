#!/bin/sh
# Starts install.py of this kit with the Python that the kit was packed for.
# Usage: sh install.sh --into FOLDER
set -eu
python_wanted=3

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)

fits() {
  command -v "$1" >/dev/null 2>&1 &&
    [ "$("$1" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null)" = "$python_wanted" ]
}

if [ -f "$here/python.tar" ]; then
  # The kit's own Python runs the installer from a folder that is removed again; the installer
  # unpacks it a second time, checked, to where it stays.
  line=$(grep ' python.tar$' "$here/SHA256SUMS" || true)
  if command -v sha256sum >/dev/null 2>&1; then
    (cd "$here" && printf '%s\n' "$line" | sha256sum -c - >/dev/null 2>&1) || {
      echo "error: python.tar is damaged: its SHA-256 is not the one in SHA256SUMS" >&2
      echo "hint: copy the archive again and compare its SHA-256 with the one shown when it was packed" >&2
      exit 1
    }
  fi
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
  trap 'exit 130' INT TERM HUP
  tar -xf "$here/python.tar" -C "$work"
  code=0
  "$work/python/bin/python$python_wanted" "$here/install.py" "$@" || code=$?
  exit "$code"
fi

for python in "python$python_wanted" python3 python; do
  if fits "$python"; then
    exec "$python" "$here/install.py" "$@"
  fi
done
echo "error: this kit needs Python $python_wanted, and there is none on the PATH" >&2
echo "hint: install Python $python_wanted, or pack the kit anew with: bringup bundle-env --with-python" >&2
exit 1
