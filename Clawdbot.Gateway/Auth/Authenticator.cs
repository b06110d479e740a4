using System.Net;
using System.Security.Cryptography;
using System.Text;

namespace Clawdbot.Gateway.Auth;

/// <summary>Turns a request's headers into a caller, before a byte of the body is read.</summary>
internal sealed class Authenticator(KeyRing ring)
{
    private static readonly string[] ForwardingHeaders =
    [
        "Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-IP", "Via",
        "X-Original-For", "X-Original-Host", "X-Original-Proto", // what ASP.NET leaves of them where it was told to believe them
    ];

    /// <summary>How callers are told apart: <c>keys</c>, <c>loopback</c> or <c>anonymous</c>.</summary>
    public string Mode => ring.Current.Keys.Count > 0 ? "keys" : ring.Current.AllowAnonymous ? "anonymous" : "loopback";

    /// <summary>Who calls, or why not.</summary>
    public (Caller? Caller, Refusal Refusal) Identify(HttpContext http)
    {
        var auth = ring.Current;
        if (auth.Keys.Count > 0)
            return ByKey(auth.Keys, http.Request.Headers.Authorization.ToString());
        if (IsLocal(http))
            return (new Caller("local", IsAdmin: true), Refusal.None);
        return auth.AllowAnonymous ? (new Caller("anonymous", IsAdmin: false), Refusal.None) : (null, Refusal.NotLocal);
    }

    private static (Caller?, Refusal) ByKey(IList<ApiKeyOptions> keys, string authorization)
    {
        const string scheme = "Bearer ";
        if (!authorization.StartsWith(scheme, StringComparison.OrdinalIgnoreCase))
            return (null, Refusal.MissingKey);
        var given = SHA256.HashData(Encoding.UTF8.GetBytes(authorization[scheme.Length..].Trim()));
        ApiKeyOptions? match = null;
        foreach (var key in keys) // all of them, whichever matches: the time tells nothing
        {
            if (CryptographicOperations.FixedTimeEquals(Convert.FromHexString(key.Sha256), given))
                match = key;
        }
        return match is null ? (null, Refusal.WrongKey) : (new Caller(match.Tenant, match.Admin), Refusal.None);
    }

    /// <summary>
    /// On this machine beyond doubt. The address alone is not enough: a web page in this machine's browser can reach
    /// loopback under a name of its own (hence the Host), and a proxy on this machine speaks for strangers (hence the headers).
    /// </summary>
    private static bool IsLocal(HttpContext http) =>
        http.Connection.RemoteIpAddress is { } remote && IPAddress.IsLoopback(remote)
        && (http.Request.Host.Host is "localhost" || (IPAddress.TryParse(http.Request.Host.Host, out var host) && IPAddress.IsLoopback(host)))
        && !ForwardingHeaders.Any(http.Request.Headers.ContainsKey);
}
