using System.Globalization;
using System.Text;

namespace AtomSets.Storage;

/// <summary>The private server's configuration, written anew at each start: the program owns it.</summary>
static class ServerConfiguration
{
    public static string Write(string socketDirectory) =>
        new StringBuilder("# Written by AtomSets Cluster at each start of its private database; changes are lost.\n")
            .Append("# Only through the socket, whose folder only its owner can enter.\n")
            .Append("listen_addresses = ''\n")
            .Append(CultureInfo.InvariantCulture, $"unix_socket_directories = {Quote('"' + socketDirectory.Replace("\"", "\"\"", StringComparison.Ordinal) + '"')}\n")
            .Append("unix_socket_permissions = 0700\n")
            .Append("max_connections = 50\n")
            .Append("shared_buffers = 256MB\n")
            .Append("# Questions sum a study's hundred thousand rows at most; few are asked at once.\n")
            .Append("work_mem = 32MB\n")
            .Append("# Local disks find a page as fast as the next one, and most pages are in memory.\n")
            .Append("random_page_cost = 1.1\n")
            .Append("effective_cache_size = 2GB\n")
            .Append("maintenance_work_mem = 128MB\n")
            .Append("fsync = on\n")
            .Append("synchronous_commit = on\n")
            .Append("# One machine, no standby.\n")
            .Append("wal_level = minimal\n")
            .Append("max_wal_senders = 0\n")
            .Append("max_wal_size = 1GB\n")
            .Append("checkpoint_timeout = 15min\n")
            .Append("# Compiling a query costs more than our queries do.\n")
            .Append("jit = off\n")
            .Append("update_process_title = off\n")
            .Append("timezone = 'UTC'\n")
            .Append("log_timezone = 'UTC'\n")
            .Append("datestyle = 'iso, ymd'\n")
            .Append("lc_messages = 'C'\n")
            .Append("log_min_messages = warning\n")
            .Append("log_line_prefix = '%m [%p] %a '\n")
            .ToString();

    static string Quote(string value) =>
        "'" + value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("'", "''", StringComparison.Ordinal) + "'";
}
