using System.Text.Json;
using Microsoft.Extensions.Options;

namespace Clawdbot.InferenceShim.Engines.Http;

/// <summary>
/// HTTP calls to an engine that listens at an address. Cancelling a call closes its connection, which tells the engine to stop.
/// </summary>
internal sealed class EngineConnection : IDisposable
{
    private readonly HttpMessageInvoker _http;
    private readonly string _address;
    private readonly string? _key;

    /// <param name="options">Where the engine listens.</param>
    /// <param name="through">Sends the requests; null: sockets of its own do.</param>
    public EngineConnection(IOptions<EngineOptions> options, HttpMessageHandler? through = null)
    {
        _address = options.Value.Address.TrimEnd('/');
        _key = options.Value.ApiKeyFile is { } file ? File.ReadAllText(file).Trim() : null;
        // No proxy, redirects, cookies or retries, and no time limit: the gateway has its own.
        _http = new HttpMessageInvoker(through ?? Sockets());
    }

    /// <summary>The sockets that send requests in production.</summary>
    public static SocketsHttpHandler Sockets() => new()
    {
        UseProxy = false,
        AllowAutoRedirect = false,
        UseCookies = false,
        ConnectTimeout = TimeSpan.FromSeconds(2),
        PooledConnectionIdleTimeout = TimeSpan.FromSeconds(4), // engines close theirs after five, and a request must not meet that
    };

    /// <summary>The address at which the engine listens, without a slash at its end.</summary>
    public string Address => _address;

    /// <summary>Sends a request and returns the response, whatever its status, as soon as its headers have come.</summary>
    /// <exception cref="EngineFailureException">Nothing came.</exception>
    public async Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, HttpContent? body, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(method, new Uri(_address + path)) { Content = body };
        if (_key is not null)
            request.Headers.TryAddWithoutValidation("Authorization", $"Bearer {_key}");
        try
        {
            return await _http.SendAsync(request, cancellation);
        }
        catch (HttpRequestException fault)
        {
            throw new EngineFailureException("engine_unreachable", $"The engine at {_address} does not answer: {fault.Message}", fault);
        }
    }

    /// <summary>Gets a JSON document.</summary>
    /// <exception cref="EngineFailureException">There is none.</exception>
    public Task<JsonDocument> GetJsonAsync(string path, CancellationToken cancellation) =>
        JsonAsync(HttpMethod.Get, path, null, cancellation);

    /// <summary>Asks for a JSON document.</summary>
    /// <exception cref="EngineFailureException">There is none.</exception>
    public async Task<JsonDocument> JsonAsync(HttpMethod method, string path, HttpContent? body, CancellationToken cancellation)
    {
        using var response = await SendAsync(method, path, body, cancellation);
        if (!response.IsSuccessStatusCode)
            throw new EngineFailureException("engine_failed", $"The engine answers {path} with {(int)response.StatusCode}.");
        try
        {
            return await JsonDocument.ParseAsync(await response.Content.ReadAsStreamAsync(cancellation), cancellationToken: cancellation);
        }
        catch (Exception fault) when (fault is JsonException or IOException or HttpRequestException)
        {
            throw new EngineFailureException("engine_failed", $"What the engine answers {path} with is not JSON: {fault.Message}", fault);
        }
    }

    /// <summary>Checks that the engine answers, with whatever status.</summary>
    /// <exception cref="EngineFailureException">Nothing came.</exception>
    public async Task PingAsync(CancellationToken cancellation)
    {
        using var response = await SendAsync(HttpMethod.Head, "/", null, cancellation);
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();
}
