using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Clawdbot.ServiceDefaults.Wire;

/// <summary>Secrets that gateways and shims share; a gateway that has only local replicas makes them up. Section <c>Fleet</c>.</summary>
public sealed class FleetOptions
{
    /// <summary>Section name.</summary>
    public const string Section = "Fleet";

    /// <summary>A secret shorter than this can be guessed offline from one overheard proof.</summary>
    public const int MinimumLength = 16;

    /// <summary>Secret of at least 16 characters that opens generation and status on a shim; prefer <see cref="SecretFile"/>.</summary>
    public string Secret { get; set; } = "";

    /// <summary>File that holds the secret, white space at its end ignored; it goes before <see cref="Secret"/>.</summary>
    public string? SecretFile { get; set; }

    /// <summary>
    /// Another secret of at least 16 characters, which opens the verbs drain, return and restart as well; empty: this process uses or
    /// accepts no verbs.
    /// </summary>
    public string AdminSecret { get; set; } = "";

    /// <summary>File that holds the admin secret, white space at its end ignored; it goes before <see cref="AdminSecret"/>.</summary>
    public string? AdminSecretFile { get; set; }
}

/// <summary>Registers <see cref="FleetOptions"/>: reads the secrets' files, and reports errors at the start.</summary>
public static class FleetOptionsExtensions
{
    /// <param name="services">The services.</param>
    /// <param name="configuration">Root configuration.</param>
    /// <param name="required">Whether a process without a secret may start.</param>
    public static IServiceCollection AddFleetOptions(this IServiceCollection services, IConfiguration configuration, bool required)
    {
        services.AddOptions<FleetOptions>()
            .Bind(configuration.GetSection(FleetOptions.Section))
            .PostConfigure(options =>
            {
                options.Secret = FromFile(options.SecretFile) ?? options.Secret;
                options.AdminSecret = FromFile(options.AdminSecretFile) ?? options.AdminSecret;
            })
            .Validate(o => Unreadable(o.SecretFile) is null,
                "Fleet:SecretFile names a file that does not exist or that this process's user may not read.")
            .Validate(o => Unreadable(o.AdminSecretFile) is null,
                "Fleet:AdminSecretFile names a file that does not exist or that this process's user may not read.")
            .Validate(o => !required || o.Secret.Length > 0,
                "No fleet secret. Set Fleet:SecretFile (or Fleet:Secret) to the same secret in every gateway and shim.")
            .Validate(o => o.Secret.Length is 0 or >= FleetOptions.MinimumLength, "Fleet:Secret is shorter than 16 characters.")
            .Validate(o => o.AdminSecret.Length is 0 or >= FleetOptions.MinimumLength, "Fleet:AdminSecret is shorter than 16 characters.")
            .Validate(o => o.Secret.Length == 0 || o.Secret != o.AdminSecret, "Fleet:AdminSecret must differ from Fleet:Secret.")
            .ValidateOnStart();
        return services;
    }

    private static string? FromFile(string? path) => path is not null && Unreadable(path) is null ? File.ReadAllText(path).TrimEnd() : null;

    private static string? Unreadable(string? path)
    {
        if (path is null)
            return null;
        try
        {
            using var file = File.OpenRead(path);
            return null;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return path;
        }
    }
}
