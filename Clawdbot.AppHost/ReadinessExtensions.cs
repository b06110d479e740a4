using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Clawdbot.AppHost;

/// <summary>Asks a readiness endpoint, and keeps what it says: our programs say in words why they are not ready.</summary>
internal sealed class ReadinessCheck(EndpointReference endpoint, string path) : IHealthCheck
{
    private const int MostCharacters = 400;
    private static readonly HttpClient Http = new() { Timeout = TimeSpan.FromSeconds(5), MaxResponseContentBufferSize = 64 * 1024 };

    /// <inheritdoc/>
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        if (!endpoint.IsAllocated)
            return HealthCheckResult.Unhealthy("It is not started yet.");
        try
        {
            using var response = await Http.GetAsync(new Uri($"{endpoint.Url}{path}"), cancellationToken);
            var said = (await response.Content.ReadAsStringAsync(cancellationToken)).Trim();
            var text = $"{path} answers {(int)response.StatusCode}: {said[..Math.Min(said.Length, MostCharacters)]}";
            return response.IsSuccessStatusCode ? HealthCheckResult.Healthy(text) : HealthCheckResult.Unhealthy(text);
        }
        catch (Exception fault) when (fault is HttpRequestException or TaskCanceledException && !cancellationToken.IsCancellationRequested)
        {
            return HealthCheckResult.Unhealthy($"{path} does not answer: {fault.Message}");
        }
    }
}

internal static class ReadinessExtensions
{
    /// <summary>The resource is healthy while its endpoint <c>http</c> answers <paramref name="path"/> with success.</summary>
    public static IResourceBuilder<T> WithReadiness<T>(this IResourceBuilder<T> builder, string path = "/health/ready")
        where T : IResourceWithEndpoints
    {
        var name = $"{builder.Resource.Name}{path.Replace('/', '-')}";
        var endpoint = builder.GetEndpoint("http");
        builder.ApplicationBuilder.Services.AddHealthChecks()
            .Add(new HealthCheckRegistration(name, _ => new ReadinessCheck(endpoint, path), HealthStatus.Unhealthy, tags: null));
        return builder.WithHealthCheck(name);
    }
}
