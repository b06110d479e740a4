namespace Clawdbot.AppHost;

/// <summary>The secrets that gateways and shims share.</summary>
/// <param name="Fleet">Secret that opens generation and status.</param>
/// <param name="Admin">Secret that opens drain, return and restart, too.</param>
internal sealed record FleetSecrets(IResourceBuilder<ParameterResource> Fleet, IResourceBuilder<ParameterResource> Admin);

/// <summary>Files that the deployment gives to the resource.</summary>
/// <param name="Directory">Where they are in the container.</param>
/// <param name="Names">The files.</param>
internal sealed record SecretFilesAnnotation(string Directory, IReadOnlyList<string> Names) : IResourceAnnotation;

internal static class FleetSecretsExtensions
{
    private const string Directory = "/run/secrets/clawdbot";

    /// <summary>Adds both as parameters: random at each run here, values of the operator's in a deployment.</summary>
    public static FleetSecrets AddFleetSecrets(this IDistributedApplicationBuilder builder)
    {
        return new(
            Secret("fleet-secret", "Shared by gateways and shims: whoever has it may generate, and is believed. "
                + "Run here, it is drawn anew each time."),
            Secret("fleet-admin-secret", "Opens drain, return and restart of a replica besides. Run here, it is drawn anew each time."));

        IResourceBuilder<ParameterResource> Secret(string name, string description) =>
            builder.AddParameter(name, new GenerateParameterDefault { MinLength = 48, Special = false }, secret: true)
                .WithDescription(description);
    }

    /// <summary>
    /// Gives both to a gateway or a shim: as files where the form of deployment has secret files (whoever lists a container's
    /// environment doesn't see them, and no rendered file holds them), else by environment.
    /// </summary>
    public static IResourceBuilder<T> WithFleetSecrets<T>(this IResourceBuilder<T> builder, FleetSecrets secrets)
        where T : IResourceWithEnvironment, IComputeResource
    {
        string[] names = [secrets.Fleet.Resource.Name, secrets.Admin.Resource.Name];
        return builder.ApplicationBuilder.Target() is PublishTarget.Compose or PublishTarget.Kubernetes
            ? builder
                .WithEnvironment("Fleet__SecretFile", $"{Directory}/{names[0]}")
                .WithEnvironment("Fleet__AdminSecretFile", $"{Directory}/{names[1]}")
                .WithAnnotation(new SecretFilesAnnotation(Directory, names))
            : builder.WithEnvironment("Fleet__Secret", secrets.Fleet).WithEnvironment("Fleet__AdminSecret", secrets.Admin);
    }
}
