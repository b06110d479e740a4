using Clawdbot.ServiceDefaults.Wire;
using Clawdbot.Testing.Load;
using System.Collections.Concurrent;
using System.Text;
using System.Text.Json;
using Clawdbot.Testing.Processes;
using Clawdbot.Tests.Processes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Clawdbot.Tests.Fakes;

/// <summary>What a generation of the hostile shim is asked to do.</summary>
internal delegate Task Misbehaviour(HostileShim.HostileGeneration generation);

/// <summary>
/// A shim over real HTTP that misbehaves by script. Each generation takes the next misbehaviour of the script that all
/// shims of a test share; without one it answers well: <see cref="Words"/> words, a token each, going on from given ids.
/// </summary>
internal sealed class HostileShim : IAsyncDisposable
{
    public const int Words = 12;

    /// <summary>Requests that one takes at once.</summary>
    public const int PlacesOfOne = 8;

    private readonly WebApplication _app;
    private readonly ConcurrentQueue<Misbehaviour> _script;
    private static readonly TimeSpan Away = TimeSpan.FromMilliseconds(700);
    private CancellationTokenSource _life = new();
    private volatile bool _isDead;
    private int _lives;
    private int _generations;

    private HostileShim(WebApplication app, ConcurrentQueue<Misbehaviour> script) => (_app, _script) = (app, script);

    public Uri Address { get; private set; } = null!;

    /// <summary>Generations that reached it, bodies and all.</summary>
    public int Generations => Volatile.Read(ref _generations);

    /// <summary>Its identity hash.</summary>
    public string Identity { get; set; } = "hostile";

    /// <summary>What it says of its load.</summary>
    public int ClaimedLoad { get; set; }

    /// <summary>What it says of itself.</summary>
    public ShimVerdict Verdict { get; set; } = ShimVerdict.Ready;

    /// <summary>What it says that it takes at once.</summary>
    public int Capacity { get; set; } = PlacesOfOne;

    /// <summary>What it says that its engine can't do.</summary>
    public IReadOnlyList<string> Lacks { get; set; } = [];

    /// <summary>What it says of its context, in tokens.</summary>
    public int? ContextTokens { get; set; }

    /// <summary>How its engine goes on.</summary>
    public ContinuationKind Continuation { get; set; } = ContinuationKind.Ids;

    /// <summary>Whether its engine says the same again.</summary>
    public bool Repeatable { get; set; }

    /// <summary>What a request meets by its body, null for nothing; instead of the script.</summary>
    public Func<JsonElement, Misbehaviour?>? Choose { get; set; }

    /// <summary>What gateways told it; forgotten when it dies.</summary>
    public Quarantine Quarantine { get; private set; } = new(TimeProvider.System);

    /// <summary>The answer of a shim that behaves.</summary>
    public static string Answer { get; } = string.Concat(Enumerable.Range(0, Words).Select(Word));

    public static async Task<HostileShim> StartAsync(ConcurrentQueue<Misbehaviour>? script = null, string secret = ShimHost.Secret)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        var app = builder.Build();
        app.Urls.Add("http://127.0.0.1:0");
        var shim = new HostileShim(app, script ?? new());
        app.Use(shim.UnlessDeadAsync);
        app.MapGet(FleetRoutes.Proof, (HttpContext http) => http.Response.Headers[FleetHeaders.Proof] =
            FleetProof.Answer(secret, http.Request.Headers[FleetHeaders.Challenge]) ?? "none");
        app.MapGet(FleetRoutes.Status, shim.StatusAsync);
        app.MapPost(FleetRoutes.Generate, shim.GenerateAsync);
        app.MapPost(FleetRoutes.Quarantine, async (HttpContext http) =>
        {
            foreach (var entry in (await http.Request.ReadFromJsonAsync(WireJson.Default.IReadOnlyListQuarantinedRequest))!)
                shim.Quarantine.Add(entry);
        });
        await app.StartAsync();
        shim.Address = new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());
        return shim;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    /// <summary>Dies as a process does, with all its connections, and is back after a while under another instance.</summary>
    public async Task DieAsync()
    {
        Interlocked.Increment(ref _lives);
        _isDead = true;
        Quarantine = new Quarantine(TimeProvider.System);
        await Interlocked.Exchange(ref _life, new CancellationTokenSource()).CancelAsync();
        _ = Task.Delay(Away, TimeProvider.System).ContinueWith(_ => _isDead = false, TaskScheduler.Default);
    }

    private async Task UnlessDeadAsync(HttpContext http, RequestDelegate next)
    {
        if (_isDead)
        {
            http.Abort();
            return;
        }
        await using var dies = _life.Token.Register(http.Abort);
        await next(http);
    }

    private static string Word(int i) => $"word{i} ";

    private async Task StatusAsync(HttpContext http)
    {
        http.Response.ContentType = "text/event-stream";
        while (!http.RequestAborted.IsCancellationRequested)
        {
            var status = new ShimStatus
            {
                Instance = $"{Address.Port}-{_lives}", Pid = Environment.ProcessId, Model = ChatClient.Model, Identity = Identity,
                Continuation = Continuation, Repeatable = Repeatable, Engine = "hostile 1",
                Verdict = Verdict, Reason = Verdict == ShimVerdict.Ready ? "serving" : $"says {Verdict}", InFlight = ClaimedLoad,
                Capacity = Capacity, Started = Generations, Continued = 0, TokensGenerated = 0, Quarantined = Quarantine.Entries, ContextTokens = ContextTokens,
                Capabilities = [.. Lacks.Select(l => new CapabilityReport(l, Capabilities.Lacking, "said so"))],
            };
            await http.Response.WriteAsync($"event: status\ndata: {JsonSerializer.Serialize(status, WireJson.Default.ShimStatus)}\n\n");
            await http.Response.Body.FlushAsync();
            await Task.Delay(FleetRoutes.StatusInterval, TimeProvider.System, http.RequestAborted)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task GenerateAsync(HttpContext http)
    {
        using var body = await JsonDocument.ParseAsync(http.Request.Body);
        var extras = body.RootElement.GetProperty(GenerationEvents.ExtrasField).Deserialize(WireJson.Default.GenerationExtras)!;
        var generation = new HostileGeneration(this, http, extras.Continue?.Count ?? extras.ContinueText?.Count(c => c == ' ') ?? 0,
            Identity, body.RootElement);
        Misbehaviour? misbehaviour = null;
        var misbehaves = Choose is null ? _script.TryDequeue(out misbehaviour) : (misbehaviour = Choose(body.RootElement)) is not null;
        // Whoever waits for it may kill the caller then: its misbehaviour must not be left to the next one.
        Interlocked.Increment(ref _generations);
        await (misbehaves ? misbehaviour!(generation) : generation.WholeAsync());
    }

    /// <summary>One generation, in pieces that a misbehaviour puts together.</summary>
    internal sealed class HostileGeneration(HostileShim shim, HttpContext http, int given, string identity, JsonElement request)
    {
        private const int PieceAfter = 2;
        private readonly int _choices = request.TryGetProperty("n", out var n) ? n.GetInt32() : 1;
        private readonly bool _hasTools = request.TryGetProperty("tools", out _);

        public HttpContext Http => http;

        public HostileShim Shim => shim;

        /// <summary>Says more than there is to say.</summary>
        public bool IsEndless { get; set; }

        /// <summary>The client has seen text, where it streams: what is reset before that may be lost on the way.</summary>
        public Task Seen { get; set; } = Task.CompletedTask;

        public async Task WholeAsync()
        {
            await StartAsync();
            await TokensAsync(Words - given);
            await EndAsync();
        }

        /// <summary>One token, then nothing until <paramref name="release"/>, then the rest.</summary>
        public async Task HoldAsync(Task release)
        {
            await StartAsync();
            await TokensAsync(1);
            await release.WaitAsync(http.RequestAborted);
            await TokensAsync(Words - given - 1, after: 1);
            await EndAsync();
        }

        private Task EndAsync() =>
            RawAsync(string.Concat(Enumerable.Range(0, _choices)
                .Select(c => $"event: finish\ndata: {{\"index\":{c},\"reason\":\"stop\"}}\n\n"))
                    + "event: usage\ndata: {\"prompt_tokens\":5,\"completion_tokens\":12,\"generated\":12}\n\nevent: done\ndata: {}\n\n");

        public Task StartAsync()
        {
            http.Response.ContentType = "text/event-stream";
            return RawAsync("event: start\n"
                + $"data: {{\"instance\":\"x\",\"identity\":\"{identity}\",\"model\":\"{ChatClient.Model}\",\"prompt_tokens\":5}}\n\n");
        }

        public async Task TokensAsync(int count, int after = 0)
        {
            for (var i = given + after; i < Math.Min(given + after + count, IsEndless ? int.MaxValue : Words); i++)
            {
                for (var c = 0; c < _choices; c++)
                    await RawAsync($"event: tokens\ndata: {{\"index\":{c},\"text\":\"{Word(i)}\",\"ids\":[{i}]}}\n\n");
                if (_hasTools && i == PieceAfter)
                {
                    await RawAsync("event: piece\ndata: {\"index\":0,\"choice\":{\"delta\":{\"tool_calls\":[{\"index\":0,\"id\":\"c\","
                        + "\"type\":\"function\",\"function\":{\"name\":\"look\",\"arguments\":\"{}\"}}]}}}\n\n");
                }
            }
        }

        public async Task RawAsync(string bytes)
        {
            await http.Response.Body.WriteAsync(Encoding.UTF8.GetBytes(bytes));
            await http.Response.Body.FlushAsync();
        }

        /// <summary>Says nothing more, until the gateway gives up.</summary>
        public Task SilenceAsync() =>
            Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, http.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default);
    }
}
