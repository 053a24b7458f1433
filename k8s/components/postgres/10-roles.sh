#!/bin/sh
# Run by the image once, in the new database; the passwords come from the mounted secret.
set -eu
secret() { cat "/run/secrets/postgres/$1"; }
psql -v ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" \
  -v owner_password="$(secret owner)" -v program_password="$(secret program)" -v reader_password="$(secret reader)" -f /docker-entrypoint-initdb.d/roles/roles.sql
