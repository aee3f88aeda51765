# Shared by ./run and ./test: installing what is missing and building. Sourced, with $root set to the checkout.
say() { printf '\033[1m%s\033[0m\n' "$*" >&2; }

# install_packages KIND...: the Debian packages of those kinds that are missing. Quick when the list has not changed since the last success.
install_packages() {
  local stamp="$root/build/.packages-$(echo "$*" | tr ' ' -)" want
  want=$(sha256sum "$root/tools/packages.txt" | cut -d' ' -f1)
  [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$want" ] && return 0
  local kind names missing=""
  for kind in "$@"; do
    names=$(sed -n "s/^$kind //p" "$root/tools/packages.txt")
    for name in $names; do
      # "package?program": not needed where the program stands already, whoever put it there.
      case "$name" in *\?*) command -v "${name#*\?}" >/dev/null && continue; name=${name%\?*} ;; esac
      dpkg-query -W -f='${Status}' "$name" 2>/dev/null | grep -q 'install ok installed' || missing="$missing $name"
    done
  done
  if [ -n "$missing" ]; then
    say "Installing:$missing"
    local as_root=""
    [ "$(id -u)" = 0 ] || as_root="sudo"
    $as_root apt-get update -qq
    DEBIAN_FRONTEND=noninteractive $as_root apt-get install -y -qq --no-install-recommends -o DPkg::Lock::Timeout=900 $missing >"$root/build/apt.log" 2>&1 || {
      tail -n 20 "$root/build/apt.log" >&2
      say "Some packages could not be installed (whole log: build/apt.log)."
      return 1
    }
  fi
  echo "$want" >"$stamp"
}

# build PRESET TARGET...: the files of the pages (they become part of the program), then the program. Configures once.
build() {
  local preset=$1 dir="$root/build/$1"
  shift
  "$root/web/setup"
  if [ ! -f "$dir/build.ninja" ]; then
    cmake -S "$root" --preset "$preset" >"$root/build/cmake.log" 2>&1 || { cat "$root/build/cmake.log" >&2; return 1; }
  fi
  ninja -C "$dir" --quiet "$@" >"$root/build/ninja.log" 2>&1 || { tail -n 60 "$root/build/ninja.log" >&2; return 1; }
}
