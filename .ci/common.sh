# Shared by ./atomsets and ./test: what a fresh machine needs, and the one build.

say() { printf 'atomsets: %s\n' "$*" >&2; }

need_dotnet() {
  if ! command -v dotnet >/dev/null 2>&1; then
    say "the .NET 10 SDK is missing: install it (package dotnet-sdk-10.0, or https://dot.net) and run this again."
    exit 2
  fi
  export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DOTNET_SKIP_FIRST_TIME_EXPERIENCE=1
}

# The data sets that may lie beside the repository; prints nothing where they do not.
shipped_data() {
  local beside="$1/../shared/data"
  if [ -f "$beside/CATALOG.md" ]; then (cd "$beside" && pwd); fi
}

# Debian's packages, installed where we are root: WHAT they are for, then their names. False where they could not be.
install_packages() {
  local what=$1 log; shift
  if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null 2>&1; then return 1; fi
  say "installing $what ..."
  log=$(mktemp)
  if { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@"; } >"$log" 2>&1; then rm -f "$log"; return 0; fi
  tail -5 "$log" >&2
  rm -f "$log"
  say "$what could not be installed; install it by hand (apt-get install $*)."
  return 1
}

# PostgreSQL's server binaries. As root on Debian they are installed (without Debian's own cluster); else the program says what to do.
need_postgres() {
  if [ -n "${ATOMSETS_PG_BIN:-}" ] || [ -n "${ATOMSETS_DB:-}${ATOMSETS_DB_FILE:-}" ]; then return 0; fi
  if compgen -G '/usr/lib/postgresql/*/bin/postgres' >/dev/null || command -v postgres >/dev/null 2>&1; then return 0; fi
  if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null 2>&1; then return 0; fi
  mkdir -p /etc/postgresql-common
  grep -qs '^create_main_cluster *= *false' /etc/postgresql-common/createcluster.conf ||
    echo 'create_main_cluster = false' >>/etc/postgresql-common/createcluster.conf
  install_packages "PostgreSQL (Debian's package, without a server of its own)" postgresql || return 0
}

# Node.js with npm, which build the pages; without them the program is built without pages and says so. Where they had to be installed first, the
# program of the FOLDERs is built anew.
need_node() {
  if command -v npm >/dev/null 2>&1; then return 0; fi
  install_packages "Node.js and npm, for the pages" nodejs npm || return 0
  local stamp; for stamp; do rm -f "$stamp/bin/${build_variant}Release/.built"; done
}

# A browser for the tests of the pages; without one they are skipped, which is counted.
need_chromium() {
  if [ -n "${ATOMSETS_CHROMIUM:-}" ]; then return 0; fi
  local name; for name in chromium chromium-browser google-chrome google-chrome-stable; do command -v "$name" >/dev/null 2>&1 && return 0; done
  install_packages "Chromium, for the tests of the pages" chromium || return 0
}

# Whether a source file of the program, or of the folder BENCH where that is given, is newer than the stamp of the last build.
is_stale() {
  local root=$1 stamp=$2 bench=${3:-none}
  bench=${bench%%/*}
  [ ! -f "$stamp" ] || [ -n "$(find "$root" -maxdepth 6 \( -name bin -o -name obj -o -name .git -o -name tests -o \( -name bench ! -name "$bench" \) -o -name docs -o -name node_modules -o -path '*/Dashboard/web/dist*' \) -prune -o \
    \( -name '*.cs' -o -name '*.csproj' -o -name '*.props' -o -name '*.sql' -o -name '*.yaml' -o -name '*.json' -o -name '*.csv' -o -name '*.py' \
    -o -name '*.ts' -o -name '*.tsx' -o -name '*.css' -o -name '*.html' -o -name '*.mjs' -o -name '*.targets' \) -newer "$stamp" -print -quit)" ]
}

# With ATOMSETS_TORCH=cpu or cuda the program is built with TorchSharp, in folders of its own; TORCHSHARP_VERSION names another version than
# the pinned one, for an older libtorch.
case "${ATOMSETS_TORCH:-}" in
  '') build_variant='' build_switches=() ;;
  cpu|cuda) build_variant="torch-$ATOMSETS_TORCH/" build_switches=("-p:Torch=$ATOMSETS_TORCH" ${TORCHSHARP_VERSION:+"-p:TorchSharpVersion=$TORCHSHARP_VERSION"}) ;;
  *) say "ATOMSETS_TORCH=$ATOMSETS_TORCH: must be cpu or cuda"; exit 2 ;;
esac

# Whether a command line is for the cluster.
on_cluster() {
  [ "${1:-}" = cluster ] && return 0
  local word; for word; do [ "$word" = --cluster ] && return 0; done
  return 1
}

# The Orleans packages, which not every mirror of the gallery has; asked for only before a build.
need_orleans() {
  is_stale "$1" "$1/Client/bin/${build_variant}Release/.built" Client || return 0
  dotnet restore "$1/Client/Client.csproj" -p:Orleans=true -nologo -v q >/dev/null 2>&1 && dotnet restore "$1/Silo/Silo.csproj" -p:Orleans=true -nologo -v q >/dev/null 2>&1 && return 0
  say "the cluster needs the Microsoft.Orleans packages, and this machine's NuGet sources do not have them: add a source that does, such as the public gallery (docs/cluster.md)."
  exit 2
}

# Builds the project of a FOLDER in Release, with further PROPERTIES, when a source file is newer than the last build; two starts at once build once,
# also of two folders: they share projects.
build_once() {
  local root=$1 folder=$2 stamp="$1/$2/bin/${build_variant}Release/.built" out
  shift 2
  is_stale "$root" "$stamp" "$folder" || return 0
  mkdir -p "$root/$folder/bin/${build_variant}Release" "$root/Local/bin"
  (
    flock 9
    # The one before us may have built meanwhile.
    is_stale "$root" "$stamp" "$folder" || exit 0
    say "building (Release; the first time this takes about half a minute) ..."
    touch "$stamp.new"
    if ! out=$(dotnet build "$root/$folder"/*.csproj -c Release -nologo -v q ${build_switches[@]+"${build_switches[@]}"} "$@" 2>&1); then
      printf '%s\n' "$out" >&2
      say "the build failed; the lines above say where."
      exit 1
    fi
    mv "$stamp.new" "$stamp"
  ) 9>"$root/Local/bin/.build.lock"
}
