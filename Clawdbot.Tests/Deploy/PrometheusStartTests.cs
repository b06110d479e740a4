using Clawdbot.Testing.Processes;
using System.Text.Json;
using Clawdbot.Tests.Processes;

namespace Clawdbot.Tests.Deploy;

/// <summary>The container's entry point, with a real Prometheus behind it.</summary>
public sealed class PrometheusStartTests
{
    [Fact]
    public async Task What_the_application_host_names_is_what_is_scraped()
    {
        var home = Directory.CreateTempSubdirectory("clawdbot-prometheus-");
        var environment = new Dictionary<string, string>
        {
            ["PROMETHEUS"] = PrometheusServer.RequirePrograms(),
            ["TARGETS_DIRECTORY"] = Path.Combine(home.FullName, "targets"),
            ["TARGETS_GATEWAY"] = "gateway-0=127.0.0.1:1 gateway-1=127.0.0.1:2 ",
            ["TARGETS_REPLICA"] = "replica-0=127.0.0.1:3",
        };
        var (program, address) = await RunningProgram.StartAsync("/bin/sh",
            [Path.Combine(PrometheusFiles.Folder, "start.sh"), "--web.listen-address=127.0.0.1:0"],
            PrometheusServer.Ready(), environment);
        await using (program)
        {
            using var http = new HttpClient { BaseAddress = new Uri(address) };

            // Addresses are read from files as soon as those are seen, which is not at once.
            using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60), TimeProvider.System);
            while (!new[] { "gateway-0 127.0.0.1:1", "gateway-1 127.0.0.1:2", "prometheus localhost:9090", "replica-0 127.0.0.1:3" }.SequenceEqual(await TargetsAsync(http)))
                await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, limit.Token);
            Assert.Contains("clawdbot-slo", await http.GetStringAsync("/api/v1/rules"), StringComparison.Ordinal);
        }
        home.Delete(recursive: true);
    }

    private static async Task<IReadOnlyList<string>> TargetsAsync(HttpClient http)
    {
        using var document = JsonDocument.Parse(await http.GetByteArrayAsync("/api/v1/targets"));
        return
        [
            .. document.RootElement.GetProperty("data").GetProperty("activeTargets").EnumerateArray()
                .Select(t => $"{t.GetProperty("labels").GetProperty("instance").GetString()} {t.GetProperty("discoveredLabels").GetProperty("__address__").GetString()}")
                .Order(StringComparer.Ordinal),
        ];
    }
}
