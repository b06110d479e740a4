using Clawdbot.Gateway.Shims;
using Clawdbot.ServiceDefaults;
using Microsoft.Extensions.Options;

namespace Clawdbot.Gateway.Forwarding;

/// <summary>Registers the services of this folder.</summary>
internal static class ForwardingRegistration
{
    public static void AddForwarding(this WebApplicationBuilder builder)
    {
        builder.Services.AddSettings<ForwardingOptions>(ForwardingOptions.Section);
        builder.Services.AddSingleton<Forwarder>().AddSingleton<Deadlines>();
        builder.AddShims(services => TimeSpan.FromMilliseconds(
            services.GetRequiredService<IOptions<ForwardingOptions>>().Value.ConnectMilliseconds));
    }
}
