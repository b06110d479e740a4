using System.Diagnostics.Metrics;
using Clawdbot.ServiceDefaults.Wire;
using Clawdbot.Tests.Fakes;
using Clawdbot.Tests.Fakes.Engines;
using Microsoft.Extensions.DependencyInjection;

namespace Clawdbot.Tests.Shim.Liveness;

/// <summary>
/// A shim that watches a faked engine over real HTTP, by a clock in the test's hand. The clock stands still while anything is on its way
/// between the two, so that a slow machine is never taken for a slow engine.
/// </summary>
internal sealed class WatchedShim : IAsyncDisposable
{
    /// <summary>As often as the shim looks at its engine.</summary>
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(100);

    private readonly ManualTimeProvider _time;
    private readonly EngineTraffic _traffic;
    private readonly HostedShim _shim;
    private readonly ShimCounters _counters;

    private WatchedShim(EngineFake fake, ManualTimeProvider time, EngineTraffic traffic, HostedShim shim, ShimCounters counters) =>
        (Fake, _time, _traffic, _shim, _counters, Caller) = (fake, time, traffic, shim, counters, new FleetCaller(shim.Address));

    public EngineFake Fake { get; }

    public FleetCaller Caller { get; }

    /// <summary>The shim's clock.</summary>
    public TimeProvider Time => _time;

    /// <summary>Starts it and waits until it serves and the engine has been asked once, by a canary or a client.</summary>
    /// <param name="kind">Of engine.</param>
    /// <param name="arguments">More of the shim's.</param>
    public static Task<WatchedShim> StartAsync(string kind, params string[] arguments) => StartWithAsync(kind, _ => { }, arguments);

    /// <summary>The same with an engine that is as <paramref name="prepare"/> makes it.</summary>
    public static async Task<WatchedShim> StartWithAsync(string kind, Action<EngineCore> prepare, params string[] arguments)
    {
        var fake = await EngineAsync(kind);
        prepare(fake.Core);
        var (time, traffic, counters) = (new ManualTimeProvider(), new EngineTraffic(), new ShimCounters());
        var shim = await HostedShim.StartAsync(
            services => services.AddSingleton<TimeProvider>(time).AddSingleton<HttpMessageHandler>(traffic),
            [.. Arguments(kind, fake), .. arguments]);
        counters.Of(shim.Services.GetRequiredService<IMeterFactory>());
        var watched = new WatchedShim(fake, time, traffic, shim, counters);
        await watched.UntilAsync(ShimVerdict.Ready);
        Assert.Null((await watched.AskAsync()).Error);
        return watched;
    }

    /// <summary>An engine of a kind, well.</summary>
    public static async Task<EngineFake> EngineAsync(string kind) => kind switch
    {
        "vllm" => await VllmFake.StartAsync(),
        "sglang" => await SgLangFake.StartAsync(),
        "llamacpp" => await LlamaCppFake.StartAsync(),
        "ollama" => await OllamaFake.StartAsync(),
        _ => await OpenAiFake.StartAsync(),
    };

    /// <summary>What a shim is told of such an engine.</summary>
    public static string[] Arguments(string kind, EngineFake fake) =>
    [
        $"--Engine:Kind={kind}", $"--Engine:Address={fake.Address}",
        .. fake is OllamaFake ? ["--Engine:Model=m", $"--Engine:Ollama:Name={OllamaFake.Model}"] : Array.Empty<string>(),
    ];

    /// <summary>A client's request, to its end.</summary>
    public Task<FleetAnswer> AskAsync(string? picture = null) => WhileAsync(BeginAsync(picture));

    /// <summary>A client's request. Time passes when something is waited for.</summary>
    public Task<FleetAnswer> BeginAsync(string? picture = null) => Caller.GenerateAsync(Question(picture));

    /// <summary>A client's request.</summary>
    public static string Question(string? picture = null) => picture is null
        ? """{"model":"m","messages":[{"role":"user","content":"hi"}]}"""
        : $$$"""{"model":"m","messages":[{"role":"user","content":[{"type":"text","text":"hi"},{"type":"image_url","image_url":{"url":"data:image/png;base64,{{{picture}}}"}}]}]}""";

    /// <summary>The verdict as it is told, once it is this one.</summary>
    public Task<ShimStatus> UntilAsync(ShimVerdict verdict) => StatusAsync(s => s.Verdict == verdict);

    /// <summary>The first status that is as wanted.</summary>
    public Task<ShimStatus> StatusAsync(Func<ShimStatus, bool> until) => WhileAsync(Caller.StatusAsync(until));

    /// <summary>Waits until this is so.</summary>
    public async Task UntilAsync(Func<bool> condition)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(2), TimeProvider.System);
        while (!condition())
            await StepAsync(limit.Token);
    }

    /// <summary>Lets time pass.</summary>
    public Task PassAsync(double seconds)
    {
        var from = _time.GetTimestamp();
        return UntilAsync(() => _time.GetElapsedTime(from).TotalSeconds >= seconds);
    }

    /// <summary>Waits until so many canaries were answered.</summary>
    public Task CanariesAsync(int count) => UntilAsync(() => Counted("clawdbot.shim.canaries", "alive") >= count);

    /// <summary>A counter of the shim's: the sum of what has this among its tags.</summary>
    public long Counted(string name, string? tag = null) => _counters.Sum(name, tag);

    public async ValueTask DisposeAsync()
    {
        Caller.Dispose();
        var end = _shim.DisposeAsync().AsTask();
        while (await Task.WhenAny(end, Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System)) != end)
            _time.Advance(TimeSpan.FromSeconds(1));
        await Fake.DisposeAsync();
        await end;
        _counters.Dispose();
    }

    /// <summary>Lets time pass until this has ended.</summary>
    public async Task<T> WhileAsync<T>(Task<T> waited)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(2), TimeProvider.System);
        while (!waited.IsCompleted)
            await StepAsync(limit.Token);
        return await waited;
    }

    /// <summary>Passes a step's time once every call to the engine waits for the engine, and the engine for the test.</summary>
    private async Task StepAsync(CancellationToken cancellation)
    {
        do
            await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System, cancellation);
        while (_traffic.Open > Fake.Parked);
        _time.Advance(Step);
    }
}
