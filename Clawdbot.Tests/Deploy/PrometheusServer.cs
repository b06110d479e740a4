using Clawdbot.Testing.Processes;
using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Clawdbot.Tests.Processes;

namespace Clawdbot.Tests.Deploy;

/// <summary>What a query answered.</summary>
/// <param name="Error">Why it did not; null where it did.</param>
/// <param name="Values">One of each series, those that are no number left out.</param>
internal sealed record QueryAnswer(string? Error, IReadOnlyList<double> Values);

/// <summary>
/// A real Prometheus with the repository's own configuration and rules, only that it scrapes every second and takes its
/// targets from files that the test writes, as the application's host would.
/// </summary>
internal sealed partial class PrometheusServer : IAsyncDisposable
{
    private readonly RunningProgram _program;
    private readonly DirectoryInfo _folder;
    private readonly HttpClient _http;

    private PrometheusServer(RunningProgram program, DirectoryInfo folder, Uri address) =>
        (_program, _folder, Address, _http) = (program, folder, address, new HttpClient { BaseAddress = address });

    public Uri Address { get; }

    public static string RequirePrograms() => Require.Program("/usr/bin/prometheus", "prometheus");

    /// <summary>Reads in its log where it listens, and that it answers: until then it says 503. Either line may come first.</summary>
    public static Func<string, string?> Ready()
    {
        var (address, isReady) = ((string?)null, false);
        return line =>
        {
            if (Listening().Match(line) is { Success: true } match)
                address = $"http://{match.Groups[1].Value}";
            isReady |= line.Contains("Server is ready to receive web requests", StringComparison.Ordinal);
            return isReady ? address : null;
        };
    }

    public static async Task<PrometheusServer> StartAsync()
    {
        var folder = Directory.CreateTempSubdirectory("clawdbot-prometheus-");
        folder.CreateSubdirectory("targets");
        folder.CreateSubdirectory("rules");
        var configuration = await File.ReadAllTextAsync(PrometheusFiles.Configuration);
        await File.WriteAllTextAsync(Path.Combine(folder.FullName, "prometheus.yml"), Interval().Replace(configuration, "$1: 1s"));
        foreach (var rules in PrometheusFiles.RuleFiles)
            File.Copy(rules, Path.Combine(folder.FullName, "rules", Path.GetFileName(rules)));
        var (program, address) = await RunningProgram.StartAsync(RequirePrograms(),
            [
                $"--config.file={folder.FullName}/prometheus.yml", $"--storage.tsdb.path={folder.FullName}/data",
                "--web.listen-address=127.0.0.1:0",
            ],
            Ready());
        return new PrometheusServer(program, folder, new Uri(address));
    }

    /// <summary>Says who is to be scraped for a job.</summary>
    public void Target(string job, params (string Instance, Uri Address)[] targets)
    {
        var path = Path.Combine(_folder.FullName, "targets", $"{job}.yml");
        File.WriteAllLines($"{path}.new", targets.SelectMany(t => (string[])
            [$"- targets: [\"{t.Address.Authority}\"]", $"  labels: {{instance: {t.Instance}}}"]));
        File.Move($"{path}.new", path, overwrite: true); // never seen half written
    }

    public async Task<QueryAnswer> QueryAsync(string expr)
    {
        using var form = new FormUrlEncodedContent([new("query", expr)]);
        using var response = await _http.PostAsync("/api/v1/query", form);
        using var document = JsonDocument.Parse(await response.Content.ReadAsByteArrayAsync());
        if (document.RootElement.TryGetProperty("error", out var error))
            return new QueryAnswer(error.GetString(), []);
        var data = document.RootElement.GetProperty("data");
        var result = data.GetProperty("result");
        var values = data.GetProperty("resultType").GetString() == "scalar" ? [result] : result.EnumerateArray().Select(r => r.GetProperty("value"));
        return new QueryAnswer(null, [.. values.Select(v => double.Parse(v[1].GetString()!.Replace("Inf", "Infinity", StringComparison.Ordinal),
            CultureInfo.InvariantCulture)).Where(v => !double.IsNaN(v))]);
    }

    /// <summary>The rules as Prometheus runs them, with what went wrong in each.</summary>
    public async Task<IReadOnlyList<(string Name, string? Error)>> RulesAsync()
    {
        using var document = JsonDocument.Parse(await _http.GetByteArrayAsync("/api/v1/rules"));
        return
        [
            .. document.RootElement.GetProperty("data").GetProperty("groups").EnumerateArray()
                .SelectMany(g => g.GetProperty("rules").EnumerateArray())
                .Select(r => (r.GetProperty("name").GetString()!, r.TryGetProperty("lastError", out var error) ? error.GetString() : null)),
        ];
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _program.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    [GeneratedRegex(@"\b(scrape_interval|scrape_timeout|evaluation_interval): \d+s")]
    private static partial Regex Interval();

    [GeneratedRegex(@"msg=""Listening on"" address=(\S+)")]
    private static partial Regex Listening();
}
