-- Roles with only the rights that they need, for a database that silos share. Run once by an administrator of the server, in the new, empty database:
--   psql "host=… dbname=atomsets user=postgres" -v owner_password=… -v program_password=… -v reader_password=… -f roles.sql
--
-- atomsets_owner    makes and upgrades the tables: used once for each version of the program (`atomsets cluster status` as this role)
-- atomsets_program  what silos and clients run as: reads and writes rows, cannot make, change or drop a table
-- atomsets_reader   for people and plots: reads
\set ON_ERROR_STOP on

SELECT 'CREATE ROLE ' || name || ' LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE'
FROM unnest(ARRAY['atomsets_owner', 'atomsets_program', 'atomsets_reader']) AS name
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name) \gexec
ALTER ROLE atomsets_owner PASSWORD :'owner_password';
ALTER ROLE atomsets_program PASSWORD :'program_password';
ALTER ROLE atomsets_reader PASSWORD :'reader_password';

REVOKE ALL ON DATABASE :"DBNAME" FROM PUBLIC;
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT CONNECT, CREATE ON DATABASE :"DBNAME" TO atomsets_owner;
GRANT CONNECT ON DATABASE :"DBNAME" TO atomsets_program, atomsets_reader;

CREATE SCHEMA IF NOT EXISTS atomsets AUTHORIZATION atomsets_owner;
GRANT USAGE ON SCHEMA atomsets TO atomsets_program, atomsets_reader;
ALTER DEFAULT PRIVILEGES FOR ROLE atomsets_owner IN SCHEMA atomsets GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO atomsets_program;
ALTER DEFAULT PRIVILEGES FOR ROLE atomsets_owner IN SCHEMA atomsets GRANT USAGE ON SEQUENCES TO atomsets_program;
ALTER DEFAULT PRIVILEGES FOR ROLE atomsets_owner IN SCHEMA atomsets GRANT SELECT ON TABLES TO atomsets_reader;
