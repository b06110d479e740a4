using System.Security.Cryptography;

namespace Clawdbot.Gateway.Shims;

/// <param name="Id">Random, drawn at start: shims tell gateways apart by it.</param>
internal sealed record GatewayInstance(string Id)
{
    /// <summary>Draws one.</summary>
    public static GatewayInstance Draw() => new(Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8)));
}
