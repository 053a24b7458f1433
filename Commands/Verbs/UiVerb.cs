using System.CommandLine;
using System.Globalization;
using System.Net;
using AtomSets.Dashboard;
using AtomSets.Engine;
using AtomSets.Materials;

namespace AtomSets.Commands;

/// <summary><c>atomsets ui</c>: the pages and the HTTP API, until Ctrl-C.</summary>
static class UiVerb
{
    const int UsualPort = 5177;

    public static Command Create(CliContext context, Option<string?> database)
    {
        var port = new Option<int>("--port") { Description = "Port; 0 takes one that is free.", HelpName = "n", DefaultValueFactory = _ => UsualPort };
        port.Validators.Add(result =>
        {
            if (result.Tokens.Count == 1 && int.TryParse(result.Tokens[0].Value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) && number is < 0 or > 65535)
                result.AddError($"--port {number}: must be 0 to 65535");
        });
        var host = new Option<string>("--host") { Description = "Address to listen at; beyond this machine only with a token.", HelpName = "address", DefaultValueFactory = _ => "127.0.0.1" };
        var token = new Option<string?>("--token") { Description = $"Secret that whoever asks must know; default: {AccessToken.Variable}. Open the pages once with ?token=SECRET.", HelpName = "secret" };
        var command = new Command("ui", "Serves the pages and the HTTP API: studies as they run, their results, data sets, models, predictions. Ends with Ctrl-C; studies of other programs run on."
            + "\n\nExamples: atomsets ui\n          atomsets ui --port 8080") { port, host, token };
        command.SetAction(async (result, cancellation) =>
        {
            var place = new IPEndPoint(Address(result.GetValue(host)!), result.GetValue(port));
            var secret = result.GetValue(token) is { } given ? AccessToken.Of(given, "--token") : AccessToken.Read(context.Environment);
            await using var session = await context.Sessions.OpenAsync(new(result.GetValue(database)), cancellation);
            await using var server = await DashboardServer.StartAsync(session.DashboardSources(context), place, secret, cancellation);
            context.Console.Profile.Out.Writer.WriteLine(server.Address);
            context.Error.WriteLine($"Pages and API of {session.DatabaseName}. Ctrl-C ends them.");
            try
            {
                await Task.Delay(Timeout.InfiniteTimeSpan, context.Time, cancellation);
            }
            catch (OperationCanceledException)
            {
                // As asked.
            }
            return ExitCodes.Done;
        });
        return command;
    }

    static IPAddress Address(string host) => host == "localhost" ? IPAddress.Loopback : IPAddress.TryParse(host, out var address) ? address
        : throw new InputException($"--host {host}: must be an IP address, such as 0.0.0.0 for all of this machine");
}
