using Clawdbot.ServiceDefaults;
using Clawdbot.ServiceDefaults.Wire;
using Microsoft.Extensions.Options;

namespace Clawdbot.Gateway.Shims;

/// <summary>What the room of the shims' client needs from the container.</summary>
internal static class ShimsRegistration
{
    /// <summary>Adds the one client of the shims.</summary>
    /// <param name="builder">Of the gateway.</param>
    /// <param name="connectTimeout">For the connect and the proof of the fleet secret together.</param>
    public static void AddShims(this WebApplicationBuilder builder, Func<IServiceProvider, TimeSpan> connectTimeout)
    {
        builder.Services.AddSingleton(GatewayInstance.Draw()).AddSingleton<ShimClient>();
        // A bare invoker: no resilience handler, no retries, no timeouts but our own clocks.
        builder.Services.AddSingleton(services => new HttpMessageInvoker(FleetHandler.Create(
            () => services.GetRequiredService<IOptions<FleetOptions>>().Value.Secret, connectTimeout(services),
            builder.Configuration.IsTraced(), services.GetRequiredService<TimeProvider>())));
    }
}
