using System.Text;
using System.Text.Json;
using Clawdbot.Testing.Processes;
using Clawdbot.Tests.Fakes;
using Clawdbot.Tests.Fakes.Engines;

namespace Clawdbot.Tests.Scenarios;

/// <summary>What a client was told about the model of its answer.</summary>
/// <param name="Text">The answer's text.</param>
/// <param name="Models">All values of <c>model</c> in the document or the chunks, each once.</param>
/// <param name="Header">The header <c>X-Clawdbot-Served-Model</c>; null without it.</param>
/// <param name="Replica">The header <c>X-Clawdbot-Replica</c>; null without it.</param>
/// <param name="Served"><c>clawdbot.served_model</c>; null without it.</param>
/// <param name="Error">Code of the error; null when there was none.</param>
internal sealed record NamedAnswer(string Text, IReadOnlyList<string> Models, string? Header, string? Replica, string? Served, string? Error);

/// <summary>A gateway over shims that serve one model, each in front of an engine with a name of its own for it.</summary>
internal sealed class NamedFleet : IAsyncDisposable
{
    /// <summary>The model that clients ask for.</summary>
    public const string Asked = "chat";

    private const int StuckAt = 5;

    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);

    private readonly TaskCompletionSource<int> _stuck = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<ShimHost> _shims = [];

    public List<EngineFake> Engines { get; } = [];

    public HostedGateway Gateway { get; private set; } = null!;

    /// <summary>Starts it.</summary>
    /// <param name="kind">Of the engines.</param>
    /// <param name="names">Each engine's own name of the model.</param>
    /// <param name="arguments">Of the shims.</param>
    public static async Task<NamedFleet> StartAsync(string kind, string[] names, params string[] arguments)
    {
        var fleet = new NamedFleet();
        foreach (var name in names)
        {
            fleet.Engines.Add(await NamedEngine.StartAsync(kind, name));
            fleet._shims.Add(await ShimHost.StartAsync(
            [
                "--Liveness:Canary=Off", $"--Engine:Kind={kind}", $"--Engine:Address={fleet.Engines[^1].Address}", $"--Engine:Model={Asked}",
                $"--Engine:UpstreamModel={name}", .. arguments,
            ]));
        }
        fleet.Gateway = await HostedGateway.StartAsync(
            ["--Failover:ReplicaWaitSeconds=2", .. fleet._shims.Select((s, i) => $"--Discovery:Replicas:{i}={s.Address}")]);
        await fleet.Gateway.Fleet.UntilAsync(f => f.Replicas.Count == names.Length && f.Replicas.All(r => r.State == "Healthy"));
        return fleet;
    }

    /// <summary>Kills the shim of the answer that stopped, once the gateway has a part of it, and returns its number.</summary>
    public async Task<int> KillServingAsync()
    {
        var serving = await _stuck.Task.WaitAsync(Limit, TimeProvider.System);
        await Gateway.Fleet.UntilAsync(f => f.Replicas.Any(r => r.Answering > 0));
        _shims[serving].Program.Signal(Signals.Kill);
        return serving;
    }

    /// <summary>From now on the first answer that has so many tokens stops there, wherever it is.</summary>
    public void StopOne() => Engines.ForEach(engine => engine.Core.TokenDelay = async at =>
    {
        if (at == StuckAt && _stuck.TrySetResult(Engines.IndexOf(engine)))
            await new TaskCompletionSource().Task;
    });

    /// <summary>Asks for the model, with the details.</summary>
    public Task<NamedAnswer> AskAsync(bool stream) => SendAsync(Gateway, "/v1/chat/completions",
        $$"""{"model":"{{Asked}}","seed":3,"stream":{{(stream ? "true" : "false")}},"messages":[{"role":"user","content":"hi"}]}""");

    /// <summary>Sends a body and reads the whole answer.</summary>
    public static async Task<NamedAnswer> SendAsync(HostedGateway gateway, string path, string body, string? idempotencyKey = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        request.Headers.Add("X-Clawdbot-Details", "true");
        if (idempotencyKey is not null)
            request.Headers.Add("Idempotency-Key", idempotencyKey);
        using var response = await gateway.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        var said = Encoding.UTF8.GetString(await BytesAsync(response));
        var documents = said.Split('\n').Select(l => l.StartsWith("data: ", StringComparison.Ordinal) ? l[6..] : l)
            .Where(l => l.StartsWith('{')).Select(l => JsonDocument.Parse(l).RootElement).ToList();
        return new NamedAnswer(
            string.Concat(documents.Select(Text)),
            [.. documents.Where(d => d.TryGetProperty("model", out _)).Select(d => d.GetProperty("model").GetString()!).Distinct()],
            Header(response, "X-Clawdbot-Served-Model"), Header(response, "X-Clawdbot-Replica"),
            documents.Select(d => d.TryGetProperty("clawdbot", out var details) ? details.GetProperty("served_model").GetString() : null)
                .LastOrDefault(m => m is not null),
            documents.Select(d => d.TryGetProperty("error", out var error) ? error.GetProperty("code").GetString() : null)
                .LastOrDefault(c => c is not null));
    }

    public async ValueTask DisposeAsync()
    {
        await Gateway.DisposeAsync();
        foreach (var part in _shims.Cast<IAsyncDisposable>().Concat(Engines))
            await part.DisposeAsync();
    }

    private static string? Header(HttpResponseMessage response, string name) =>
        response.Headers.TryGetValues(name, out var values) ? values.Single() : null;

    /// <summary>What came; an answer that broke off ends without its end.</summary>
    private static async Task<byte[]> BytesAsync(HttpResponseMessage response)
    {
        using var body = new MemoryStream();
        try
        {
            await (await response.Content.ReadAsStreamAsync()).CopyToAsync(body);
        }
        catch (HttpIOException)
        {
            // What came says what went wrong.
        }
        return body.ToArray();
    }

    private static string? Text(JsonElement document)
    {
        if (document.TryGetProperty("result", out var result))
            return result.GetString();
        if (!document.TryGetProperty("choices", out var choices) || choices.GetArrayLength() == 0)
            return null;
        var said = choices[0].TryGetProperty("delta", out var delta) ? delta : choices[0].GetProperty("message");
        return said.TryGetProperty("content", out var content) ? content.GetString() : null;
    }
}
