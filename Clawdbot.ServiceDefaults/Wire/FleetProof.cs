using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Clawdbot.ServiceDefaults.Wire;

/// <summary>
/// Mutual proof of the fleet secret, once per connection and before anything else travels on it.
/// </summary>
/// <remarks>
/// Addresses get reused: the process that answers on a dead replica's port may be anybody. A bearer secret alone would
/// hand that process both the secret and the prompt. So the gateway sends a random nonce with a mac that only a holder
/// of the secret can make (a shim is thus no oracle for strangers), and the shim answers with another mac over it.
/// The two directions use different labels, so neither message can be replayed as the other.
/// </remarks>
public static class FleetProof
{
    private const int NonceBytes = 16;

    /// <summary>A fresh challenge, <c>nonce.mac</c>.</summary>
    public static string Challenge(string secret)
    {
        var nonce = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(NonceBytes));
        return $"{nonce}.{Mac(secret, "gateway", nonce)}";
    }

    /// <summary>The shim's answer, or null when the challenger does not hold the secret.</summary>
    public static string? Answer(string secret, string? challenge)
    {
        var dot = challenge?.IndexOf('.', StringComparison.Ordinal) ?? -1;
        if (dot <= 0)
            return null;
        var nonce = challenge![..dot];
        return Same(Mac(secret, "gateway", nonce), challenge[(dot + 1)..]) ? Mac(secret, "shim", nonce) : null;
    }

    /// <summary>Whether <paramref name="proof"/> answers <paramref name="challenge"/>.</summary>
    public static bool Holds(string secret, string challenge, string? proof) =>
        proof is not null && Same(Mac(secret, "shim", challenge[..challenge.IndexOf('.', StringComparison.Ordinal)]), proof);

    /// <summary>Compares in a time that does not depend on where the two differ.</summary>
    public static bool Same(string expected, string? given) => given is not null
        && CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(expected), Encoding.UTF8.GetBytes(given));

    private static string Mac(string secret, string label, string nonce) => Base64Url.EncodeToString(
        HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), Encoding.UTF8.GetBytes($"clawdbot-fleet-v1|{label}|{nonce}")));
}
