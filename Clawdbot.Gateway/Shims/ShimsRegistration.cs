using Clawdbot.ServiceDefaults;
using Clawdbot.ServiceDefaults.Wire;
using Microsoft.Extensions.Options;

namespace Clawdbot.Gateway.Shims;

/// <summary>Registers the client of the shims.</summary>
internal static class ShimsRegistration
{
    /// <summary>Adds the one client of the shims.</summary>
    /// <param name="builder">The gateway's builder.</param>
    /// <param name="connectTimeout">The time allowed for connecting and for the proof of the fleet secret together.</param>
    public static void AddShims(this WebApplicationBuilder builder, Func<IServiceProvider, TimeSpan> connectTimeout)
    {
        builder.Services.AddSingleton(GatewayInstance.Draw()).AddSingleton<ShimClient>();
        // A bare invoker: no resilience handler, no retries, and only the timeouts of this code.
        builder.Services.AddSingleton(services => new HttpMessageInvoker(FleetHandler.Create(
            () => services.GetRequiredService<IOptions<FleetOptions>>().Value.Secret, connectTimeout(services),
            builder.Configuration.IsTraced(), services.GetRequiredService<TimeProvider>())));
    }
}
