using System.Net;
using System.Text;
using System.Text.Json;
using Clawdbot.Gateway.Forwarding;
using Clawdbot.ServiceDefaults.Wire;
using Clawdbot.Testing.Processes;

namespace Clawdbot.Tests.Fakes;

/// <summary>Calls a shim as a gateway does, and shows every event that comes.</summary>
internal sealed class FleetCaller(Uri shim) : IDisposable
{
    private readonly HttpMessageInvoker _http = new(
        FleetHandler.Create(() => ShimHost.Secret, TimeSpan.FromSeconds(10), isTraced: false, TimeProvider.System));

    /// <summary>Sends a generation and reads it to its end.</summary>
    public async Task<FleetAnswer> GenerateAsync(string body, GenerationExtras? extras = null, CancellationToken cancellation = default)
    {
        using var response = await SendAsync(body, extras ?? new GenerationExtras(), cancellation);
        if (response.StatusCode != HttpStatusCode.OK)
        {
            var error = await response.Content.ReadAsStreamAsync(cancellation);
            return new FleetAnswer(response.StatusCode, [])
            {
                Error = JsonSerializer.Deserialize(error, WireJson.Default.GenerationError),
            };
        }
        var seen = new List<FleetEvent>();
        await foreach (var next in EventsAsync(response))
            seen.Add(next);
        return new FleetAnswer(response.StatusCode, seen);
    }

    /// <summary>Sends a generation.</summary>
    public async Task<HttpResponseMessage> SendAsync(string body, GenerationExtras extras, CancellationToken cancellation = default)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(shim, FleetRoutes.Generate))
        {
            Content = new ReplayBody(Encoding.UTF8.GetBytes(body), extras),
        };
        request.Headers.TryAddWithoutValidation(FleetHeaders.Secret, ShimHost.Secret);
        if (extras.ContinueText is not null || extras.Continue is not null)
            request.Headers.TryAddWithoutValidation(FleetHeaders.Continuation, extras.Continue is null ? "text" : "ids");
        return await _http.SendAsync(request, cancellation);
    }

    /// <summary>The events of an answer, one by one.</summary>
    public static async IAsyncEnumerable<FleetEvent> EventsAsync(HttpResponseMessage response)
    {
        using var events = new SseReader(await response.Content.ReadAsStreamAsync());
        while (await events.ReadAsync(CancellationToken.None) == SseResult.Event)
            yield return new FleetEvent(Encoding.UTF8.GetString(events.Name),
                JsonDocument.Parse(Encoding.UTF8.GetString(events.Data)).RootElement);
    }

    /// <summary>Reads the status stream until it says what is waited for.</summary>
    public async Task<ShimStatus> StatusAsync(Func<ShimStatus, bool> until)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(2), TimeProvider.System);
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(shim, FleetRoutes.Status));
        request.Headers.TryAddWithoutValidation(FleetHeaders.Secret, ShimHost.Secret);
        using var response = await _http.SendAsync(request, limit.Token);
        using var events = new SseReader(await response.Content.ReadAsStreamAsync(limit.Token));
        while (await events.ReadAsync(limit.Token) == SseResult.Event)
        {
            if (JsonSerializer.Deserialize(events.Data, WireJson.Default.ShimStatus) is { } status && until(status))
                return status;
        }
        throw new InvalidOperationException("The status stream ended.");
    }

    public void Dispose() => _http.Dispose();
}

/// <param name="Name">Of the event.</param>
/// <param name="Data">Its data.</param>
internal sealed record FleetEvent(string Name, JsonElement Data);

/// <param name="Status">HTTP status.</param>
/// <param name="Events">In their order.</param>
internal sealed record FleetAnswer(HttpStatusCode Status, IReadOnlyList<FleetEvent> Events)
{
    /// <summary>The error, as a body or as an event.</summary>
    public GenerationError? Error { get; init; } = Events is [.., { Name: GenerationEvents.Error } last]
        ? last.Data.Deserialize(WireJson.Default.GenerationError)
        : null;

    /// <summary>All text of choice 0.</summary>
    public string Text => TextOf(0);

    public string Names => string.Join(' ', Events.Select(e => e.Name));

    public IEnumerable<GenerationFinish> Finishes =>
        Of(GenerationEvents.Finish).Select(e => e.Deserialize(WireJson.Default.GenerationFinish)!);

    public IEnumerable<JsonElement> Of(string name) => Events.Where(e => e.Name == name).Select(e => e.Data);

    public string TextOf(int index) =>
        string.Concat(Events.Where(e =>
            e.Name is GenerationEvents.Tokens or GenerationEvents.Finish && e.Data.GetProperty("index").GetInt32() == index)
        .Select(e => e.Data.TryGetProperty("text", out var text) ? text.GetString() : ""));
}
