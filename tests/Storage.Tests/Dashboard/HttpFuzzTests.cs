using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using AtomSets.Core.Tests.Fuzzing;
using AtomSets.Materials;
using AtomSets.Studies;
using Xunit;

namespace AtomSets.Storage.Tests.Dashboard;

/// <summary>Requests as bytes on the line: addresses with their parameters, and bodies. Each is answered, or refused with a reason, and never by a failure of the program.</summary>
public sealed class HttpFuzzTests(ServedStudies served) : IClassFixture<ServedStudies>
{
    const int MostBytes = 8 << 20;

    static readonly string[] s_words =
    [
        "?", "&", "=", "/", "%00", "%0d%0a", "%2e%2e%2f", "%", "%C0%AF", "+", ",", ";", " ", "\r\n", "limit=", "offset=", "sort=", "descending=true", "size=9223372036854775808", "seed=-1", "mode=scratch", "by=model", "quick=true",
        "lastEventId=", "token=", "'", "''", "\\", "*", "/api/v1/studies/", "/runs", "/configurations", "/curves", "Host: evil.example\r\n", "\r\nTransfer-Encoding: chunked\r\n", "\r\nX: ", "HTTP/1.1",
    ];

    static readonly string[] s_bodyWords =
    [
        "{", "}", "[", "]", ":", ",", "\"", "null", "true", "\"model\"", "\"formula\"", "\"structure\"", "\"fileName\"", "\"interval\"", "\"state\"", "\"\\ud800\"", "\\u0000", "[[[[[[[[[[", "{\"a\":", "\"../../etc/passwd\"", "x.cif", "x.json", "POSCAR",
    ];

    [PostgresFact]
    public void Addresses_and_parameters()
    {
        string[] seeds =
        [
            "/api/v1/studies", $"/api/v1/studies/{ServedStudies.Transfer}?quick=true", $"/api/v1/studies/{ServedStudies.Search}/configurations?limit=5&descending=true", $"/api/v1/studies/{ServedStudies.Transfer}/runs?limit=3&mode=scratch&size=16",
            $"/api/v1/studies/{ServedStudies.Search}/decisions?text=pruned", "/api/v1/datasets/ionic:50:1", "/api/v1/datasets/ionic:50:1/histogram?column=lattice_energy_ev_atom", "/api/v1/models", "/api/v1/info", "/metrics", "/",
        ];
        Fuzzer.Run("http-address", new Mutator([.. seeds.Select(Fuzzer.Bytes)], s_words), target => Check(Ask([.. "GET "u8, .. target, .. Encoding.ASCII.GetBytes(Rest("", 0))])));
    }

    [PostgresFact]
    public async Task Bodies()
    {
        var seeds = await PredictableAsync();
        Fuzzer.Run("http-body", new Mutator([.. seeds.Select(Fuzzer.Bytes)], s_bodyWords), body => Check(Ask([.. Encoding.ASCII.GetBytes("POST /api/v1/predict" + Rest("Content-Type: application/json\r\n", body.Length)), .. body])));
    }

    /// <summary>Bodies that are answered with a value: materials whose elements a model has seen.</summary>
    async Task<List<string>> PredictableAsync()
    {
        var details = await ((IStudyDirectory)served.Engine).ShowAsync(ServedStudies.Transfer, default);
        var node = details.Nodes.First(node => node.Node.StartsWith("transfer/dear/full", StringComparison.Ordinal) && node.Kind == "train" && node.Labels["rows"] == "16");
        var test = details.Nodes.First(one => one.Kind == "evaluate" && one.Node.StartsWith(node.Node, StringComparison.Ordinal));
        var bodies = new List<string>();
        foreach (var prediction in (await served.Sources.Ledger.PredictionsAsync(test.Key!.Value, default)).Where(prediction => prediction.Set == RowSet.Test))
        {
            var crystal = (await served.GetAsync($"studies/{ServedStudies.Transfer}/material?data=ionic&id={prediction.MaterialId}")).GetProperty("crystal");
            var lattice = string.Join('\n', crystal.GetProperty("lattice").EnumerateArray().Select(row => string.Join(' ', row.EnumerateArray())));
            var sites = crystal.GetProperty("sites").EnumerateArray().Select(site => (Element: site.Text("element"), Place: string.Join(' ', site.GetProperty("fractional").EnumerateArray()))).ToList();
            var structure = $"x\n1.0\n{lattice}\n{string.Join(' ', sites.Select(site => site.Element))}\n{string.Join(' ', sites.Select(_ => "1"))}\nDirect\n{string.Join('\n', sites.Select(site => site.Place))}\n";
            var body = JsonSerializer.Serialize(new { model = node.Key!.Value.Short, structure, fileName = "POSCAR", interval = 0.5, state = 0 });
            if ((await served.SendAsync(HttpMethod.Post, "/api/v1/predict", body)).Status == HttpStatusCode.OK) bodies.Add(body);
        }
        return bodies;
    }

    string Rest(string headers, int bodyBytes) => string.Create(CultureInfo.InvariantCulture, $" HTTP/1.1\r\nHost: 127.0.0.1:{served.Address.Port}\r\n{headers}Content-Length: {bodyBytes}\r\nConnection: close\r\n\r\n");

    static void Check((int Status, string Head, string Body) answer)
    {
        // Of what is no HTTP 1.1 the server says no more.
        if (answer.Status == (int)HttpStatusCode.HttpVersionNotSupported && answer.Body.Length == 0) throw new InputException("no HTTP 1.1");
        Assert.InRange(answer.Status, 200, 499);
        Assert.DoesNotContain("root:", answer.Body, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", answer.Body, StringComparison.Ordinal);
        if (answer.Status < 400)
        {
            Assert.Contains("nosniff", answer.Head, StringComparison.OrdinalIgnoreCase);
            return;
        }
        // So are its refusals of what it cannot read.
        if (answer.Body.Length == 0) throw new InputException(string.Create(CultureInfo.InvariantCulture, $"{answer.Status}"));
        var problem = JsonDocument.Parse(answer.Body).RootElement;
        Assert.Equal(answer.Status, problem.GetProperty("status").GetInt32());
        throw new InputException(problem.GetProperty("detail").GetString()!);
    }

    /// <summary>Sends bytes and reads the first answer; of an endless one the head.</summary>
    (int Status, string Head, string Body) Ask(byte[] request)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true, ReceiveTimeout = 20_000, SendTimeout = 20_000 };
        socket.Connect(served.Address.Host, served.Address.Port);
        try
        {
            socket.Send(request);
        }
        catch (SocketException)
        {
            // Refused before the end: the answer is there.
        }
        var bytes = new List<byte>();
        var block = new byte[1 << 16];
        var (headLength, isWhole) = (-1, false);
        while (!isWhole && bytes.Count < MostBytes)
        {
            int read;
            try
            {
                read = socket.Receive(block);
            }
            catch (SocketException e) when (e.SocketErrorCode is SocketError.ConnectionReset && headLength >= 0)
            {
                break; // closed with some of our bytes unread
            }
            if (read == 0) break;
            bytes.AddRange(block.AsSpan(0, read));
            if (headLength < 0) headLength = HeadLength(bytes);
            isWhole = headLength >= 0 && IsWhole(bytes, headLength);
        }
        Assert.True(bytes.Count < MostBytes, "an answer without end");
        Assert.True(headLength >= 0, "no answer");
        var head = Encoding.Latin1.GetString([.. bytes.Take(headLength)]);
        var status = int.Parse(head.AsSpan("HTTP/1.1 ".Length, 3), CultureInfo.InvariantCulture);
        byte[] body = [.. bytes.Skip(headLength)];
        return (status, head, Encoding.UTF8.GetString(head.Contains("chunked", StringComparison.OrdinalIgnoreCase) ? Joined(body) : body));
    }

    static int HeadLength(List<byte> bytes)
    {
        for (var i = 3; i < bytes.Count; i++)
            if (bytes[i] == '\n' && bytes[i - 1] == '\r' && bytes[i - 2] == '\n' && bytes[i - 3] == '\r') return i + 1;
        return -1;
    }

    /// <summary>Whether nothing more is to be waited for.</summary>
    static bool IsWhole(List<byte> bytes, int headLength)
    {
        var head = Encoding.Latin1.GetString([.. bytes.Take(headLength)]);
        if (head.Contains("text/event-stream", StringComparison.OrdinalIgnoreCase)) return true;
        const string Name = "content-length:";
        var at = head.IndexOf(Name, StringComparison.OrdinalIgnoreCase);
        return at >= 0 && bytes.Count - headLength >= int.Parse(head.AsSpan(at + Name.Length, head.IndexOf('\r', at) - at - Name.Length), CultureInfo.InvariantCulture);
    }

    /// <summary>The content of a body that came in pieces, each behind its length.</summary>
    static byte[] Joined(byte[] body)
    {
        var content = new List<byte>();
        for (var at = 0; at < body.Length;)
        {
            var line = body.AsSpan(at).IndexOf("\r\n"u8);
            if (line < 0 || !int.TryParse(Encoding.ASCII.GetString(body, at, line), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var length) || length == 0) break;
            content.AddRange(body.AsSpan(at + line + 2, Math.Min(length, body.Length - at - line - 2)));
            at += line + 2 + length + 2;
        }
        return [.. content];
    }
}
