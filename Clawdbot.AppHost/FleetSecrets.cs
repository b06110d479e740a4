namespace Clawdbot.AppHost;

/// <summary>The secrets that gateways and shims share.</summary>
/// <param name="Fleet">Opens generation and status.</param>
/// <param name="Admin">Opens drain, return and restart besides.</param>
internal sealed record FleetSecrets(IResourceBuilder<ParameterResource> Fleet, IResourceBuilder<ParameterResource> Admin);

internal static class FleetSecretsExtensions
{
    /// <summary>Adds both as parameters: drawn anew at each run here, asked for by a deployment.</summary>
    public static FleetSecrets AddFleetSecrets(this IDistributedApplicationBuilder builder)
    {
        return new(Secret("fleet-secret"), Secret("fleet-admin-secret"));

        IResourceBuilder<ParameterResource> Secret(string name) =>
            builder.AddParameter(name, new GenerateParameterDefault { MinLength = 48, Special = false }, secret: true);
    }

    /// <summary>Tells them to a gateway or a shim: as files where the form of deployment has secret files, else by environment.</summary>
    public static IResourceBuilder<T> WithFleetSecrets<T>(this IResourceBuilder<T> builder, FleetSecrets secrets)
        where T : IResourceWithEnvironment, IComputeResource
    {
        if (builder.ApplicationBuilder.Target() == PublishTarget.Compose)
        {
            return builder
                .WithEnvironment("Fleet__SecretFile", $"/run/secrets/{secrets.Fleet.Resource.Name}")
                .WithEnvironment("Fleet__AdminSecretFile", $"/run/secrets/{secrets.Admin.Resource.Name}")
                .InCompose(service => service.WithSecret(secrets.Fleet.Resource.Name).WithSecret(secrets.Admin.Resource.Name));
        }
        return builder.WithEnvironment("Fleet__Secret", secrets.Fleet).WithEnvironment("Fleet__AdminSecret", secrets.Admin);
    }
}
