using System.CommandLine;
using AtomSets.Materials;
using AtomSets.Storage;

namespace AtomSets.Commands;

/// <summary><c>atomsets db …</c>: the private PostgreSQL server of this machine.</summary>
static class DatabaseVerbs
{
    public static Command Create(CliContext context, Option<string?> database) =>
        new("db", "Shows, starts and stops the private PostgreSQL server of this machine.\n\nExample: atomsets db status")
        {
            Status(context, database),
            Start(context),
            Stop(context),
            Url(context, database),
            Clean(context, database),
        };

    static Command Status(CliContext context, Option<string?> database)
    {
        var format = CommonOptions.Format();
        var command = new Command("status", "Shows the database in use and whether it runs.\n\nExample: atomsets db status") { format };
        command.SetAction(result =>
        {
            var table = new RowTable("what", "value");
            if (Named(context, result.GetValue(database)) is { } named)
            {
                table.Add("kind", "named server (--db or ATOMSETS_DB)");
                table.Add("address", DatabaseAddress.Shown(named));
            }
            else
            {
                var status = ServerStatus.Of(ServerPlace.FromEnvironment());
                table.Add("kind", "private server of this machine");
                table.Add("state", status switch
                {
                    { Ready: true } => "running",
                    { Pid: not null } => "starting",
                    { Created: true } => "stopped (any verb that needs it starts it)",
                    _ => "not created yet (the first verb that needs it creates it)",
                });
                table.Add("process", status.Pid?.ToString(System.Globalization.CultureInfo.InvariantCulture));
                table.Add("stops", status.Pid is null ? null : status.Kept ? "with atomsets db stop" : "when the last program leaves");
                table.Add("address", status.Url);
                table.Add("data", status.Place.Data);
                table.Add("log", status.Place.Log);
            }
            table.Write(context.Console, result.GetValue(format));
            return ExitCodes.Done;
        });
        return command;
    }

    static Command Start(CliContext context)
    {
        var command = new Command("start", "Starts the private server and keeps it running until `atomsets db stop`.\n\nExample: atomsets db start");
        command.SetAction(async (_, cancellation) =>
        {
            var status = await PrivateServer.StartAsync(ServerPlace.FromEnvironment(), context.Error.WriteLine, cancellation);
            context.Console.WriteLine(status.Url ?? "");
            return ExitCodes.Done;
        });
        return command;
    }

    static Command Stop(CliContext context)
    {
        var force = new Option<bool>("--force") { Description = "Stop it even while other programs use it; they fail, and can be run again." };
        var command = new Command("stop", "Stops the private server.\n\nExample: atomsets db stop") { force };
        command.SetAction(async (result, cancellation) =>
        {
            if (!await PrivateServer.StopAsync(ServerPlace.FromEnvironment(), result.GetValue(force), cancellation))
                throw new StorageException("programs use the database; end them first, or stop it all the same, and they fail, with: atomsets db stop --force");
            context.Error.WriteLine("The database is stopped.");
            return ExitCodes.Done;
        });
        return command;
    }

    static Command Url(CliContext context, Option<string?> database)
    {
        var command = new Command("url", "Prints the address of the running database, for psql and other clients: atomsets db start; psql \"$(atomsets db url)\".\n\nExample: atomsets db url");
        command.SetAction(result =>
        {
            if (Named(context, result.GetValue(database)) is { } named)
            {
                context.Console.WriteLine(named);
                return ExitCodes.Done;
            }
            if (ServerStatus.Of(ServerPlace.FromEnvironment()).Url is not { } url)
                throw new StorageException("the private database does not run; start it with: atomsets db start");
            context.Console.WriteLine(url);
            return ExitCodes.Done;
        });
        return command;
    }

    static Command Clean(CliContext context, Option<string?> database)
    {
        var hours = new Option<double>("--older-than")
        {
            Description = "Hours since a file was written; younger ones may belong to a program that runs.", HelpName = "hours", DefaultValueFactory = _ => 24,
        };
        var command = new Command("gc", "Deletes files in the artifact folder that no row needs any more: what killed programs left, and what finished searches kept at "
            + "their pauses. The folder's home must have this database alone.\n\nExample: atomsets db gc --older-than 1") { hours };
        command.SetAction(async (result, cancellation) =>
        {
            var age = result.GetValue(hours);
            if (age is not (>= 0 and <= 1_000_000)) throw new InputException($"--older-than {age}: must be a number of hours from 0 to 1000000");
            await using var session = await context.Sessions.OpenAsync(new(result.GetValue(database)), cancellation);
            var (files, bytes) = session.Artifacts.Collect(await session.ArtifactUse.ReadAsync(cancellation), TimeSpan.FromHours(age));
            context.Error.WriteLine($"Deleted {files} files ({Numbers.Bytes(bytes)}) in {session.Artifacts.Root}.");
            return ExitCodes.Done;
        });
        return command;
    }

    static string? Named(CliContext context, string? option)
    {
        var named = string.IsNullOrWhiteSpace(option) ? DatabaseSetting.Read(context.Environment)?.Address : option;
        return string.IsNullOrWhiteSpace(named) ? null : named;
    }
}
