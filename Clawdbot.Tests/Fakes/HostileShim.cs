using Clawdbot.Drill.Load;
using Clawdbot.Drill.Processes;
using System.Collections.Concurrent;
using System.Text;
using System.Text.Json;
using Clawdbot.ServiceDefaults.Wire;
using Clawdbot.Tests.Processes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Clawdbot.Tests.Fakes;

/// <summary>What a generation of the hostile shim is asked to do.</summary>
internal delegate Task Misbehaviour(HostileShim.Generation generation);

/// <summary>
/// A shim over real HTTP that misbehaves by script. Each generation takes the next misbehaviour of the script that all
/// shims of a test share; without one it answers well: <see cref="Words"/> words, a token each, going on from given ids.
/// </summary>
internal sealed class HostileShim : IAsyncDisposable
{
    public const int Words = 12;

    private readonly WebApplication _app;
    private readonly ConcurrentQueue<Misbehaviour> _script;
    private int _generations;

    private HostileShim(WebApplication app, ConcurrentQueue<Misbehaviour> script) => (_app, _script) = (app, script);

    public Uri Address { get; private set; } = null!;

    /// <summary>Generations that reached it, bodies and all.</summary>
    public int Generations => Volatile.Read(ref _generations);

    /// <summary>Its identity hash.</summary>
    public string Identity { get; set; } = "hostile";

    /// <summary>What it says of its load.</summary>
    public int ClaimedLoad { get; set; }

    /// <summary>The answer of a shim that behaves.</summary>
    public static string Answer { get; } = string.Concat(Enumerable.Range(0, Words).Select(Word));

    public static async Task<HostileShim> StartAsync(ConcurrentQueue<Misbehaviour>? script = null, string secret = ShimHost.Secret)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        var app = builder.Build();
        app.Urls.Add("http://127.0.0.1:0");
        var shim = new HostileShim(app, script ?? new());
        app.MapGet(FleetRoutes.Proof, (HttpContext http) => http.Response.Headers[FleetHeaders.Proof] =
            FleetProof.Answer(secret, http.Request.Headers[FleetHeaders.Challenge]) ?? "none");
        app.MapGet(FleetRoutes.Status, shim.StatusAsync);
        app.MapPost(FleetRoutes.Generate, shim.GenerateAsync);
        await app.StartAsync();
        shim.Address = new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());
        return shim;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private static string Word(int i) => $"word{i} ";

    private async Task StatusAsync(HttpContext http)
    {
        http.Response.ContentType = "text/event-stream";
        while (!http.RequestAborted.IsCancellationRequested)
        {
            var status = new ShimStatus
            {
                Instance = $"{Address.Port}", Pid = Environment.ProcessId, Model = ChatClient.Model, Identity = Identity, Continuation = ContinuationKind.Ids, Repeatable = false, Engine = "hostile 1",
                Verdict = ShimVerdict.Ready, Reason = "serving", InFlight = ClaimedLoad, Capacity = 8, Started = Generations, Continued = 0, TokensGenerated = 0,
            };
            await http.Response.WriteAsync($"event: status\ndata: {JsonSerializer.Serialize(status, WireJson.Default.ShimStatus)}\n\n");
            await http.Response.Body.FlushAsync();
            await Task.Delay(FleetRoutes.StatusInterval, TimeProvider.System, http.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task GenerateAsync(HttpContext http)
    {
        using var body = await JsonDocument.ParseAsync(http.Request.Body);
        var extras = body.RootElement.GetProperty(GenerationEvents.ExtrasField).Deserialize(WireJson.Default.GenerationExtras)!;
        var generation = new Generation(http, extras.Continue?.Count ?? 0, Identity);
        var misbehaves = _script.TryDequeue(out var misbehaviour);
        Interlocked.Increment(ref _generations); // whoever waits for it may kill the caller then: its misbehaviour must not be left to the next one
        await (misbehaves ? misbehaviour!(generation) : generation.WholeAsync());
    }

    /// <summary>One generation, in pieces that a misbehaviour puts together.</summary>
    internal sealed class Generation(HttpContext http, int given, string identity)
    {
        public HttpContext Http => http;

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
            RawAsync("event: finish\ndata: {\"index\":0,\"reason\":\"stop\"}\n\nevent: usage\ndata: {\"prompt_tokens\":5,\"completion_tokens\":12,\"generated\":12}\n\nevent: done\ndata: {}\n\n");

        public Task StartAsync()
        {
            http.Response.ContentType = "text/event-stream";
            return RawAsync($"event: start\ndata: {{\"instance\":\"x\",\"identity\":\"{identity}\",\"model\":\"{ChatClient.Model}\",\"prompt_tokens\":5}}\n\n");
        }

        public async Task TokensAsync(int count, int after = 0)
        {
            for (var i = given + after; i < given + after + count; i++)
                await RawAsync($"event: tokens\ndata: {{\"index\":0,\"text\":\"{Word(i)}\",\"ids\":[{i}]}}\n\n");
        }

        public async Task RawAsync(string bytes)
        {
            await http.Response.Body.WriteAsync(Encoding.UTF8.GetBytes(bytes));
            await http.Response.Body.FlushAsync();
        }

        /// <summary>Says nothing more, until the gateway gives up.</summary>
        public Task SilenceAsync() => Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, http.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default);
    }
}
