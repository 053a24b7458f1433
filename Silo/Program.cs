using System.CommandLine;
using System.Net;
using AtomSets.Materials;
using AtomSets.Silo;
using AtomSets.Storage;

var name = new Option<string>("--name") { Description = "Name of the silo, unique in the cluster.", DefaultValueFactory = _ => Environment.MachineName };
var workers = new Option<int>("--workers") { Description = "Trials at once, one core each.", DefaultValueFactory = _ => Environment.ProcessorCount };
var address = new Option<string>("--address") { Description = "Address at which other silos and clients reach this one.", DefaultValueFactory = _ => "127.0.0.1" };
var port = new Option<int>("--port") { Description = "Port for other silos.", DefaultValueFactory = _ => 11111 };
var gateway = new Option<int>("--gateway-port") { Description = "Port for clients.", DefaultValueFactory = _ => 30000 };
var database = new Option<string?>("--db") { Description = "Address of the PostgreSQL server; default: ATOMSETS_DB, else the machine's private server." };
var http = new Option<int>("--http-port", "--health-port") { Description = "Port for HTTP, at the silo's address: /healthz, /readyz, and artifacts and data for other silos; default: any that is free." };
var device = new Option<string?>("--device") { Description = "Where workers compute: cpu (default), torch-cpu, cuda:0 or cuda:0:tf32. The same in all silos of a cluster: part of a trial's key." };
var detach = new Option<bool>("--detach") { Description = "Leave the terminal: its Ctrl-C does not stop the silo." };
var root = new RootCommand("A silo of AtomSets Cluster: owns devices, runs trials. `atomsets cluster up` starts several.") { name, workers, address, port, gateway, database, http, device, detach };
root.SetAction(async (parsed, cancellation) =>
{
    if (parsed.GetValue(detach)) Terminal.Leave();
    try
    {
        if (!IPAddress.TryParse(parsed.GetValue(address), out var ip)) throw new InputException($"--address {parsed.GetValue(address)}: must be an IP address of this machine, such as 10.0.0.5");
        var settings = new SiloSettings(
            parsed.GetValue(name)!, Math.Max(1, parsed.GetValue(workers)), ip, parsed.GetValue(port), parsed.GetValue(gateway), parsed.GetValue(database), parsed.GetValue(http), parsed.GetValue(device));
        await SiloProgram.RunAsync(settings, TimeProvider.System, cancellation);
        return 0;
    }
    catch (PortTakenException e)
    {
        await Console.Error.WriteLineAsync($"atomsets-silo: {e.Message}");
        return 3;
    }
    catch (Exception e) when (e is InputException or StorageException)
    {
        await Console.Error.WriteLineAsync($"atomsets-silo: {e.Message}");
        return 2;
    }
});
return await root.Parse(args).InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null });
