using System.Globalization;
using System.Security.Cryptography;
using Clawdbot.Testing.Processes;
using Clawdbot.Tests.Deploy;

namespace Clawdbot.Tests.AppHost;

/// <summary>However the application host ends, nothing that it started outlives it.</summary>
public sealed class ApplicationEndTests
{
    [Theory(Explicit = true)]
    [InlineData(Signals.Interrupt)]
    [InlineData(Signals.Term)]
    [InlineData(Signals.Kill)]
    public async Task No_process_is_left(int signal)
    {
        // Every process below it inherits this, the orchestrator's too, which is nobody's child.
        var mark = $"CLAWDBOT_TEST_MARK={RandomNumberGenerator.GetHexString(32)}";
        var (host, _) = await RunningProgram.StartAsync(Repository.Program("Clawdbot.AppHost"), ["--Containers=false", "--Ports:Nginx=0", "--Ports:Gateways=0"],
            line => line.Contains("Ready after", StringComparison.Ordinal) ? line : null, new Dictionary<string, string>
            {
                [mark.Split('=')[0]] = mark.Split('=')[1],
                ["ASPNETCORE_ENVIRONMENT"] = "Development",
                ["DOTNET_ENVIRONMENT"] = "Development",
                ["ASPIRE_ALLOW_UNSECURED_TRANSPORT"] = "true",
                ["ASPNETCORE_URLS"] = Address(),
                ["ASPIRE_DASHBOARD_OTLP_ENDPOINT_URL"] = Address(),
                ["ASPIRE_RESOURCE_SERVICE_ENDPOINT_URL"] = Address(),
            });
        await using (host)
        {
            Assert.True(Marked(mark).Count > 5, $"Only {Marked(mark).Count} processes carry the mark.");
            host.Signal(signal);
            await host.Exited.WaitAsync(TimeSpan.FromMinutes(1), TimeProvider.System, TestContext.Current.CancellationToken);
        }
        await Poll.UntilAsync(() => Marked(mark).Count == 0);

        static string Address() => string.Create(CultureInfo.InvariantCulture, $"http://localhost:{FreePort.Next()}");
    }

    private static List<string> Marked(string mark) =>
        [.. Directory.EnumerateDirectories("/proc").Where(folder => char.IsAsciiDigit(Path.GetFileName(folder)[0]) && Environment(folder).Contains(mark, StringComparison.Ordinal))];

    private static string Environment(string process)
    {
        try
        {
            return File.ReadAllText(Path.Combine(process, "environ"));
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }
}
