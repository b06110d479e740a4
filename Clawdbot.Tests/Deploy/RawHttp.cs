using System.Net.Sockets;
using System.Text;
using System.Text.Json;

namespace Clawdbot.Tests.Deploy;

/// <summary>Requests byte for byte: clients and their libraries clean up what an attacker would not.</summary>
internal static class RawHttp
{
    /// <summary>Sends these bytes and reads to the end of the connection.</summary>
    public static async Task<(int Status, string Body)> SendAsync(Uri server, string request)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(server.Host, server.Port);
        await client.GetStream().WriteAsync(Encoding.UTF8.GetBytes(request));
        using var reader = new StreamReader(client.GetStream(), Encoding.UTF8);
        var answer = await reader.ReadToEndAsync().WaitAsync(TimeSpan.FromSeconds(60), TimeProvider.System);
        var end = answer.IndexOf("\r\n\r\n", StringComparison.Ordinal);
        return (int.Parse(answer.Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture), answer[(end + 4)..]);
    }

    /// <summary>A request for a path exactly as it is spelled here.</summary>
    public static Task<(int Status, string Body)> AskAsync(Uri server, string method, string path) =>
        SendAsync(server, $"{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");

    /// <summary>The code of an error in OpenAI's shape; anything else fails the test.</summary>
    public static string Code(string body)
    {
        using var document = JsonDocument.Parse(body);
        var error = document.RootElement.GetProperty("error");
        Assert.Equal(["message", "type", "param", "code"], error.EnumerateObject().Select(p => p.Name));
        Assert.True(error.GetProperty("message").GetString()!.Length > 10 && error.GetProperty("type").GetString()!.EndsWith("_error", StringComparison.Ordinal), body);
        return error.GetProperty("code").GetString()!;
    }
}
