using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Clawdbot.Bench.Upstream;
using Clawdbot.Drill.Processes;

namespace Clawdbot.Bench.Measure;

/// <summary>One of those that are measured, in front of the upstream.</summary>
/// <param name="Name">As the table has it.</param>
/// <param name="Address">Where clients ask.</param>
/// <param name="Pid">Whose cost is counted, children included; 0 for none.</param>
/// <param name="Part">Stops it.</param>
internal sealed record Proxy(string Name, Uri Address, int Pid, IAsyncDisposable? Part) : IAsyncDisposable
{
    public const string Key = "key-of-the-benchmark";

    /// <summary>Our gateway, as it is in production: API keys and telemetry on, nothing recorded elsewhere.</summary>
    public static async Task<Proxy> OursAsync(Uri upstream, string name, IReadOnlyDictionary<string, string> environment)
    {
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(Key)));
        var gateway = await GatewayProcess.StartAsync(environment, $"--Fleet:Secret={FakeReplica.Secret}", $"--Discovery:Replicas:0={upstream}",
            "--Auth:Keys:0:Tenant=bench", $"--Auth:Keys:0:Sha256={hash}", "--Edge:MaxHeldBytes=2147483647");
        gateway.With(Key);
        await gateway.Fleet.UntilAsync(f => f.Replicas.All(r => r.State == "Healthy"));
        return new Proxy(name, gateway.Address, gateway.Program.Id, gateway);
    }

    public static async Task<Proxy> PlainYarpAsync(Uri upstream, string name, IReadOnlyDictionary<string, string> environment)
    {
        var proxy = await PlainProxy.StartAsync([upstream], environment);
        return new Proxy(name, proxy.Address, proxy.Program.Id, proxy);
    }

    public static async Task<Proxy> NginxAsync(Uri upstream)
    {
        var proxy = await NginxProxy.StartAsync([upstream], workers: 2);
        return new Proxy("Nginx", proxy.Address, proxy.Program.Id, proxy);
    }

    public static async Task<Proxy> HaProxyAsync(Uri upstream)
    {
        var proxy = await HaProxy.StartAsync([upstream], threads: 2);
        return new Proxy("HAProxy", proxy.Address, proxy.Program.Id, proxy);
    }

    public ValueTask DisposeAsync() => Part?.DisposeAsync() ?? ValueTask.CompletedTask;

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Name} at {Address}");
}
