using System.Security.Cryptography;

namespace Clawdbot.Gateway.Shims;

/// <summary>The identity of this process towards shims.</summary>
/// <param name="Id">Random id, drawn at the start; shims tell gateways apart by it.</param>
internal sealed record GatewayInstance(string Id)
{
    /// <summary>Draws a random id.</summary>
    public static GatewayInstance Draw() => new(Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8)));
}
