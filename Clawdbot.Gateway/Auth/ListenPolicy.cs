using System.Net;

namespace Clawdbot.Gateway.Auth;

/// <summary>Decides where the gateway listens: without keys on loopback only, unless <c>Auth:AllowAnonymous</c> is on.</summary>
internal static class ListenPolicy
{
    /// <summary>The address when none is configured.</summary>
    public const string DefaultUrl = "http://localhost:8080";

    /// <summary>
    /// The public addresses: <c>urls</c>, else the ports that a container image names (<c>http_ports</c>, on all interfaces), else
    /// <see cref="DefaultUrl"/>.
    /// </summary>
    public static string[] Urls(IConfiguration configuration)
    {
        const StringSplitOptions tidy = StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries;
        if (configuration["urls"]?.Split(';', tidy) is { Length: > 0 } urls)
            return urls;
        return configuration["http_ports"]?.Split(';', tidy) is { Length: > 0 } ports
            ? [.. ports.Select(port => $"http://*:{port}")]
            : [DefaultUrl];
    }

    /// <summary>Why <paramref name="urls"/> may not be listened on and what to do; null when they may.</summary>
    public static string? Problem(IEnumerable<string> urls, AuthOptions auth)
    {
        if (auth.Keys.Count > 0 || auth.AllowAnonymous)
            return null;
        var open = urls.FirstOrDefault(url => !IsLoopback(url));
        return open is null ? null
            : $"No API keys are configured, so the gateway listens on loopback only, and {open} is not loopback. "
            + "Set Auth:Keys:0:Tenant and Auth:Keys:0:Sha256, or Auth:AllowAnonymous=true if everyone who can connect may use it.";
    }

    private static bool IsLoopback(string url)
    {
        var host = BindingAddress.Parse(url).Host.Trim('[', ']');
        return host == "localhost" || (IPAddress.TryParse(host, out var address) && IPAddress.IsLoopback(address));
    }
}
