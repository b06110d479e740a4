using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Clawdbot.Testing.Load;

namespace Clawdbot.Drill.Contenders;

/// <summary>The API keys of a drill in which tenants are told apart.</summary>
internal static class TenantKeys
{
    /// <summary>The API keys of the floods' tenants, by tenant.</summary>
    public static Dictionary<string, string> Of(LoadPlan load, string secret) =>
        load.Floods.Select(f => f.Tenant).Distinct().ToDictionary(t => t, t => $"{secret}-{t}");

    /// <summary>A gateway's settings: anonymous access where there is one tenant only, else a key for each.</summary>
    public static IEnumerable<string> Settings(LoadPlan load, string secret)
    {
        if (load.Floods.Count == 0)
            return ["--Auth:AllowAnonymous=true"];
        return Of(load, secret).Prepend(new("drill", secret)).SelectMany((key, i) => new[]
        {
            string.Create(CultureInfo.InvariantCulture, $"--Auth:Keys:{i}:Tenant={key.Key}"),
            string.Create(CultureInfo.InvariantCulture, $"--Auth:Keys:{i}:Sha256={Hash(key.Value)}"),
        });
    }

    private static string Hash(string key) => Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(key)));
}
