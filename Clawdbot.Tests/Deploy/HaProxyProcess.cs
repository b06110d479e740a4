using System.Globalization;
using System.Text.Json;
using Clawdbot.Testing.Processes;

namespace Clawdbot.Tests.Deploy;

/// <summary>A real HAProxy.</summary>
internal sealed class HaProxyProcess : FrontProcess
{
    private HaProxyProcess(RunningProgram program, int port, int statusPort) : base(FrontKind.HaProxy, program, port, statusPort)
    {
    }

    /// <summary>Starts it before these gateways. The test is skipped where there is no HAProxy.</summary>
    /// <param name="gateways">What stands behind it.</param>
    /// <param name="more">More of its environment.</param>
    public static async Task<HaProxyProcess> StartAsync(IEnumerable<Uri> gateways, params (string Name, string Value)[] more)
    {
        var file = Require();
        for (var tries = 5; ; tries--)
        {
            var (port, statusPort) = (FreePort.Next(), FreePort.Next());
            var program = RunningProgram.Begin(file, HaProxyConfiguration.Arguments,
                environment: HaProxyConfiguration.Environment(gateways, port, statusPort).Concat(more.Select(m => KeyValuePair.Create(m.Name, m.Value))).ToDictionary());
            var front = new HaProxyProcess(program, port, statusPort);
            try
            {
                await program.ListeningAsync(front.Address);
                return front;
            }
            catch (InvalidOperationException fault)
            {
                await front.DisposeAsync();
                if (tries == 1 || !fault.Message.Contains("Address already in use", StringComparison.Ordinal))
                    throw;
            }
        }
    }

    /// <summary>Where it is; the test is skipped where it isn't.</summary>
    public static string Require() => Processes.Require.Program("/usr/sbin/haproxy", "haproxy");

    /// <summary>By its health checks, of which the first is not at once.</summary>
    public override async Task SeesAsync(int gateways)
    {
        using var http = new HttpClient { BaseAddress = Status };
        await Poll.UntilAsync(async () =>
        {
            var metrics = await http.GetStringAsync("/metrics");
            var states = metrics.Split('\n').Where(l => l.StartsWith("haproxy_server_check_status{proxy=\"gateways\"", StringComparison.Ordinal)
                && l.Contains("state=\"L7OK\"", StringComparison.Ordinal));
            return states.Count(l => l.EndsWith(" 1", StringComparison.Ordinal)) == gateways;
        });
    }

    protected override void Clean()
    {
        // It has no files of its own.
    }

    protected override AccessLine Parse(JsonElement line)
    {
        string Field(string name) => line.GetProperty(name).GetString()!;
        var upstream = Field("upstream_addr");
        var isAsked = Field("upstream") is not ("<NOSRV>" or "<STATS>" or "-");
        return new AccessLine(Field("path"), Field("status"),
            isAsked ? 1 + int.Parse(Field("retries"), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture) : 0,
            isAsked ? upstream : "", Field("traceparent"));
    }
}
