using System.Text;
using System.Text.Json;
using Clawdbot.ServiceDefaults.Wire;
using Clawdbot.Testing.Load;
using Clawdbot.Testing.Processes;
using Clawdbot.Tests.Deploy;
using Clawdbot.Tests.Processes;

namespace Clawdbot.Tests.Scenarios.RealEngine;

/// <summary>Two real shims, each with a real llama.cpp server, behind one gateway, or behind the shipped Nginx with two.</summary>
internal sealed class LlamaFleet : IAsyncDisposable
{
    private readonly List<LlamaShim> _shims = [];
    private readonly LlamaModel _model;
    private IAsyncDisposable? _front;
    private IReadOnlyList<FleetWatch> _gateways = [];

    private LlamaFleet(LlamaModel model) => _model = model;

    public IReadOnlyList<LlamaShim> Shims => _shims;

    private IEnumerable<Uri> Addresses => _shims.Select(s => s.Host.Address);

    /// <summary>Connections of clients.</summary>
    public HttpClient Http { get; private set; } = null!;

    public ChatClient Chat { get; private set; } = null!;

    /// <summary>Starts it with one gateway. The test is skipped where there is no server of llama.cpp.</summary>
    /// <param name="shims">Number of shims.</param>
    /// <param name="takesPictures">Whether their servers have a projector.</param>
    /// <param name="arguments">Of the gateway.</param>
    public static Task<LlamaFleet> StartAsync(int shims = 2, bool takesPictures = true, params string[] arguments) =>
        StartAsync(shims, takesPictures, async fleet =>
        {
            var gateway = await GatewayProcess.StartAsync([$"--Fleet:Secret={ShimHost.Secret}",
                .. fleet.Addresses.Select((a, i) => FormattableString.Invariant($"--Discovery:Replicas:{i}={a}")), .. arguments]);
            (fleet._front, fleet._gateways, fleet.Http) = (gateway, [gateway.Fleet], gateway.Http);
        });

    /// <summary>Starts it with Nginx and two gateways. The test is skipped where there is no server of llama.cpp, or no Nginx.</summary>
    public static Task<LlamaFleet> BehindNginxAsync() => StartAsync(2, true, async fleet =>
    {
        // The clocks that ship, where a site of the tests has longer ones.
        var site = await FrontSite.StartAsync(FrontKind.Nginx, fleet.Addresses,
            "--Forwarding:FirstTokenMilliseconds=30000", "--Forwarding:NextTokenMilliseconds=8000", "--Health:SilenceMilliseconds=1000");
        (fleet._front, fleet._gateways, fleet.Http) = (site, [.. site.Gateways.Select(g => g.Fleet)], site.Front.Http);
    });

    /// <summary>Waits until every gateway has all replicas in rotation.</summary>
    public async Task HealthyAsync()
    {
        foreach (var gateway in _gateways)
            await gateway.UntilAsync(f => f.Replicas.Count == Shims.Count && f.Replicas.All(r => r.State == "Healthy"));
    }

    /// <summary>A shim's replica, as the gateways see it.</summary>
    public async Task<IReadOnlyList<ReplicaView>> ViewsAsync(LlamaShim shim)
    {
        var views = await Task.WhenAll(_gateways.Select(gateway => gateway.NowAsync()));
        return [.. views.SelectMany(fleet => fleet.Replicas)
            .Where(r => r.Address is { } at && new Uri(at).Authority == shim.Host.Address.Authority)];
    }

    /// <summary>Number of answers that a shim's engine has begun and not ended.</summary>
    public async Task<int> AnsweringAsync(LlamaShim shim) => (await ViewsAsync(shim)).Sum(r => r.Answering);

    /// <summary>A request about a text, with more fields of the body.</summary>
    public static string Body(string text, string more = "", bool stream = false) =>
        ChatClient.Body($"\"{JsonEncodedText.Encode(text)}\"", stream, seed: 7, more, LlamaModel.Name);

    /// <summary>Sends a request that is not streamed; returns the answer's document, or the error's.</summary>
    public async Task<(int Status, JsonElement Document)> SendAsync(string body)
    {
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        using var response = await Http.PostAsync(new Uri("/v1/chat/completions", UriKind.Relative), content);
        using var document = JsonDocument.Parse(await response.Content.ReadAsStreamAsync());
        return ((int)response.StatusCode, document.RootElement.Clone());
    }

    /// <summary>Sends a request that is streamed; returns its chunks.</summary>
    public async Task<IReadOnlyList<JsonElement>> ChunksAsync(string body)
    {
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        using var response = await Http.PostAsync(new Uri("/v1/chat/completions", UriKind.Relative), content);
        using var events = new SseReader(await response.Content.ReadAsStreamAsync(), GenerationEvents.MostBytes);
        var chunks = new List<JsonElement>();
        while (await events.ReadAsync(CancellationToken.None) is SseResult.Event && !events.Data.SequenceEqual("[DONE]"u8))
            chunks.Add(JsonElement.Parse(events.Data));
        return chunks;
    }

    public async ValueTask DisposeAsync()
    {
        if (_front is not null)
            await _front.DisposeAsync();
        foreach (var shim in _shims)
            await shim.DisposeAsync();
        _model.Dispose();
    }

    private static async Task<LlamaFleet> StartAsync(int shims, bool takesPictures, Func<LlamaFleet, Task> front)
    {
        LlamaShim.Program();
        var fleet = new LlamaFleet(new LlamaModel());
        try
        {
            for (var i = 0; i < shims; i++)
                fleet._shims.Add(await LlamaShim.StartAsync(fleet._model, takesPictures));
            await front(fleet);
            fleet.Chat = new ChatClient(fleet.Http, LlamaModel.Name);
            await fleet.HealthyAsync();
            return fleet;
        }
        catch
        {
            await fleet.DisposeAsync();
            throw;
        }
    }
}

/// <summary>
/// One fleet for all tests of a class that leave it as they found it. A replica that lives is believed however slow the machine is.
/// </summary>
public class SharedLlamaFleet : IAsyncLifetime
{
    private LlamaFleet? _fleet;

    /// <summary>The fleet; the test is skipped where there is no server of llama.cpp.</summary>
    internal LlamaFleet Fleet
    {
        get
        {
            LlamaShim.Program();
            return _fleet!;
        }
    }

    /// <inheritdoc/>
    public async ValueTask InitializeAsync() => _fleet = LlamaShim.Exists ? await LlamaFleet.StartAsync(arguments: Settings) : null;

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return _fleet?.DisposeAsync() ?? ValueTask.CompletedTask;
    }

    private protected virtual string[] Settings => SharedGateway.Trusting;
}

/// <summary>One with the settings that ship, for tests that kill its engines.</summary>
public sealed class ShippedLlamaFleet : SharedLlamaFleet
{
    private protected override string[] Settings => [];
}
