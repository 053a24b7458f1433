#!/bin/sh
# Makes the three secrets with passwords drawn here: nothing of them is in a file of the repository. Run once, before the overlay is applied.
# In production a secret store (External Secrets, Sealed Secrets, Vault) writes the same three secrets with the same keys.
set -eu
draw() { od -An -N24 -tx1 /dev/urandom | tr -d ' \n'; }
owner=$(draw) program=$(draw)
address() { printf 'postgres://%s:%s@atomsets-postgres:5432/atomsets' "$1" "$2"; }
make() { kubectl -n atomsets create secret generic "$@"; }
# Values go by file descriptors, not by arguments that other users of this machine could read.
kubectl get namespace atomsets >/dev/null 2>&1 || kubectl create namespace atomsets
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; chmod 700 "$folder"; cd "$folder"
draw >admin; printf %s "$owner" >owner; printf %s "$program" >program; draw >reader
address atomsets_program "$program" >program.address; address atomsets_owner "$owner" >owner.address
make atomsets-postgres --from-file=admin --from-file=owner --from-file=program --from-file=reader
make atomsets-database --from-file=address=program.address
make atomsets-database-owner --from-file=address=owner.address
