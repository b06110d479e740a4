using System.Security.Cryptography;
using Clawdbot.ServiceDefaults;
using Clawdbot.ServiceDefaults.Wire;

namespace Clawdbot.Gateway.Discovery;

/// <summary>Registers the services of this folder.</summary>
internal static class DiscoveryRegistration
{
    public static void AddDiscovery(this WebApplicationBuilder builder)
    {
        builder.Services.AddSettings<DiscoveryOptions>(DiscoveryOptions.Section);
        builder.Services.PostConfigure<DiscoveryOptions>(o =>
            o.LocalReplicas ??= o.Replicas.Count == 0 && o.File.Length == 0 && builder.Environment.IsDevelopment() ? 2 : 0);
        builder.Services.AddOptions<DiscoveryOptions>()
            .Validate(o => o.Replicas.Count + o.LocalReplicas > 0 || o.File.Length > 0,
                "No replica source. Set Discovery:Replicas:0 to a shim's address, Discovery:File to a file that lists replicas, "
                + "or Discovery:LocalReplicas to a number of local replicas. "
                + "(Only in the Development environment two local replicas are started by themselves.)")
            .Validate(o => o.Replicas.All(r => Uri.TryCreate(r, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https"),
                "Every Discovery:Replicas entry must be an address such as http://10.0.0.7:8000.")
            .Validate(o => o.LocalReplicas is null or 0 || Directory.Exists(ShimCommand.Folder),
                "Discovery:LocalReplicas needs the shim beside the gateway, and container images have none. "
                + "Set Discovery:Replicas:0 to a shim's address instead.");
        builder.Services.AddSingleton<LocalReplicas>();
        builder.Services.AddSingleton<IReplicaSource>(services => services.GetRequiredService<LocalReplicas>());
        builder.Services.AddSingleton<IReplicaSource, ConfiguredReplicas>();
        builder.Services.AddSingleton<IReplicaSource, FileReplicas>();

        var section = builder.Configuration.GetSection(DiscoveryOptions.Section);
        var configured = section.GetSection(nameof(DiscoveryOptions.Replicas)).GetChildren().Any()
            || section[nameof(DiscoveryOptions.File)] is { Length: > 0 };
        builder.Services.AddFleetOptions(builder.Configuration, required: configured);
        if (!configured)
        {
            // Only shims that this gateway starts use these secrets, and they get them when they start.
            builder.Services.PostConfigure<FleetOptions>(o =>
                (o.Secret, o.AdminSecret) = (RandomNumberGenerator.GetHexString(48), RandomNumberGenerator.GetHexString(48)));
        }
    }
}
