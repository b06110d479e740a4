using System.Security.Cryptography;
using System.Text;
using Clawdbot.Testing.Load;
using Clawdbot.Testing.Processes;

namespace Clawdbot.Tests.Scenarios;

/// <summary>Two real gateways over the same two real shims, and a tenant with limits that floods them.</summary>
internal sealed class LimitedFleet : IAsyncDisposable
{
    private readonly List<ShimHost> _shims = [];
    private readonly List<GatewayProcess> _gateways = [];
    private readonly List<HttpClient> _clients = [];
    private readonly CancellationTokenSource _leave = new();
    private readonly List<Task> _running = [];
    private long _started;

    private LimitedFleet()
    {
    }

    public IReadOnlyList<GatewayProcess> Gateways => _gateways;

    /// <summary>Requests that were let in.</summary>
    public int Admitted { get; private set; }

    /// <summary>Tokens of the answers, prompts included.</summary>
    public int Tokens { get; private set; }

    /// <summary>
    /// How many times a limit per minute may have been used up since the flood began, because the minute slides: 1 and the minutes since.
    /// </summary>
    public double Minutes => 1 + TimeProvider.System.GetElapsedTime(_started).TotalMinutes;

    /// <summary>Starts everything, and waits until both gateways know of each other.</summary>
    /// <param name="tokensPerSecond">Tokens per second of each answer; 0 for no limit.</param>
    /// <param name="settings">More arguments of both gateways, which the limits of <c>Auth:Keys:0</c> are among.</param>
    public static async Task<LimitedFleet> StartAsync(double tokensPerSecond, params string[] settings)
    {
        var fleet = new LimitedFleet();
        for (var i = 0; i < 2; i++)
        {
            fleet._shims.Add(await ShimHost.StartAsync("--Engine:Capacity=64", "--Engine:Embedded:FirstTokenDelayMilliseconds=0",
                FormattableString.Invariant($"--Engine:Embedded:TokensPerSecond={tokensPerSecond}")));
        }
        for (var i = 0; i < 2; i++)
            await fleet.AddGatewayAsync(settings);
        fleet._started = TimeProvider.System.GetTimestamp();
        return fleet;
    }

    /// <summary>
    /// Sends so many requests to each of these gateways at once, and returns when each of them has its first text, or was refused.
    /// </summary>
    /// <param name="each">Requests for each gateway.</param>
    /// <param name="maxTokens">Tokens of each answer.</param>
    /// <param name="gateways">The gateways, by number.</param>
    /// <returns>How many were let in.</returns>
    public async Task<int> WaveAsync(int each, int maxTokens, params int[] gateways)
    {
        var admitted = await Task.WhenAll(gateways.SelectMany(g => Enumerable.Range(0, each).Select(_ => AskAsync(_clients[g], maxTokens))));
        Admitted += admitted.Count(a => a);
        return admitted.Count(a => a);
    }

    /// <summary>Floods these gateways until the limit is nearly used up, and then with some more.</summary>
    /// <param name="each">Requests of each wave for each gateway.</param>
    /// <param name="maxTokens">Tokens of each answer.</param>
    /// <param name="isNearlyUsed">Whether at least 80 % of the limit is used.</param>
    /// <param name="gateways">The gateways, by number.</param>
    public async Task FloodAsync(int each, int maxTokens, Func<bool> isNearlyUsed, params int[] gateways)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30), TimeProvider.System);
        while (!isNearlyUsed())
        {
            if (await WaveAsync(each, maxTokens, gateways) == 0)
                await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, limit.Token);
        }
        for (var i = 0; i < 10; i++)
            await WaveAsync(each, maxTokens, gateways);
    }

    /// <summary>Waits until a gateway says whether Redis answers it.</summary>
    public static async Task UntilSharedAsync(GatewayProcess gateway, bool isShared)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30), TimeProvider.System);
        while (await gateway.MetricAsync("clawdbot_gateway_shared_store_up") != (isShared ? 1 : 0))
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, limit.Token);
    }

    public async ValueTask DisposeAsync()
    {
        await _leave.CancelAsync();
        await Task.WhenAll(_running);
        _clients.ForEach(c => c.Dispose());
        foreach (var gateway in _gateways)
            await gateway.DisposeAsync();
        foreach (var shim in _shims)
            await shim.DisposeAsync();
        _leave.Dispose();
    }

    private async Task AddGatewayAsync(string[] settings)
    {
        var gateway = (await GatewayProcess.StartAsync([
            "--Failover:Hedge=false", $"--Fleet:Secret={ShimHost.Secret}",
            .. _shims.Select((s, i) => $"--Discovery:Replicas:{i}={s.Address}"), "--Health:SilenceMilliseconds=60000",
            "--Auth:Keys:0:Tenant=acme", $"--Auth:Keys:0:Sha256={Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes("acme")))}",
            .. settings])).With("acme");
        _gateways.Add(gateway);
        _clients.Add(Clients.Create(gateway.Address, "acme"));
        await gateway.Fleet.UntilAsync(f => f.Replicas.Count == 2 && f.Replicas.All(r => r.State == "Healthy"));
    }

    private Task<bool> AskAsync(HttpClient http, int maxTokens)
    {
        var began = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        _running.Add(RunAsync());
        return began.Task;

        async Task RunAsync()
        {
            try
            {
                began.TrySetResult(await IsAnsweredAsync());
            }
            catch (Exception fault)
            {
                began.TrySetException(fault); // a fault after the first text is that of a gateway that was killed
            }
        }

        async Task<bool> IsAnsweredAsync()
        {
            var answer = await new ChatClient(http).AskAsync("hello", stream: true,
                more: FormattableString.Invariant($",\"max_tokens\":{maxTokens}"), onText: _ => began.TrySetResult(true), cancellation: _leave.Token);
            lock (_running)
                Tokens += (answer.PromptTokens ?? 0) + (answer.CompletionTokens ?? 0);
            Assert.True(answer.Status is 200 or 429 || began.Task.IsCompleted || _leave.IsCancellationRequested, $"{answer}");
            return answer.Status == 200;
        }
    }
}
