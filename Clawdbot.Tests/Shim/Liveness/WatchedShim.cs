using Clawdbot.Drill.Processes;
using Clawdbot.ServiceDefaults.Wire;
using Clawdbot.Tests.Fakes;
using Clawdbot.Tests.Fakes.Engines;

namespace Clawdbot.Tests.Shim.Liveness;

/// <summary>A real shim in front of a faked engine that it watches.</summary>
internal sealed class WatchedShim : IAsyncDisposable
{
    /// <summary>Everything a few times faster than in production.</summary>
    private static readonly string[] Fast =
    [
        "--Liveness:CanaryIntervalSeconds=0.5", "--Liveness:CanarySeconds=1.5", "--Liveness:DeadInputSeconds=2", "--Liveness:FrozenSeconds=2.5", "--Liveness:HungSeconds=4",
    ];

    private readonly ShimHost _shim;

    private WatchedShim(EngineFake fake, ShimHost shim) => (Fake, _shim, Caller) = (fake, shim, new FleetCaller(shim.Address));

    public EngineFake Fake { get; }

    public FleetCaller Caller { get; }

    public Uri Address => _shim.Address;

    /// <summary>Starts it and waits until it serves and the engine has been asked once, by a canary or a client.</summary>
    /// <param name="kind">Of engine.</param>
    /// <param name="isFast">Whether it is watched faster than in production.</param>
    /// <param name="arguments">More of the shim's.</param>
    public static async Task<WatchedShim> StartAsync(string kind, bool isFast = true, params string[] arguments)
    {
        EngineFake fake = kind switch
        {
            "vllm" => await VllmFake.StartAsync(),
            "sglang" => await SgLangFake.StartAsync(),
            "llamacpp" => new LlamaCppFake(new EngineCore()),
            "ollama" => await OllamaFake.StartAsync(),
            _ => await OpenAiFake.StartAsync(),
        };
        if (fake is LlamaCppFake)
            await fake.ListenAsync();
        var shim = new WatchedShim(fake, await ShimHost.StartAsync([$"--Engine:Kind={kind}", $"--Engine:Address={fake.Address}", .. fake is OllamaFake ? ["--Engine:Model=m", $"--Engine:Ollama:Name={OllamaFake.Model}"] : Array.Empty<string>(), .. isFast ? Fast : [], .. arguments]));
        await shim.Caller.StatusAsync(s => s.Verdict == ShimVerdict.Ready);
        Assert.Null((await shim.AskAsync()).Error);
        return shim;
    }

    /// <summary>A client's request.</summary>
    public Task<FleetAnswer> AskAsync(string? picture = null, CancellationToken cancellation = default) => Caller.GenerateAsync(Question(picture), cancellation: cancellation);

    /// <summary>A client's request.</summary>
    public static string Question(string? picture = null) => picture is null
        ? """{"model":"m","messages":[{"role":"user","content":"hi"}]}"""
        : $$$"""{"model":"m","messages":[{"role":"user","content":[{"type":"text","text":"hi"},{"type":"image_url","image_url":{"url":"data:image/png;base64,{{{picture}}}"}}]}]}""";

    /// <summary>The verdict as it is told, once it is this one.</summary>
    public Task<ShimStatus> UntilAsync(ShimVerdict verdict) => Caller.StatusAsync(s => s.Verdict == verdict);

    /// <summary>Waits until so many canaries were answered.</summary>
    public async Task CanariesAsync(int count)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60), TimeProvider.System);
        while (await MetricAsync("clawdbot_shim_canaries_total", "alive") < count)
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, limit.Token);
    }

    /// <summary>A counter of the shim's.</summary>
    public async Task<double> MetricAsync(string name, string label)
    {
        using var http = new HttpClient { BaseAddress = Address };
        return (await http.GetStringAsync("/metrics")).Split('\n').Where(l => l.StartsWith(name, StringComparison.Ordinal) && l.Contains(label, StringComparison.Ordinal))
            .Sum(l => double.Parse(l[(l.LastIndexOf('}') + 1)..].Trim().Split(' ')[0], System.Globalization.CultureInfo.InvariantCulture));
    }

    public async ValueTask DisposeAsync()
    {
        Caller.Dispose();
        await _shim.DisposeAsync();
        await Fake.DisposeAsync();
    }
}
