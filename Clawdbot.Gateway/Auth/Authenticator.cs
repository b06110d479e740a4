using System.Net;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;

namespace Clawdbot.Gateway.Auth;

/// <summary>Turns a request's headers into a caller, before a byte of the body is read.</summary>
internal sealed class Authenticator(KeyRing ring)
{
    private static readonly string[] ForwardingHeaders =
    [
        "Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-IP", "Via",
        "X-Original-For", "X-Original-Host", "X-Original-Proto", // what ASP.NET keeps of them when it is configured to trust them
    ];

    /// <summary>The header in which Anthropic's SDKs send a key.</summary>
    private const string KeyHeader = "x-api-key";

    private static readonly Caller Local = new("local", IsAdmin: true);
    private static readonly Caller Anonymous = new("anonymous", IsAdmin: false);

    /// <summary>
    /// The caller that was found for a string object: the server reuses the object for a header that a connection repeats, and hashing the
    /// key again would cost a short request a few percent. It is no look-up by value, so its time says nothing about other keys.
    /// </summary>
    private readonly ConditionalWeakTable<string, Found> _known = [];

    /// <summary>How callers are told apart: <c>keys</c>, <c>loopback</c> or <c>anonymous</c>.</summary>
    public string Mode => ring.Current.Keys.Count > 0 ? "keys" : ring.Current.AllowAnonymous ? "anonymous" : "loopback";

    /// <summary>The caller of a request, or why it is refused.</summary>
    public (Caller? Caller, Refusal Refusal) Identify(HttpContext http)
    {
        var auth = ring.Current;
        if (auth.Keys.Count > 0)
            return ByHeaders(auth, http.Request.Headers);
        if (IsLocal(http))
            return (Local, Refusal.None);
        return auth.AllowAnonymous ? (Anonymous, Refusal.None) : (null, Refusal.NotLocal);
    }

    /// <summary>
    /// The caller whose key is in either header: a client may send a key of another service in one of them. What was found for
    /// <see cref="KeyHeader"/> is not kept, because the server makes a new object of its value for each request.
    /// </summary>
    private (Caller?, Refusal) ByHeaders(AuthOptions auth, IHeaderDictionary headers)
    {
        var (caller, refusal) = Known(auth, headers.Authorization.ToString());
        return caller is null && headers[KeyHeader] is [{ Length: > 0 } key] ? ByKey(auth.Keys, key) : (caller, refusal);
    }

    private (Caller?, Refusal) Known(AuthOptions auth, string authorization)
    {
        // What was found with other keys than those in force proves nothing.
        if (_known.TryGetValue(authorization, out var found) && ReferenceEquals(found.By, auth))
            return (found.Caller, Refusal.None);
        const string scheme = "Bearer ";
        if (!authorization.StartsWith(scheme, StringComparison.OrdinalIgnoreCase))
            return (null, Refusal.MissingKey);
        var (caller, refusal) = ByKey(auth.Keys, authorization[scheme.Length..]);
        if (caller is not null)
            _known.AddOrUpdate(authorization, new Found(auth, caller));
        return (caller, refusal);
    }

    private static (Caller?, Refusal) ByKey(IList<ApiKeyOptions> keys, string text)
    {
        var given = SHA256.HashData(Encoding.UTF8.GetBytes(text.Trim()));
        ApiKeyOptions? match = null;
        foreach (var key in keys) // all keys are compared, so that the time says nothing about them
        {
            if (CryptographicOperations.FixedTimeEquals(Convert.FromHexString(key.Sha256), given))
                match = key;
        }
        return match is null
            ? (null, Refusal.WrongKey)
            : (new Caller(match.Tenant, match.Admin) { Allowance = match.ToAllowance() }, Refusal.None);
    }

    /// <summary>
    /// Whether a request certainly comes from this machine. The address alone is not enough: a web page in this machine's browser can reach
    /// loopback under a name of its own (hence the Host), and a proxy on this machine forwards requests of others (hence the headers).
    /// </summary>
    private static bool IsLocal(HttpContext http) =>
        http.Connection.RemoteIpAddress is { } remote && IPAddress.IsLoopback(remote)
        && IsLoopbackName(http.Request.Host.Host)
        && !ForwardingHeaders.Any(http.Request.Headers.ContainsKey);

    private static bool IsLoopbackName(string host) =>
        host is "localhost" || (IPAddress.TryParse(host, out var address) && IPAddress.IsLoopback(address));

    /// <summary>A caller that was identified by its key.</summary>
    /// <param name="By">The options that were in force.</param>
    /// <param name="Caller">The caller.</param>
    private sealed record Found(AuthOptions By, Caller Caller);
}
