using System.Globalization;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Clawdbot.Tests.Deploy;

/// <summary>Requests byte for byte: clients and their libraries clean up what an attacker would not.</summary>
internal static partial class RawHttp
{
    private const string End = "\r\n\r\n";

    /// <summary>Sends these bytes and reads a whole answer: as many bytes as it says, else to the end of the connection.</summary>
    public static async Task<(int Status, string Body)> SendAsync(Uri server, string request)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(server.Host, server.Port);
        await client.GetStream().WriteAsync(Encoding.UTF8.GetBytes(request));
        var (answer, buffer) = (new StringBuilder(), new byte[4096]);
        while (!IsWhole(answer.ToString())
            && await client.GetStream().ReadAsync(buffer).AsTask().WaitAsync(TimeSpan.FromSeconds(60), TimeProvider.System) is var read and > 0)
            answer.Append(Encoding.UTF8.GetString(buffer, 0, read));
        var text = answer.ToString();
        return (int.Parse(text.Split(' ')[1], CultureInfo.InvariantCulture), text[(text.IndexOf(End, StringComparison.Ordinal) + End.Length)..]);
    }

    private static bool IsWhole(string answer)
    {
        var end = answer.IndexOf(End, StringComparison.Ordinal);
        return end >= 0 && ContentLength().Match(answer[..end]) is { Success: true } length
            && Encoding.UTF8.GetByteCount(answer.AsSpan(end + End.Length)) >= int.Parse(length.Groups[1].Value, CultureInfo.InvariantCulture);
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

    [GeneratedRegex(@"^content-length: (\d+)\r?$", RegexOptions.IgnoreCase | RegexOptions.Multiline)]
    private static partial Regex ContentLength();
}
