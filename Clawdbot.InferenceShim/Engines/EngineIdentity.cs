using System.Security.Cryptography;
using System.Text;

namespace Clawdbot.InferenceShim.Engines;

/// <summary>Makes an identity of all that an answer depends on besides the request.</summary>
internal static class EngineIdentity
{
    /// <summary>A hash of the parts as 16 hexadecimal digits.</summary>
    public static string Of(params ReadOnlySpan<string> parts) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('|', parts))).AsSpan(0, 8));
}
