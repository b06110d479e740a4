using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;

namespace Clawdbot.Testing.Load;

/// <summary>Connections to a server under load.</summary>
internal static class Clients
{
    /// <summary>
    /// A client with as many connections as requests at once, without a proxy, and without retries but those of .NET for connections that
    /// were closed while idle.
    /// </summary>
    public static HttpClient Create(Uri address, string? apiKey)
    {
        var handler = new SocketsHttpHandler
        {
            UseProxy = false,
            ConnectTimeout = TimeSpan.FromSeconds(5),
            PooledConnectionIdleTimeout = TimeSpan.FromSeconds(10),
        };
        var http = new HttpClient(handler)
        {
            BaseAddress = address,
            Timeout = Timeout.InfiniteTimeSpan,
            DefaultRequestVersion = HttpVersion.Version11,
        };
        if (apiKey is not null)
            http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", apiKey);
        return http;
    }

    /// <summary>The first model that a server lists.</summary>
    /// <exception cref="LoadException">It lists none.</exception>
    public static async Task<string> FirstModelAsync(HttpClient http, CancellationToken cancellation)
    {
        try
        {
            using var document = JsonDocument.Parse(await http.GetByteArrayAsync(new Uri("/v1/models", UriKind.Relative), cancellation));
            return document.RootElement.GetProperty("data")[0].GetProperty("id").GetString()!;
        }
        catch (Exception fault) when (fault is HttpRequestException or JsonException or KeyNotFoundException
            or InvalidOperationException or ArgumentOutOfRangeException or IndexOutOfRangeException)
        {
            throw new LoadException($"{http.BaseAddress}v1/models names no model ({fault.Message}). "
                + "Name one with --model, and see that the API key is right.");
        }
    }
}
