using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Clawdbot.Bench.Upstream;
using Clawdbot.Testing.Processes;

namespace Clawdbot.Bench.Measure;

/// <summary>A proxy that is measured, in front of the upstream.</summary>
/// <param name="Name">Name in the table.</param>
/// <param name="Address">Address that clients call.</param>
/// <param name="Pid">Process whose cost is counted, children included; 0: none.</param>
/// <param name="Part">Stops the proxy when it is disposed; null where there is nothing to stop.</param>
internal sealed record Proxy(string Name, Uri Address, int Pid, IAsyncDisposable? Part) : IAsyncDisposable
{
    public const string Key = "key-of-the-benchmark";

    /// <summary>Path of the requests.</summary>
    public string Path { get; init; } = "/v1/chat/completions";

    /// <summary>Header that carries the key.</summary>
    public string KeyHeader { get; init; } = $"Authorization: Bearer {Key}";

    /// <summary>Reads how many bytes the process has allocated on its managed heap so far; null where that can't be asked.</summary>
    public Func<Task<double>>? AllocatedAsync { get; init; }

    /// <summary>All proxies, in the order of a round. Needs is a program that may be missing.</summary>
    /// <param name="before">Another build of the gateway to measure beside this one, its program; empty: none.</param>
    public static IReadOnlyList<(string Name, string? Needs, Func<Uri, Task<Proxy>> StartAsync)> All(string before) =>
    [
        (Comparison.Direct, null, upstream => Task.FromResult(new Proxy(Comparison.Direct, upstream, 0, null))),
        ("Clawdbot", null, upstream => OursAsync(upstream, "Clawdbot", Switches.Defaults)),
        .. Before(before, "Clawdbot, before", Switches.Defaults),
        (Comparison.Reference, null, upstream => PlainYarpAsync(upstream, Comparison.Reference, Switches.Defaults)),
        ("Clawdbot, as shipped", null, upstream => OursAsync(upstream, "Clawdbot, as shipped", Switches.Shipped)),
        .. Before(before, "Clawdbot, before, as shipped", Switches.Shipped),
        ("plain YARP, same switches", null, upstream => PlainYarpAsync(upstream, "plain YARP, same switches", Switches.Shipped)),
        ("Nginx", "nginx", NginxAsync),
        ("HAProxy", "haproxy", HaProxyAsync),
    ];

    public ValueTask DisposeAsync() => Part?.DisposeAsync() ?? ValueTask.CompletedTask;

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Name} at {Address}");

    private static (string Name, string? Needs, Func<Uri, Task<Proxy>> StartAsync)[] Before(
        string program, string name, IReadOnlyDictionary<string, string> switches) =>
        program.Length == 0 ? [] : [(name, null, upstream => OursAsync(upstream, name, switches, program))];

    /// <summary>Our gateway, as it is in production: API keys and telemetry on, nothing recorded elsewhere.</summary>
    private static async Task<Proxy> OursAsync(
        Uri upstream, string name, IReadOnlyDictionary<string, string> switches, string? program = null)
    {
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(Key)));
        var gateway = await GatewayProcess.StartAsync(
            program ?? Repository.Program("Clawdbot.Gateway"), switches,
            $"--Fleet:Secret={FakeReplica.Secret}", $"--Discovery:Replicas:0={upstream}",
            "--Auth:Keys:0:Tenant=bench", $"--Auth:Keys:0:Sha256={hash}", "--Edge:MaxHeldBytes=2147483647");
        gateway.With(Key);
        await gateway.Fleet.UntilAsync(f => f.Replicas.All(r => r.State == "Healthy"));
        return new Proxy(name, gateway.Address, gateway.Program.Id, gateway)
        {
            AllocatedAsync = async () =>
                await gateway.MetricAsync("dotnet_gc_heap_total_allocated_bytes_total") is > 0 and var bytes ? bytes : double.NaN,
        };
    }

    private static async Task<Proxy> PlainYarpAsync(Uri upstream, string name, IReadOnlyDictionary<string, string> switches)
    {
        var proxy = await PlainProxy.StartAsync([upstream], switches);
        return new Proxy(name, proxy.Address, proxy.Program.Id, proxy);
    }

    private static async Task<Proxy> NginxAsync(Uri upstream)
    {
        var proxy = await NginxProxy.StartAsync([upstream], workers: 2);
        return new Proxy("Nginx", proxy.Address, proxy.Program.Id, proxy);
    }

    private static async Task<Proxy> HaProxyAsync(Uri upstream)
    {
        var proxy = await HaProxy.StartAsync([upstream], threads: 2);
        return new Proxy("HAProxy", proxy.Address, proxy.Program.Id, proxy);
    }
}
