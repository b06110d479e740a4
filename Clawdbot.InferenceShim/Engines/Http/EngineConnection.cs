using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Microsoft.Extensions.Options;

namespace Clawdbot.InferenceShim.Engines.Http;

/// <summary>
/// HTTP calls to an engine that listens at an address. Cancelling a call closes its connection, which tells the engine to stop.
/// </summary>
internal sealed class EngineConnection : IDisposable
{
    /// <summary>Set on a request for which a connection was made, so that it did not use one that was kept.</summary>
    private static readonly HttpRequestOptionsKey<StrongBox<bool>> IsFirst = new("first on its connection");

    /// <summary>
    /// Most time from a request to the end of its connection where that says that the connection was closed before. An engine that dies of
    /// a request has read it first, and is not to get it again.
    /// </summary>
    private static readonly TimeSpan AtOnce = TimeSpan.FromMilliseconds(200);

    private readonly TimeProvider _time;
    private readonly HttpMessageInvoker _http;
    private readonly HttpMessageInvoker? _fresh;
    private readonly string _address;
    private readonly string? _key;

    /// <param name="options">Where the engine listens.</param>
    /// <param name="time">Tells how long requests take.</param>
    /// <param name="through">Sends the requests; null: sockets of its own do.</param>
    public EngineConnection(IOptions<EngineOptions> options, TimeProvider time, HttpMessageHandler? through = null)
    {
        _time = time;
        _address = options.Value.Address.TrimEnd('/');
        _key = options.Value.ApiKeyFile is { } file ? File.ReadAllText(file).Trim() : null;
        // No proxy, redirects or cookies, and no time limit: the gateway has its own.
        _http = new HttpMessageInvoker(through ?? Sockets());
        _fresh = through is null ? new HttpMessageInvoker(Sockets(keep: false)) : null;
    }

    /// <summary>The sockets that send requests in production.</summary>
    /// <param name="keep">Whether connections are kept for the next request.</param>
    public static SocketsHttpHandler Sockets(bool keep = true) => new()
    {
        ConnectCallback = ConnectAsync,
        UseProxy = false,
        AllowAutoRedirect = false,
        UseCookies = false,
        ConnectTimeout = TimeSpan.FromSeconds(2),
        // Engines close theirs after five seconds or so. A request that meets that all the same is sent once more.
        PooledConnectionIdleTimeout = keep ? TimeSpan.FromSeconds(4) : TimeSpan.Zero,
    };

    /// <summary>The address at which the engine listens, without a slash at its end.</summary>
    public string Address => _address;

    /// <summary>Sends a request and returns the response, whatever its status, as soon as its headers have come.</summary>
    /// <exception cref="EngineFailureException">Nothing came.</exception>
    public async Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, HttpContent? body, CancellationToken cancellation)
    {
        var (isFirst, began) = (new StrongBox<bool>(), _time.GetTimestamp());
        try
        {
            try
            {
                return await SendAsync(_http, method, path, body, isFirst, cancellation);
            }
            catch (HttpRequestException fault) when (
                _fresh is not null && !isFirst.Value && IsClosed(fault) && _time.GetElapsedTime(began) < AtOnce)
            {
                // The engine may close a connection that was kept, also just when it is used again.
                return await SendAsync(_fresh, method, path, body, isFirst, cancellation);
            }
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
            await using var stream = await EngineContent.OpenAsync(response, cancellation);
            return await JsonDocument.ParseAsync(stream, cancellationToken: cancellation);
        }
        catch (Exception fault) when (fault is JsonException or IOException or HttpRequestException or InvalidDataException)
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
    public void Dispose()
    {
        _http.Dispose();
        _fresh?.Dispose();
    }

    private async Task<HttpResponseMessage> SendAsync(
        HttpMessageInvoker http, HttpMethod method, string path, HttpContent? body, StrongBox<bool> isFirst, CancellationToken cancellation)
    {
        // Not disposed: that would dispose the body, which may be sent again.
        var request = new HttpRequestMessage(method, new Uri(_address + path)) { Content = body };
        request.Options.Set(IsFirst, isFirst);
        if (_key is not null)
            request.Headers.TryAddWithoutValidation("Authorization", $"Bearer {_key}");
        return await http.SendAsync(request, cancellation);
    }

    /// <summary>Whether a connection ended before a byte of the response came.</summary>
    private static bool IsClosed(HttpRequestException fault) => fault.HttpRequestError == HttpRequestError.ResponseEnded
        || fault.GetBaseException() is SocketException { SocketErrorCode: SocketError.ConnectionReset or SocketError.Shutdown };

    private static async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellation)
    {
        if (context.InitialRequestMessage.Options.TryGetValue(IsFirst, out var isFirst))
            isFirst.Value = true;
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(context.DnsEndPoint, cancellation);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
